import type { SessionFacts, Stamp } from '../model/session.ts';
import { put } from './records.ts';
import { latest } from './stamps.ts';

/**
 * What was known of the session from events timed `at` (epoch ms) or earlier. Exact for everything that triggers read. A
 * value of which only the latest is kept (`url`, `rep`, …) is missing where that came later; `newest` is then the newest
 * event of which the facts still hold the stamp.
 */
export function factsAsOf(facts: SessionFacts, at: number): SessionFacts {
  if (facts.newest && facts.newest.at <= at) return facts;
  const until: Cut = moment => (moment && moment.at <= at ? moment : undefined);
  const cut: SessionFacts = {
    startedAt: facts.startedAt !== undefined && facts.startedAt <= at ? facts.startedAt : undefined,
    activity: facts.activity.filter(([from]) => from <= at).map(([from, to]) => [from, Math.min(to, at)]),
    left: facts.left.filter(left => left <= at),
    ended: mapRecord(facts.ended, until),
    emailAt: until(facts.emailAt),
    fieldsAt: mapRecord(facts.fieldsAt, until),
    userAgent: until(facts.userAgent),
    gaClientId: until(facts.gaClientId),
    pages: mapRecord(facts.pages, until),
    conversations: mapRecord(facts.conversations, ({ messages, ...rest }) => ({
      messages: mapRecord(messages, until),
      ...cutStamps(rest, until),
    })),
    requests: mapRecord(facts.requests, request => cutStamps(request, until)),
    pounces: mapRecord(facts.pounces, pounce => cutStamps(pounce, until)),
    meetings: mapRecord(facts.meetings, meeting => cutStamps(meeting, until)),
    experienceEnded: until(facts.experienceEnded),
  };
  return { ...cut, newest: newestStamp(cut) };
}

type Cut = <Moment extends { at: number }>(moment: Moment | undefined) => Moment | undefined;

function mapRecord<Value>(
  record: Record<string, Value>,
  change: (value: Value) => Value | undefined,
): Record<string, Value> {
  const changed: Record<string, Value> = {};
  for (const [key, value] of Object.entries(record)) {
    const left = change(value);
    if (left !== undefined) put(changed, key, left);
  }
  return changed;
}

/** Leaves out what came later, of an object that holds nothing but stamps. */
function cutStamps<Entity extends Partial<Record<keyof Entity, Stamp>>>(entity: Entity, until: Cut): Entity {
  const kept = { ...entity };
  for (const name of Object.keys(kept) as (keyof Entity)[]) if (!until(kept[name])) delete kept[name];
  return kept;
}

function newestStamp(facts: SessionFacts): Stamp | undefined {
  const records = [facts.ended, facts.fieldsAt, facts.pages];
  const entities = [facts.requests, facts.pounces, facts.meetings].flatMap(record => Object.values(record));
  const newest = latest<Stamp>(
    facts.emailAt,
    facts.userAgent,
    facts.gaClientId,
    facts.experienceEnded,
    ...records.flatMap((record): Stamp[] => Object.values(record)),
    ...entities.flatMap((stamps): (Stamp | undefined)[] => Object.values(stamps)),
    ...Object.values(facts.conversations).flatMap(({ messages, ...stamps }) => [
      ...Object.values(messages),
      ...Object.values(stamps),
    ]),
  );
  return newest && { at: newest.at, source: newest.source, id: newest.id };
}
