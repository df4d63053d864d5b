import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { batch, bodies, meetingOffered } from './events.ts';
import { flood } from './load.ts';
import { BATCH, type Size, settled } from './measure.ts';
import { scenarios } from './scenarios.ts';
import { ANSWER_MS, offersAlone, type Scene, withScene } from './scene.ts';
import type { Storage } from './storages.ts';

/** So many runs come first, one after the other: what a connector asks once of an account does not count. */
const FIRST = 5;

/** What as many runs at once as `steps` came to, each of which made one effect at the same vendor. */
export type Together = {
  title: string;
  steps: number;
  calls: number;
  callsPer1000: number;
  aim: number;
  seconds: number;
  peakBytes: number;
};

/** Every scenario, each with a hub, a sandbox and a database of its own. */
export async function measureTogether(
  storage: () => Promise<Storage>,
  size: Size,
  say: (what: string) => void,
): Promise<Together[]> {
  const measured: Together[] = [];
  for (const scenario of scenarios) {
    say(`${size.together} ${scenario.title} at once`);
    measured.push(await withScene(scenario, await storage(), scene => measure(scene, size.together)));
  }
  return measured;
}

async function measure(scene: Scene, steps: number): Promise<Together> {
  await offersAlone(scene, 'first', FIRST);
  const { calls, seconds } = await allAtOnce(scene, steps);
  const { title, aim } = scene.scenario;
  const { peakBytes } = await scene.server.usage();
  return { title, steps, calls, callsPer1000: (1000 * calls) / steps, aim, seconds, peakBytes };
}

/** The vendor answers nothing until all runs have begun: from then on it is measured how long they take. */
async function allAtOnce({ scenario, sandbox, calls, holdUntil, storage, server }: Scene, steps: number) {
  const effects = () => sandbox.records(scenario.vendor, scenario.effects).length;
  const runs = () => storage.count('SELECT count(*) FROM runs');
  const before = { calls: calls.length, effects: effects(), runs: await runs() };
  const begun = Promise.withResolvers<void>();
  holdUntil(begun.promise);
  const many = (first: number) =>
    Array.from({ length: Math.min(BATCH, steps - first * BATCH) }, (_, place) =>
      meetingOffered(`together-${first * BATCH + place}`),
    );
  await flood(
    { url: server.url, path: '/v1/events', connections: 10 },
    bodies(Math.ceil(steps / BATCH), number => batch(many(number))),
  );
  while ((await runs()) < before.runs + steps) await sleep(10);
  const from = performance.now();
  begun.resolve();
  await settled({ storage });
  const seconds = (performance.now() - from) / 1000;
  const made = effects() - before.effects;
  if (made !== steps) throw new Error(`${scenario.title}: ${steps} runs made ${made}.`);
  return { calls: calls.length - before.calls, seconds };
}

const whole = (value: number) => Math.round(value).toLocaleString('en');

/** The figures as a table. */
export function togetherTable(measured: Together[]): string {
  const table = new Table({
    head: [`as many runs at once, a vendor that answers after ${ANSWER_MS} ms`, ...measured.map(({ title }) => title)],
    style: { head: [], border: [] },
  });
  const row = (title: string, show: (one: Together) => string) => table.push([title, ...measured.map(show)]);
  row('runs', ({ steps }) => whole(steps));
  row('calls', ({ calls }) => whole(calls));
  row('calls per 1,000 (a plain client: 1,000 or more)', ({ callsPer1000 }) => callsPer1000.toFixed(1));
  row('aim, where 1,000 come at once', ({ aim }) => `${aim} or fewer`);
  row('runs /s, once all have begun', ({ steps, seconds }) => `${whole(steps / seconds)} (${seconds.toFixed(1)} s)`);
  row('peak memory', ({ peakBytes }) => `${whole(peakBytes / 2 ** 20)} MiB`);
  return table.toString();
}
