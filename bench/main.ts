// npm run bench: the hub beside a bare express and undici, in one run.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startHub } from './hub.ts';
import { idleLines, measureIdle } from './idle.ts';
import { alone, batches, runs, type Size, type Subject, singles, steady, warmUp } from './measure.ts';
import { startProcess } from './processes.ts';
import { type Figures, tableOf, writeResults } from './report.ts';
import { postgresStorage, type Storage, sqliteStorage } from './storages.ts';
import { measureTogether, togetherTable } from './together.ts';
import { startVendor, type Vendor } from './vendor.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    results: { type: 'string', default: fileURLToPath(new URL('./results', import.meta.url)) },
  },
});
const full: Size = { singles: 4_000, batches: 40, runs: 800, steady: 300, alone: 40, together: 1_000 };
const quick: Size = { singles: 200, batches: 4, runs: 60, steady: 30, alone: 5, together: 40 };
const size = values.quick ? quick : full;

const began = performance.now();
const say = (what: string) => console.log(`${((performance.now() - began) / 1000).toFixed(1)} s  ${what}`);

const floorName = 'express + undici, nothing stored';
const vendor = await startVendor();
try {
  const floor = await measureFloor();
  const hubs = [await measureHub(await sqliteStorage())];
  const postgres = values.quick ? 'PostgreSQL and Bull: not measured with --quick.' : await postgresStorage();
  if (typeof postgres === 'string') console.log(postgres);
  else hubs.push(await measureHub(postgres));
  console.log(`\n${tableOf(floor, hubs)}`);
  console.log('In brackets: CPU time of the process per event or run, and the rate as a part of the floor.');
  const together = await measureTogether(sqliteStorage, size, say);
  console.log(`\n${togetherTable(together)}`);
  const idle = await measureIdle(await sqliteStorage(), size);
  console.log(idleLines(idle));
  const load = os.loadavg()[0]!.toFixed(1);
  console.log(
    `Load of the machine at the end: ${load} on ${os.cpus().length} cores. Above one a core, rates and waits tell of the others too; compare alternating runs.`,
  );
  const file = await writeResults(values.results, new Date(), { size, floor, hubs, together, idle });
  console.log(`Written to ${path.relative(process.cwd(), file)}.`);
} finally {
  await vendor.close();
}

async function measureFloor(): Promise<Figures> {
  const script = fileURLToPath(new URL('./floor.ts', import.meta.url));
  const server = await startProcess(script, [], { VENDOR_URL: vendor.url }, os.devNull);
  try {
    return await measure(floorName, { server, ingest: '/v1/events', relay: '/relay' }, vendor);
  } finally {
    await server.stop();
  }
}

async function measureHub(storage: Storage): Promise<Figures> {
  try {
    const server = await startHub(storage, vendor.url);
    try {
      return await measure(storage.name, { server, ingest: '/v1/events', relay: '/v1/events', storage }, vendor);
    } finally {
      await server.stop();
    }
  } finally {
    await storage.drop();
  }
}

/** One thing after the other; what takes long says what it is at. */
async function measure(name: string, subject: Subject, vendor: Vendor): Promise<Figures> {
  const at = (what: string) => say(`${name}: ${what}`);
  at('warming up');
  await warmUp(subject, vendor, Math.min(500, size.singles));
  at(`${size.alone} events, one after the other`);
  const idle = await alone(subject, vendor, size.alone);
  at(`${size.steady} events at a steady rate`);
  const moderate = await steady(subject, vendor, size.steady);
  at(`${size.runs} events that each start a run`);
  const started = await runs(subject, vendor, size.runs);
  at(`${size.singles} single events`);
  const one = await singles(subject, size.singles);
  at(`${size.batches} batches`);
  const many = await batches(subject, size.batches);
  const { peakBytes } = await subject.server.usage();
  at('done');
  if (vendor.repeats() > 0) throw new Error(`The vendor was called again for ${vendor.repeats()} events.`);
  return { name, singles: one, batches: many, runs: started, steady: moderate, alone: idle, peakBytes };
}
