import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');

describe('npm run bench -- --quick', () => {
  let results: string;
  beforeEach(async () => {
    results = await mkdtemp(path.join(os.tmpdir(), 'baton-bench-results-'));
  });
  afterEach(() => rm(results, { recursive: true }));

  it('prints the hub beside the floor and writes the same figures as JSON', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['bin/run.mjs', 'bench/main.ts', '--quick', '--results', results],
      { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } },
    );
    for (const row of ['events acknowledged /s', 'runs /s', 'p50 / p99', 'peak memory', 'calls per 1,000', 'aim'])
      expect(stdout).toContain(row);

    const [file] = await readdir(results);
    const { floor, hubs, together, idle } = JSON.parse(await readFile(path.join(results, file!), 'utf8'));
    expect(hubs).toHaveLength(1);
    for (const { calls, steps, aim } of together) {
      expect(calls).toBeGreaterThan(0);
      expect(calls).toBeLessThan(steps);
      expect(aim).toBeGreaterThan(0);
    }
    expect(together.map(({ title }: { title: string }) => title)).toEqual([
      'Salesforce tasks',
      'HubSpot pushes',
      'Marketo pushes',
    ]);
    expect(idle.vendor.p50).toBeGreaterThan(0);
    for (const measured of [floor, ...hubs]) {
      expect(measured.singles.perSecond).toBeGreaterThan(0);
      expect(measured.runs.perSecond).toBeGreaterThan(0);
      expect(measured.steady.p99).toBeGreaterThanOrEqual(measured.steady.p50);
      expect(measured.peakBytes).toBeGreaterThan(2 ** 20);
    }
  }, 240_000);
});
