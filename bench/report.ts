import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Table from 'cli-table3';
import type { Idle } from './idle.ts';
import { BATCH, CONNECTIONS, type Latency, RATE, type Size, type Throughput } from './measure.ts';
import type { Together } from './together.ts';

/** What one subject came to. */
export type Figures = {
  name: string;
  singles: Throughput;
  batches: Throughput;
  runs: Throughput;
  steady: Latency;
  alone: Latency;
  peakBytes: number;
};

const whole = (value: number) => Math.round(value).toLocaleString('en');
const rate = ({ perSecond, cpuMs }: Throughput) => `${whole(perSecond)} (${cpuMs.toFixed(2)} ms)`;
const wait = ({ p50, p99 }: { p50: number; p99: number }) => `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`;

const rows: [title: string, show: (figures: Figures) => string, ratio?: (figures: Figures) => number][] = [
  [`events acknowledged /s, one by one, ${CONNECTIONS} connections`, f => rate(f.singles), f => f.singles.perSecond],
  [`events acknowledged /s, batches of ${BATCH}`, f => rate(f.batches), f => f.batches.perSecond],
  ['runs /s, first event to last outcome', f => rate(f.runs), f => f.runs.perSecond],
  [`event to vendor call at ${RATE}/s, p50 / p99`, f => wait(f.steady)],
  ['… from its acknowledgement', f => (f.steady.fromAck ? wait(f.steady.fromAck) : '')],
  ['event to vendor call when idle, p50 / p99', f => wait(f.alone)],
  ['peak memory', f => `${whole(f.peakBytes / 2 ** 20)} MiB`],
];

/** The figures side by side, the floor first; in brackets CPU time per event or run, and what part of the floor's rate it is. */
export function tableOf(floor: Figures, hubs: Figures[]): string {
  const table = new Table({ head: ['', floor.name, ...hubs.map(hub => hub.name)], style: { head: [], border: [] } });
  for (const [title, show, ratio] of rows) {
    const part = (hub: Figures) => (ratio ? `, ${Math.round((100 * ratio(hub)) / ratio(floor))} % of it` : '');
    table.push([title, show(floor), ...hubs.map(hub => show(hub) + part(hub))]);
  }
  return table.toString();
}

/** Writes everything measured as JSON. @returns the file's name */
export async function writeResults(
  directory: string,
  at: Date,
  measured: { size: Size; floor: Figures; hubs: Figures[]; together: Together[]; idle: Idle },
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, `${at.toISOString().replaceAll(':', '-')}.json`);
  const machine = {
    node: process.version,
    cpus: os.cpus().length,
    model: os.cpus()[0]?.model,
    memory: os.totalmem(),
    load: os.loadavg(),
  };
  await writeFile(file, `${JSON.stringify({ at, machine, ...measured }, null, 2)}\n`);
  return file;
}
