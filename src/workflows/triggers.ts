import type { Occasion } from '../model/run.ts';
import type { SessionEnd, SessionFacts, Settings } from '../model/session.ts';
import { type TriggerPair, triggerPairs } from '../model/workflow.ts';
import { own } from '../sessions/records.ts';
import { latest, type Moment } from '../sessions/stamps.ts';
import { latestConversation, latestMeeting } from './interactions.ts';
import { type Candidate, ruleOf, type Scope } from './trigger-rules.ts';

const MINUTE = 60_000;

/**
 * All the occasions that the facts hold, whether or not they were handed out before, at most one per (trigger, timing, key);
 * ascending by time. Session-end triggers are judged at `ends`, each over what was known by then, and the first end wins.
 * Without a `sessionId` the facts stand alone (a meeting booked through a link): nothing that is once per session comes of
 * them. `knownFields` holds when (epoch ms) the visitor's fields were first known from elsewhere.
 */
export function occasionsOf(
  facts: SessionFacts,
  judged: {
    sessionId?: string;
    ends: SessionEnd[];
    settings: Pick<Settings, 'requiredLeadFields'>;
    knownFields: Record<string, number>;
  },
): Occasion[] {
  const scope: Scope = { facts, ...judged };
  const found = triggerPairs
    .filter(({ oncePer }) => oncePer !== 'session' || judged.sessionId !== undefined)
    .flatMap(pair => occasionsOfPair(pair, scope, judged.sessionId))
    .sort((a, b) => a.time - b.time);
  const first = new Map<string, Occasion>();
  for (const occasion of found) {
    const name = JSON.stringify([occasion.trigger, occasion.timing, occasion.key]);
    if (!first.has(name)) first.set(name, occasion);
  }
  return [...first.values()];
}

/**
 * Why `immediately` workflows do not act on this occasion any more: a sentence, or undefined where it is recent enough.
 * `arrivedAt` (epoch ms) is when the event arrived that made it known.
 */
export function isTooOld(
  occasion: Pick<Occasion, 'time' | 'timing'>,
  arrivedAt: number,
  { immediateMaxAgeMinutes }: Pick<Settings, 'immediateMaxAgeMinutes'>,
): string | undefined {
  const age = arrivedAt - occasion.time;
  if (occasion.timing !== 'immediately' || age <= immediateMaxAgeMinutes * MINUTE) return undefined;
  return `It happened at ${new Date(occasion.time).toISOString()} and became known ${Math.floor(age / MINUTE)} minutes later; workflows that start immediately act on nothing older than ${immediateMaxAgeMinutes} minutes (setting immediateMaxAgeMinutes).`;
}

function occasionsOfPair(pair: TriggerPair, scope: Scope, sessionId: string | undefined): Occasion[] {
  return ruleOf(pair)(scope)
    .filter(({ checks }) => checks.every(({ met }) => met))
    .map(candidate => toOccasion(pair, candidate, scope.facts, sessionId))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
}

function toOccasion(
  pair: TriggerPair,
  { id = '', checks, end }: Candidate,
  facts: SessionFacts,
  sessionId: string | undefined,
): Occasion {
  const { type, timing, oncePer } = pair;
  const completed = end ?? latest<Moment>(...checks.map(({ moment }) => moment));
  if (!completed) throw new Error(`trigger ${type} is met, but nothing that happened completed it`);
  const { at: time, source, id: eventId } = completed;
  return {
    trigger: type,
    timing,
    key: `${oncePer}:${oncePer === 'session' ? sessionId : id}`,
    time,
    ...(source !== undefined && eventId !== undefined ? { event: { source, id: eventId } } : {}),
    ...(sessionId !== undefined ? { sessionId } : {}),
    ...withoutUndefined(entityIds(pair, id, facts, time)),
  };
}

type EntityIds = Pick<Occasion, 'conversationId' | 'meetingId' | 'pounceId' | 'requestId'>;

/** What the run is about: the occasion's own entity; for one of the whole session, and for a conversation that nobody named, the latest by then. */
function entityIds(pair: TriggerPair, id: string, facts: SessionFacts, time: number): EntityIds {
  const conversationId = latestConversation(facts, time);
  switch (pair.oncePer) {
    case 'conversation':
      return { conversationId: id };
    case 'pounce':
      return { pounceId: id, conversationId: own(facts.pounces, id)?.conversationId?.value ?? conversationId };
    case 'request':
      return { requestId: id, conversationId: own(facts.requests, id)?.requestedAt?.conversationId ?? conversationId };
    case 'meeting':
      return { meetingId: id, conversationId: own(facts.meetings, id)?.conversationId?.value ?? conversationId };
    case 'session':
      return { conversationId, meetingId: latestMeeting(facts, time) };
  }
}

function withoutUndefined<Ids extends object>(ids: Ids): Ids {
  return Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== undefined)) as Ids;
}
