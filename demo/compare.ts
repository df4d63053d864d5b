import { isDeepStrictEqual } from 'node:util';
import type { Arrived, ArrivedRun } from './arrived.ts';
import type { MorningTotals } from './morning.ts';
import type { ExpectedTask, Play } from './play.ts';

/** One line of the result: how many there should be and are, and by name what is missing or too much. */
export type Line = { expected: number; arrived: number; differences: string[] };
export type PairLine = Line & { trigger: string; timing: string };
export type PlaceLine = Line & { place: string; what: string };
export type Comparison = { pairs: PairLine[]; places: PlaceLine[]; good: boolean };

/** Compares everything that arrived, one by one, with what was worked out by hand for the plays. */
export function compare(plays: Play[], expected: MorningTotals, arrived: Arrived): Comparison {
  const pairs = expected.starts.map(({ trigger, timing }) => ({
    trigger,
    timing,
    ...pairLine({ trigger, timing }, plays, arrived),
  }));
  const places = [
    { place: 'Baton', what: 'events taken in', ...counted(expected.events, arrived.accepted) },
    { place: 'Baton', what: 'events sent twice, counted once', ...counted(expected.doubled, arrived.duplicates) },
    { place: 'Baton', what: 'runs that did not succeed', ...failedRuns(arrived.runs) },
    ...taskLines(expected, arrived),
    ...alertLines(expected, arrived),
    { place: 'Baton', what: 'visitor fields', ...fieldLine(expected, arrived) },
  ];
  return { pairs, places, good: [...pairs, ...places].every(isGood) };
}

export const isGood = ({ differences }: Line): boolean => differences.length === 0;

type Pair = { trigger: string; timing: string };

/** Runs are compared by the play that they belong to: an occasion has its key once, but its time hangs on what was known first. */
function pairLine(pair: Pair, plays: Play[], { runs }: Arrived): Line {
  const isIt = ({ trigger, timing }: Pair) => trigger === pair.trigger && timing === pair.timing;
  const titles = new Map(plays.map(({ id, script }) => [id, `a run for “${script.title}” (${id})`]));
  return matched(
    plays.flatMap(({ id, expected }) =>
      expected.starts.filter(isIt).flatMap(({ times }) => times.map(() => titles.get(id)!)),
    ),
    runs
      .filter(run => isIt(run) && !run.builtIn)
      .map(({ occasion }) => titles.get(playOf(occasion)) ?? `a run for ${occasion}`),
  );
}

/** Every id that a play makes up begins with the play's own: `session:toyk5w-012-s1` is an occasion of `toyk5w-012`. */
const playOf = (occasion: string): string => occasion.replace(/^\w+:/, '').replace(/-[^-]*$/, '');

function taskLines(expected: MorningTotals, arrived: Arrived): PlaceLine[] {
  const name = ({ subject, who }: Pick<ExpectedTask, 'subject' | 'who'>) =>
    `“${subject}” on ${who ? `${who.type} ${who.email}` : 'nobody'}`;
  const line = (what: string, isIt: (task: Pick<ExpectedTask, 'who'>) => boolean): PlaceLine => ({
    place: 'Salesforce',
    what,
    ...matched(expected.tasks.filter(isIt).map(name), arrived.tasks.filter(isIt).map(name)),
  });
  return [
    line('tasks on a contact or lead', ({ who }) => who !== null),
    line('tasks about people it does not know', ({ who }) => who === null),
  ];
}

function alertLines(expected: MorningTotals, arrived: Arrived): PlaceLine[] {
  const channels = new Set([...expected.alerts, ...arrived.alerts].map(({ channel }) => channel));
  return [...channels].sort().map(channel => {
    const inChannel = (alerts: { channel: string; firstLine: string }[]) =>
      alerts.filter(alert => alert.channel === channel).map(({ firstLine }) => `“${firstLine}”`);
    return { place: 'Slack', what: channel, ...matched(inChannel(expected.alerts), inChannel(arrived.alerts)) };
  });
}

function fieldLine(expected: MorningTotals, arrived: Arrived): Line {
  const wanted = expected.fields.flatMap(({ visitorId, fields }) =>
    Object.entries(fields).map(([name, value]) => ({ visitorId, name, value })),
  );
  const wrong = wanted.flatMap(({ visitorId, name, value }) => {
    const got = arrived.fields.get(visitorId)?.[name];
    if (isDeepStrictEqual(got, value)) return [];
    return [`${name} of ${visitorId} should be ${JSON.stringify(value)}, is ${JSON.stringify(got) ?? 'not there'}`];
  });
  return { expected: wanted.length, arrived: wanted.length - wrong.length, differences: wrong };
}

/** Runs with another status than `succeeded`, alike ones told together. */
export function failedRuns(runs: Pick<ArrivedRun, 'id' | 'workflow' | 'status' | 'error'>[]): Line {
  const others = runs.filter(({ status }) => status !== 'succeeded');
  const alike = Map.groupBy(
    others,
    ({ workflow, status, error }) => `“${workflow}” ${status}: ${error ?? 'no reason'}`,
  );
  const differences = [...alike].map(([what, of]) => `${times(of.length)}${what} (run ${of.at(-1)!.id})`);
  return { expected: 0, arrived: others.length, differences };
}

function counted(expected: number, arrived: number): Line {
  const apart = arrived - expected;
  return {
    expected,
    arrived,
    differences: apart === 0 ? [] : [`${Math.abs(apart)} too ${apart > 0 ? 'many' : 'few'}`],
  };
}

/** Compares two bags of names: the order does not count, the number of each does. */
export function matched(expected: string[], arrived: string[]): Line {
  const balance = new Map<string, number>();
  for (const name of expected) balance.set(name, (balance.get(name) ?? 0) - 1);
  for (const name of arrived) balance.set(name, (balance.get(name) ?? 0) + 1);
  const differences = [...balance].flatMap(([name, count]) => {
    if (count === 0) return [];
    return [`${count < 0 ? 'missing' : 'too much'}: ${times(Math.abs(count))}${name}`];
  });
  return { expected: expected.length, arrived: arrived.length, differences };
}

const times = (count: number): string => (count > 1 ? `${count} times ` : '');
