import { setTimeout as sleep } from 'node:timers/promises';
import { batch, bodies, meetingBooked, message, single } from './events.ts';
import { type Body, flood, percentile, steadily, type Target } from './load.ts';
import type { ServerProcess } from './processes.ts';
import type { Storage } from './storages.ts';
import type { Vendor } from './vendor.ts';

/** How much of everything is done. */
export type Size = {
  /** Events sent one by one, over `connections`. */
  singles: number;
  /** Batches of `BATCH` events. */
  batches: number;
  /** Runs started as fast as it goes. */
  runs: number;
  /** Events sent at `RATE`. */
  steady: number;
  /** Events sent one after the other, each when the vendor has been called for the last. */
  alone: number;
  /** Runs at once that each tell a vendor something, per scenario. */
  together: number;
};

export const CONNECTIONS = 40;
export const BATCH = 100;
export const RATE = 100;
const PATIENCE_MS = 60_000;

/** Per second, and CPU time of the measured process per event or run, in ms. */
export type Throughput = { perSecond: number; cpuMs: number };
/** Milliseconds; from when the event was due to be sent, and from when it was acknowledged, until the vendor was called. */
export type Latency = { p50: number; p99: number; fromAck?: { p50: number; p99: number } };

/** What is measured: a process that takes events, and what its route for those that reach the vendor is. */
export type Subject = { server: ServerProcess; ingest: string; relay: string; storage?: Storage };

const target = ({ server }: Subject, path: string, connections = CONNECTIONS): Target => ({
  url: server.url,
  path,
  connections,
});

/** Runs `work`, which handles `count` things in the milliseconds that it answers. */
async function throughput({ server }: Subject, count: number, work: () => Promise<number>): Promise<Throughput> {
  const before = await server.usage();
  const milliseconds = await work();
  const after = await server.usage();
  return { perSecond: (count * 1000) / milliseconds, cpuMs: (after.cpuMs - before.cpuMs) / count };
}

/** A few requests of each kind, so that nobody is measured while it compiles its code. */
export async function warmUp(subject: Subject, vendor: Vendor, count: number): Promise<void> {
  await flood(
    target(subject, subject.ingest),
    bodies(count, number => single(message('first', number))),
  );
  await flood(
    target(subject, subject.relay),
    bodies(count, number => single(meetingBooked(`warm-${number}`))),
  );
  await vendor.until(count, PATIENCE_MS);
  await settled(subject);
  vendor.clear();
}

/** Events acknowledged, sent one by one. */
export const singles = (subject: Subject, count: number): Promise<Throughput> =>
  acknowledged(
    subject,
    count,
    bodies(count, number => single(message('single', number))),
  );

/** Events acknowledged, sent in batches. */
export const batches = (subject: Subject, count: number): Promise<Throughput> => {
  const many = (first: number) => Array.from({ length: BATCH }, (_, place) => message('batch', first * BATCH + place));
  return acknowledged(
    subject,
    count * BATCH,
    bodies(count, number => batch(many(number))),
  );
};

async function acknowledged(subject: Subject, count: number, sent: Iterator<Body>): Promise<Throughput> {
  const measured = await throughput(subject, count, () => flood(target(subject, subject.ingest), sent));
  await settled(subject);
  return measured;
}

/** Events that each reach the vendor: from the first one sent until the last outcome is recorded. */
export async function runs(subject: Subject, vendor: Vendor, count: number): Promise<Throughput> {
  const measured = await throughput(subject, count, async () => {
    const began = performance.now();
    await flood(
      target(subject, subject.relay),
      bodies(count, number => single(meetingBooked(`run-${number}`))),
    );
    await vendor.until(count, PATIENCE_MS);
    await settled(subject);
    return performance.now() - began;
  });
  vendor.clear();
  return measured;
}

/** From event to vendor call at a steady rate. */
export async function steady(subject: Subject, vendor: Vendor, count: number): Promise<Latency> {
  const id = (number: number) => `steady-${number}`;
  const due: number[] = [];
  const acknowledged: number[] = [];
  const sent = bodies(count, number => single(meetingBooked(id(number))));
  await steadily(target(subject, subject.relay), sent, RATE, (number, dueAt, at) => {
    due[number] = dueAt;
    acknowledged[number] = at;
  });
  await vendor.until(count, PATIENCE_MS);
  await settled(subject);
  const waits = (from: number[]) => from.map((at, number) => vendor.arrivals.get(id(number))! - at);
  const latency: Latency = quantiles(waits(due));
  // The floor acknowledges when the vendor has answered.
  if (subject.storage) latency.fromAck = quantiles(waits(acknowledged));
  vendor.clear();
  return latency;
}

/** From event to vendor call where nothing else is going on. */
export async function alone(subject: Subject, vendor: Vendor, count: number): Promise<Latency> {
  const waits: number[] = [];
  for (let number = 0; number < count; number++) {
    const began = performance.now();
    const id = `alone-${number}`;
    await flood(
      target(subject, subject.relay, 1),
      bodies(1, () => single(meetingBooked(id))),
    );
    await vendor.until(number + 1, PATIENCE_MS);
    waits.push(vendor.arrivals.get(id)! - began);
  }
  await settled(subject);
  vendor.clear();
  return quantiles(waits);
}

export const quantiles = (waits: number[]) => ({ p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) });

/** Waits until the hub has nothing left to do: no event to plan, no run under way. */
export async function settled({ storage }: Pick<Subject, 'storage'>): Promise<void> {
  if (!storage) return;
  const deadline = performance.now() + PATIENCE_MS;
  const left = () =>
    storage.count(
      `SELECT (SELECT count(*) FROM events WHERE status = 'new') + (SELECT count(*) FROM runs WHERE status = 'running')`,
    );
  while ((await left()) > 0) {
    if (performance.now() > deadline) throw new Error(`${storage.name}: ${await left()} events or runs are left over.`);
    await sleep(10);
  }
}
