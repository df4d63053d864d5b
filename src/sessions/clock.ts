import type { SessionEnd, SessionFacts, Settings } from '../model/session.ts';

type Clock = Pick<Settings, 'sessionIdleMinutes' | 'sessionLeftMinutes'>;
/** Without activity: after `after` (undefined: nobody was there yet) and before `until`. */
type Quiet = { after?: number; until: number };

const MINUTE = 60_000;

/**
 * Every instant at which the session came or will come to an end, ascending, as far as is known now; whoever asks leaves
 * out those that lie ahead. Explicit `session.ended` events count at their time. Unless the session was imported, the clock
 * adds at most one end for each time that nobody was active: where it first ran out (idle, or off the site) before the next
 * activity and before an explicit end. Activity at the very moment the clock runs out still counts.
 */
export function sessionEnds(facts: SessionFacts, settings: Clock, { imported }: { imported: boolean }): SessionEnd[] {
  const explicit = Object.values(facts.ended).map(
    ({ at, source, id }): SessionEnd => ({ at, how: 'ended', event: { source, id } }),
  );
  const byClock = imported ? [] : quietTimes(facts).flatMap(quiet => clockEnd(facts, quiet, settings) ?? []);
  return [...explicit, ...byClock].sort((a, b) => a.at - b.at);
}

/**
 * Whether the session had begun by `at` (epoch ms) and not ended since. An end with activity less than a minute before and
 * after it does not close it.
 */
export function isOpenAt(facts: SessionFacts, settings: Clock, at: number, imported: boolean): boolean {
  const begun = Math.min(
    facts.startedAt ?? Number.POSITIVE_INFINITY,
    facts.activity[0]?.[0] ?? Number.POSITIVE_INFINITY,
  );
  if (begun > at) return false;
  const end = sessionEnds(facts, settings, { imported }).findLast(({ at: endedAt }) => endedAt <= at);
  return !end || facts.activity.some(([from, to]) => from <= at && to > end.at);
}

function quietTimes({ activity }: SessionFacts): Quiet[] {
  return [undefined, ...activity].map((stretch, index) => ({
    after: stretch?.[1],
    until: activity[index]?.[0] ?? Number.POSITIVE_INFINITY,
  }));
}

function clockEnd(facts: SessionFacts, quiet: Quiet, settings: Clock): SessionEnd | undefined {
  const { after = Number.NEGATIVE_INFINITY, until } = quiet;
  const within = (at: number) => at >= after && at < until;
  const left = facts.left.find(within);
  const ranOut: SessionEnd[] = [];
  if (left !== undefined) ranOut.push({ at: left + settings.sessionLeftMinutes * MINUTE, how: 'left' });
  if (quiet.after !== undefined) ranOut.push({ at: after + settings.sessionIdleMinutes * MINUTE, how: 'idle' });
  const explicit = Object.values(facts.ended)
    .map(({ at }) => at)
    .filter(within);
  return ranOut.filter(end => end.at < Math.min(until, ...explicit)).sort((a, b) => a.at - b.at)[0];
}
