import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import { openDatabase } from '../../src/db/database.ts';
import { Steps } from '../../src/db/entities.ts';
import { insertAll } from '../../src/db/save.ts';
import { asideRow, waitForEffects } from '../../src/runs/aside.ts';
import { stepRow } from '../../src/runs/start.ts';
import { databaseKinds, testDatabase } from '../support/databases.ts';
import { eventually } from '../support/eventually.ts';
import { meetings } from '../support/meetings.ts';
import { install } from '../support/process.ts';

jest.setTimeout(60_000);

describe('A hub that is killed with kill -9 while it tells the website’s listeners', () => {
  it.each(['intent recorded', 'vendor answered', 'outcome recorded'])(
    'at the point "%s" tells each of them once and goes on',
    async point => {
      const directory = await mkdtemp(path.join(os.tmpdir(), 'baton-effects-'));
      const site = await install({ DATA_DIR: directory });
      const hub = await site.start();
      await site.activate({
        name: 'Track',
        trigger: { type: 'meeting_booked', timing: 'immediately' },
        steps: [{ id: 'track', action: 'track_event', input: { name: 'Booked' } }],
      });
      await hub.arm(point, 2);
      const delivered = site.deliver(meetings(`effects-${point.replace(' ', '-')}`, 3));
      expect(await hub.ended).toEqual({ code: null, signal: 'SIGKILL' });
      const next = await site.start({ aheadMs: 20_000 });
      await delivered;
      await eventually(async () =>
        expect((await site.runs()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']),
      );
      for (const { steps } of await site.runs())
        expect(steps.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
      await next.terminate();
      const database = await openDatabase({ directory });
      expect(await database.read('SELECT topic FROM feed')).toHaveLength(3);
      await database.close();
      await site.remove();
      await rm(directory, { recursive: true, force: true });
    },
  );
});

describe.each(databaseKinds)('A step that looks at its effects, on %s,', kind => {
  const run = { id: 'run', workspaceId: 'default' };
  const now = 1_000_000;
  const look = async (status: 'succeeded' | 'running') => {
    const { database, drop } = await testDatabase(kind);
    const step = stepRow(run, { id: 'track', action: 'track_event' }, { position: 0, visit: 1, now });
    const held = { ...step, status: 'running' as const, leaseToken: 'mine', leaseUntil: now };
    const effect = asideRow(run, { stepId: 'track', action: 'a.track', input: {}, effect: 'a', position: 0, parentId: step.id }, now); // biome-ignore format: one row
    await database.write(tx => insertAll(tx, Steps, [held, { ...effect, status }]));
    const bells = await database.write(tx => waitForEffects(tx, held, 'mine', { now, lookAt: now + 30_000 }));
    const [row] = await database.read('SELECT status, due_at FROM steps WHERE id = $1', [step.id]);
    await drop();
    return { rung: bells.map(({ dueAt }) => dueAt), row };
  };

  it('while the last of them ends, goes on at once', async () => {
    expect(await look('succeeded')).toEqual({ rung: [now], row: { status: 'ready', due_at: now } });
  });

  it('while one is open, waits', async () => {
    expect(await look('running')).toEqual({
      rung: [now + 30_000],
      row: { status: 'ready', due_at: now + 30_000 },
    });
  });
});
