import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { connect } from '../demo/connect.ts';
import { hubClient } from '../demo/hub-client.ts';
import { findSandboxes } from '../src/sandbox/find.ts';
import { type Sandbox, startSandbox } from '../src/sandbox/server.ts';
import { batch, bodies, meetingOffered, pounceSent, single } from './events.ts';
import { ADMIN_TOKEN, activate, openHub, tellVendor } from './hub.ts';
import { flood } from './load.ts';
import { BATCH, quantiles, type Size, settled } from './measure.ts';
import type { ServerProcess } from './processes.ts';
import type { Storage } from './storages.ts';
import { startVendor, type Vendor } from './vendor.ts';

const VENDOR = 'salesforce';
const API = '/services/data/';
/** About what an org takes for an answer. */
const ANSWER_MS = 100;
const CONNECT_MS = 30_000;

type Quantiles = { p50: number; p99: number };

/** What creating tasks in an org came to: how many calls for how many steps, and how long an idle hub takes to make the first. */
export type Together = {
  steps: number;
  calls: number;
  callsPer1000: number;
  seconds: number;
  /** Milliseconds from sending an event to the first call for it, one event after the other: of the org, and of a plain receiver of webhooks. */
  alone: { org: Quantiles; plain: Quantiles };
  peakBytes: number;
};

/**
 * The org: the vendor's sandbox, which takes a while to answer, with the times (ms of `performance.now()`) at which calls came.
 * `holdUntil` keeps every answer back until then.
 */
type Org = { sandbox: Sandbox; calls: number[]; holdUntil(moment: Promise<void>): void };

async function startOrg(): Promise<Org> {
  const calls: number[] = [];
  let held = Promise.resolve();
  const wait = async (milliseconds: number) => {
    calls.push(performance.now());
    await held;
    await sleep(milliseconds);
  };
  const holdUntil = (moment: Promise<void>) => {
    held = moment;
  };
  const vendors = (await findSandboxes()).filter(({ vendor }) => vendor === VENDOR);
  const sandbox = await startSandbox({ vendors, consent: 'auto', wait });
  sandbox.fault(VENDOR, { match: { path: API }, times: Number.MAX_SAFE_INTEGER, fault: { delayMs: ANSWER_MS } });
  return { sandbox, calls, holdUntil };
}

/** As many runs at once as `size.together` says, each of which creates one task in the same org; before that, some alone. */
export async function measureTogether(storage: Storage, size: Size): Promise<Together> {
  const org = await startOrg();
  const plain = await startVendor();
  try {
    const server = await openHub(storage, { ...org.sandbox.settings(), ALLOW_PRIVATE_ADDRESSES: '1' });
    try {
      return await measure({ ...org, plain, storage, server }, size);
    } finally {
      await server.stop();
    }
  } finally {
    await plain.close();
    await org.sandbox.close();
    await storage.drop();
  }
}

type Scene = Org & { plain: Vendor; storage: Storage; server: ServerProcess };

async function measure(scene: Scene, size: Size): Promise<Together> {
  const { plain, server } = scene;
  const signal = AbortSignal.timeout(CONNECT_MS);
  await connect(hubClient(server.url.replace('127.0.0.1', 'localhost'), ADMIN_TOKEN, signal), VENDOR, signal);
  await activate(server, {
    name: 'A task for every offer',
    trigger: { type: 'meeting_offered', timing: 'immediately' },
    steps: [{ id: 'task', action: 'salesforce.create_task', input: { subject: 'Call {{ visitor.email }}' } }],
  });
  await activate(server, tellVendor(plain.url, 'pounce_sent'));
  await oneAfterTheOther(scene, 'warm', size.alone);
  const alone = await oneAfterTheOther(scene, 'alone', size.alone);

  const load = await allAtOnce(scene, size.together);
  const { peakBytes } = await server.usage();
  return { ...load, alone, peakBytes };
}

/** The org answers nothing until all runs have begun: from then on it is measured how long the tasks take. */
async function allAtOnce({ sandbox, calls, holdUntil, storage, server }: Scene, steps: number) {
  const tasks = () => sandbox.records(VENDOR, 'Task').length;
  const runs = () => storage.count('SELECT count(*) FROM runs');
  const before = { calls: calls.length, tasks: tasks(), runs: await runs() };
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
  const made = tasks() - before.tasks;
  if (made !== steps) throw new Error(`${steps} runs made ${made} tasks.`);
  const count = calls.length - before.calls;
  return { steps, calls: count, callsPer1000: (1000 * count) / steps, seconds };
}

/** By turns an event for the org and one for the plain receiver, so that both meet the machine in the same mood. */
async function oneAfterTheOther({ calls, plain, storage, server }: Scene, prefix: string, count: number) {
  const waits = { org: [] as number[], plain: [] as number[] };
  const send = async (event: object) => {
    const began = performance.now();
    await flood(
      { url: server.url, path: '/v1/events', connections: 1 },
      bodies(1, () => single(event)),
    );
    await settled({ storage });
    return began;
  };
  for (let number = 0; number < count; number++) {
    const before = calls.length;
    const began = await send(meetingOffered(`${prefix}-org-${number}`));
    waits.org.push(calls[before]! - began);
    const id = `${prefix}-plain-${number}`;
    const beganPlain = await send(pounceSent(id));
    waits.plain.push(plain.arrivals.get(id)! - beganPlain);
  }
  return { org: quantiles(waits.org), plain: quantiles(waits.plain) };
}

/** The figures as a table. */
export function togetherTable({ steps, calls, callsPer1000, seconds, alone, peakBytes }: Together): string {
  const table = new Table({
    head: [`Salesforce, whose sandbox answers after ${ANSWER_MS} ms`, 'SQLite, embedded queue'],
    style: { head: [], border: [] },
  });
  const shown = ({ p50, p99 }: Quantiles) => `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`;
  const rate = Math.round(steps / seconds).toLocaleString('en');
  table.push(
    [`calls for ${steps.toLocaleString('en')} tasks of as many runs at once`, String(calls)],
    ['calls per 1,000 steps (a plain client: 1,000 or more)', callsPer1000.toFixed(1)],
    ['tasks /s, once all runs have begun', `${rate} (${seconds.toFixed(1)} s)`],
    ['event to first call when idle, p50 / p99', shown(alone.org)],
    ['… of a plain receiver of webhooks, by turns with it', shown(alone.plain)],
    ['added by connection, budget and batching when idle, p50', `${(alone.org.p50 - alone.plain.p50).toFixed(1)} ms`],
    ['peak memory', `${Math.round(peakBytes / 2 ** 20)} MiB`],
  );
  return table.toString();
}
