import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { batchConnector } from './support/batch-connector.ts';
import { databaseKinds } from './support/databases.ts';
import { startHub, type TestHub } from './support/hub.ts';
import { makeDatabase } from './support/services.ts';

const MINUTE = 60_000;
type Step = { status: string; tries: number; due_at: number; notes: string; error: string | null; text: string };

describe.each(databaseKinds)('Steps of the same action and connection, on %s', kind => {
  let hub: TestHub;
  let crowd: ReturnType<typeof batchConnector>;
  const atEnd: (() => Promise<void>)[] = [];
  const start = async (
    options: Parameters<typeof batchConnector>[0] = {},
    more: Parameters<typeof startHub>[1] = {},
    reached: (point: string) => void = () => undefined,
  ) => {
    crowd = batchConnector(options);
    if (kind === 'postgres') {
      const { url, drop } = await makeDatabase();
      atEnd.push(drop);
      more.config = { ...more.config, databaseUrl: url };
    }
    hub = await startHub([crowd.connector], { ...more, reached });
    await connect();
  };
  const connect = async () => {
    const made = await hub.api('POST', '/v1/connections', { connector: 'crowd', values: { secret: 'typed' } });
    expect(made.status).toBe(201);
  };
  afterEach(async () => {
    await hub.close();
    for (const work of atEnd.splice(0)) await work();
  });

  const activate = (action = 'crowd.write', input: Record<string, unknown> = { text: '{{ event.data.meetingId }}' }) =>
    hub.activate({
      name: 'Crowd',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: [{ id: 'write', action, input }],
    });
  const booked = (...ids: string[]) =>
    hub.send(...ids.map(id => ({ type: 'meeting.booked', data: { meetingId: id, visitorId: `v-${id}` } })));
  const names = (count: number) => Array.from({ length: count }, (_, at) => `m${at + 1}`);
  /** So many steps at once: one is on its way when the others come. */
  const atOnce = async (count: number) => {
    crowd.holdUntil(count);
    await booked(...names(count));
    await hub.settle();
  };
  const statuses = async () => (await hub.runs()).map(run => run.status);
  const steps = async (): Promise<Step[]> =>
    (
      await hub.app.database.read<Step & { input: string }>(
        'SELECT status, tries, due_at, notes, error, input FROM steps ORDER BY id',
      )
    ).map(step => ({ ...step, text: (JSON.parse(step.input) as { text: string } | null)?.text ?? '' }));
  const connection = async () => {
    const { body } = await hub.api('GET', '/v1/connections');
    return (body as { data: { id: string; pausedUntil: string | null; usage: unknown; warning: string | null }[] })
      .data[0]!;
  };
  const inMs = async () => Date.parse((await connection()).pausedUntil!) - hub.clock.now();

  it('gather while a call is on its way, and then travel together', async () => {
    await start();
    await activate();
    await atOnce(12);
    expect(crowd.calls.map(call => call.length)).toEqual([1, 11]);
    expect(new Set(crowd.calls.flat())).toEqual(new Set(names(12)));
    expect(new Set(await statuses())).toEqual(new Set(['succeeded']));
    const outputs = await hub.app.database.read<{ output: string; input: string }>('SELECT input, output FROM steps');
    for (const { input, output } of outputs) {
      const { text } = JSON.parse(input) as { text: string };
      const at = crowd.landed.findIndex(item => item.text === text);
      expect(JSON.parse(output)).toEqual({ recordId: `r${at + 1}` });
    }
  });

  it('whose answer was lost are found again, each, by look-ups that travel together', async () => {
    await start();
    await activate();
    crowd.script.push({}, { whole: { fail: 'uncertain', landed: true } });
    await atOnce(8);
    expect((await steps()).filter(step => step.status === 'ready')).toHaveLength(7);
    crowd.holdUntil(7);
    await hub.settleAll();
    expect(crowd.landed).toHaveLength(8);
    expect(crowd.lookUps.map(asked => asked.length)).toEqual([1, 6]);
    expect(crowd.lookUps.flat().toSorted()).toEqual(crowd.calls[1]!.toSorted());
    expect(new Set(await statuses())).toEqual(new Set(['succeeded']));
  });

  it('that another worker took over while they waited do not travel', async () => {
    await start();
    await activate();
    crowd.holdUntil(4);
    let taken = '';
    crowd.onCall(async () => {
      const [row] = await hub.app.database.write(({ query }) =>
        query<{ step_key: string }>(
          `UPDATE steps SET lease_token = 'another' WHERE id = (SELECT max(id) FROM steps WHERE tries = 0) RETURNING step_key`,
        ),
      );
      taken ||= row?.step_key ?? '';
    });
    await booked(...names(4));
    await hub.settle();
    expect(taken).not.toBe('');
    expect(crowd.calls.map(call => call.length)).toEqual([1, 2]);
    expect(crowd.landed.map(item => item.stepKey)).not.toContain(taken);
    expect((await steps()).filter(step => step.status === 'running')).toHaveLength(1);
  });

  it('with the same record never travel in one call, nor at once', async () => {
    await start();
    await activate('crowd.write', { text: '{{ event.data.meetingId }}', record: 'ana@acme.example' });
    await atOnce(3);
    await hub.settleAll();
    expect(crowd.calls.map(call => call.length)).toEqual([1, 1, 1]);
    expect(crowd.landed).toHaveLength(3);
    expect(crowd.atOnce()).toBe(1);
  });

  it('wait together for as long as the vendor asks them to', async () => {
    await start();
    await activate();
    crowd.script.push({}, { whole: { fail: 'throttled', details: { retryAfterMs: 10 * MINUTE } } });
    await atOnce(9);
    expect(crowd.calls.map(call => call.length)).toEqual([1, 8]);
    const pausedFor = await inMs();
    expect(pausedFor).toBeGreaterThanOrEqual(10 * MINUTE);
    await booked('late');
    await hub.settle();
    expect(crowd.calls).toHaveLength(2);
    expect((await steps()).at(-1)).toMatchObject({ status: 'ready', notes: '["The vendor said throttled."]' });

    hub.clock.advance(11 * MINUTE + MINUTE / 2);
    crowd.script.push({ whole: { fail: 'throttled', details: { retryAfterMs: 5 * MINUTE } } });
    await hub.settle();
    expect(crowd.calls).toHaveLength(3);
    expect(await inMs()).toBeGreaterThanOrEqual(5 * MINUTE);

    await hub.settleAll(200);
    expect(crowd.landed).toHaveLength(10);
    expect((await connection()).pausedUntil).toBeNull();
  });

  // What follows asks nothing more of the database.
  if (kind === 'postgres') return;

  it('leave at once and alone while nothing of theirs is on its way', async () => {
    await start();
    await activate();
    for (const id of names(3)) {
      await booked(id);
      await hub.settle();
    }
    expect(crowd.calls).toEqual([['m1'], ['m2'], ['m3']]);
    expect(await statuses()).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });

  it('fill several calls where one cannot take them all', async () => {
    await start({ max: 4 });
    await activate();
    await atOnce(10);
    expect(crowd.calls.map(call => call.length)).toEqual([1, 4, 4, 1]);
    expect(crowd.landed).toHaveLength(10);
  });

  it('have each their own outcome', async () => {
    await start();
    await activate();
    crowd.script.push({}, { items: { m2: { fail: 'rejected' }, m3: { fail: 'rejected' }, m4: { fail: 'transient' } } });
    await atOnce(6);
    await hub.settleAll();
    const failed = (await steps()).filter(step => step.status === 'failed').map(step => step.text);
    // One of the six travelled before the others, whichever it was, and the script does not meet it.
    const met = ['m2', 'm3'].filter(text => text !== crowd.calls[0]![0]);
    expect(failed.toSorted()).toEqual(met);
    expect(crowd.landed).toHaveLength(6 - met.length);
    const again = crowd.calls.slice(2).flat();
    expect(again).toEqual(crowd.calls[1]!.includes('m4') ? ['m4'] : []);
  });

  it('all fail as their call does', async () => {
    await start();
    await activate();
    crowd.script.push({}, { whole: { fail: 'rejected', message: 'No such object.' } });
    await atOnce(4);
    const all = await steps();
    expect(all.map(step => step.status).toSorted()).toEqual(['failed', 'failed', 'failed', 'succeeded']);
    for (const step of all.filter(one => one.status === 'failed')) expect(step.error).toContain('No such object.');
  });

  it('whose answer was lost are sent again where nothing is found, and only those', async () => {
    await start();
    await activate();
    crowd.script.push({}, { whole: { fail: 'uncertain' } });
    await atOnce(5);
    const lost = crowd.calls[1]!;
    crowd.landed.push({ stepKey: (await keyOf(lost[0]!))!, text: lost[0]! });
    await hub.settleAll();
    expect(crowd.calls.slice(2).flat().toSorted()).toEqual(lost.slice(1).toSorted());
    expect(crowd.landed.map(item => item.text).toSorted()).toEqual(names(5));
  });

  const keyOf = async (text: string) => {
    const rows = await hub.app.database.read<{ step_key: string; input: string }>('SELECT step_key, input FROM steps');
    return rows.find(row => (JSON.parse(row.input) as { text: string }).text === text)?.step_key;
  };

  it.each(['transient', 'throttled', 'uncertain'] as const)(
    'stay without an outcome while the look-up itself answers %s',
    async kind => {
      await start();
      await activate();
      crowd.script.push({ whole: { fail: 'uncertain', landed: true } }, { whole: { fail: kind } });
      await booked('m1');
      await hub.settleAll();
      expect(crowd.lookUps.length).toBe(2);
      expect(crowd.calls).toEqual([['m1']]);
      expect(crowd.landed).toHaveLength(1);
      expect(await statuses()).toEqual(['succeeded']);
    },
  );

  it('that travel have a lease and a deadline that count from their departure', async () => {
    await start();
    await activate();
    crowd.holdUntil(3);
    let leases: { lease_until: number; unsettled_until: number }[] = [];
    crowd.onCall(async () => {
      if (crowd.calls.length === 1) hub.clock.advance(20_000);
      else
        leases = await hub.app.database.read("SELECT lease_until, unsettled_until FROM steps WHERE status = 'running'");
    });
    await booked(...names(3));
    await hub.settle();
    const departed = hub.clock.now();
    expect(leases).toEqual([
      { lease_until: departed + 90_000, unsettled_until: departed + 11_000 },
      { lease_until: departed + 90_000, unsettled_until: departed + 11_000 },
    ]);
  });

  it('with the same record wait until a call that may still land has been settled', async () => {
    await start();
    await activate('crowd.write', { text: '{{ event.data.meetingId }}', record: 'ana@acme.example' });
    crowd.script.push({ whole: { fail: 'uncertain', landed: true } });
    await booked('m1');
    await hub.settle();
    await booked('m2');
    await hub.settle();
    expect(crowd.calls).toEqual([['m1']]);
    await hub.settleAll(200);
    expect(crowd.calls).toEqual([['m1'], ['m2']]);
    expect(crowd.lookUps).toEqual([['m1']]);
    expect(await statuses()).toEqual(['succeeded', 'succeeded']);
  });

  it('are sent again with one new credential where the vendor refuses the old one', async () => {
    await start();
    await activate();
    crowd.script.push({}, { whole: { fail: 'unauthorized' } });
    await atOnce(5);
    expect(crowd.calls.map(call => call.length)).toEqual([1, 4, 4]);
    expect(crowd.tokens).toEqual(['token-1', 'token-1', 'token-2']);
    expect((await steps()).map(step => step.tries)).toEqual([1, 1, 1, 1, 1]);
    expect(new Set(await statuses())).toEqual(new Set(['succeeded']));
  });

  it('that one item of is not accepted are not sent again with it', async () => {
    await start();
    await activate();
    crowd.script.push(
      {},
      { items: Object.fromEntries(names(3).map(name => [name, { fail: 'unauthorized' as const }])) },
    );
    await atOnce(6);
    const [first, , again] = crowd.calls;
    expect(again!.toSorted()).toEqual(names(3).filter(name => name !== first![0]));
    expect(crowd.landed).toHaveLength(6);
  });

  it.each([
    ['intent recorded', [4]],
    ['vendor answered', []],
  ] as const)(
    'in a process that dies at the point "%s" are settled by its successor, each once',
    async (point, sent) => {
      const { directory, left } = await freshDirectories();
      let passed = 0;
      await start({}, { config: { dataDirectory: directory } }, reached => {
        // The files as they are now are what a killed process leaves behind.
        if (reached === point && ++passed === 2) cpSync(directory, left, { recursive: true });
      });
      await activate();
      if (point === 'intent recorded') crowd.script.push({}, { whole: { fail: 'rejected' } });
      await atOnce(5);
      await hub.close();
      const before = crowd.calls.length;
      hub = await startHub([crowd.connector], { config: { dataDirectory: left } });
      crowd.holdUntil(4);
      await hub.settleAll();
      expect(crowd.lookUps.flat()).toHaveLength(4);
      expect(crowd.calls.slice(before).flat()).toHaveLength(sent[0] ?? 0);
      expect(crowd.landed.map(item => item.text).toSorted()).toEqual(names(5));
      expect(new Set(await statuses())).toEqual(new Set(['succeeded']));
    },
  );

  const freshDirectories = async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), 'baton-batch-'));
    atEnd.push(() => rm(root, { recursive: true }));
    return { directory: path.join(root, 'first'), left: path.join(root, 'left') };
  };

  it('that travel alone wait for the first of them to succeed when a pause ends', async () => {
    await start();
    await activate('crowd.single');
    const throttled = { whole: { fail: 'throttled' as const, details: { retryAfterMs: MINUTE } } };
    crowd.script.push(...names(6).map(() => throttled));
    await booked(...names(6));
    await hub.settle();
    expect(crowd.calls).toHaveLength(6);
    hub.clock.advance(2 * MINUTE);
    crowd.script.push(throttled);
    await hub.settle();
    expect(crowd.calls).toHaveLength(7);
    hub.clock.advance(2 * MINUTE);
    let others = 0;
    crowd.onCall(async () => {
      others = Math.max(others, crowd.calls.length - 8);
    });
    await hub.settle();
    expect(others).toBe(0);
    expect(crowd.landed).toHaveLength(1);
    await hub.settleAll();
    expect(crowd.landed).toHaveLength(6);
  });

  it('do not leave when the call that they waited for was throttled', async () => {
    await start();
    await activate();
    crowd.script.push({ whole: { fail: 'throttled', details: { retryAfterMs: MINUTE } } });
    await atOnce(20);
    expect(crowd.calls.map(call => call.length)).toEqual([1]);
    expect((await steps()).every(step => step.status === 'ready' && step.due_at >= hub.clock.now() + MINUTE)).toBe(
      true,
    );
  });

  describe('and the call budget of the account', () => {
    const limit = 10_000;
    const spend = async (used: number) => {
      crowd.script.push({ usage: { used, limit } });
      await booked(`spent-${used}`);
      await hub.settle();
    };

    it.each([
      [7_999, null],
      [8_000, /^80 % of the account's API calls are used \(8,000 of 10,000\): at 95 % steps of low priority/],
      [9_512, /^95 % .*: steps of low priority are held back/],
      [10_000, /^100 % .*: all calls wait/],
    ])('show %d of 10,000 calls with the warning %s', async (used, warning) => {
      await start();
      await activate();
      await spend(used);
      const shown = await connection();
      expect(shown.usage).toEqual({ used, limit, at: new Date(hub.clock.now()).toISOString() });
      if (warning) expect(shown.warning).toMatch(warning);
      else expect(shown.warning).toBeNull();
    });

    it('write what they learn every few seconds, and at once when a mark is passed', async () => {
      await start();
      await activate();
      const seen = async (used: number) => {
        await spend(used);
        return ((await connection()).usage as { used: number }).used;
      };
      expect(await seen(100)).toBe(100);
      expect(await seen(101)).toBe(100);
      expect(await seen(8_100)).toBe(8_100);
      expect(await seen(8_101)).toBe(8_100);
      hub.clock.advance(5_000);
      expect(await seen(8_102)).toBe(8_102);
    });

    it('hold back what is of low priority from 95 % on, until calls have become free', async () => {
      await start();
      await activate();
      await spend(9_500);
      const low = await activate('crowd.tidy');
      await booked('both');
      await hub.settle();
      expect(crowd.calls).toEqual([['spent-9500'], ['both']]);
      const waiting = (await steps()).find(step => step.status === 'ready')!;
      expect(waiting.due_at - hub.clock.now()).toBeGreaterThanOrEqual(15 * MINUTE);
      expect(waiting.notes).toContain('Held back, being of low priority: 95 % of the account');
      hub.clock.set(waiting.due_at);
      await hub.settle();
      expect(crowd.calls.at(-1)).toEqual(['both']);
      expect((await hub.runs()).find(run => run.workflow_id === low)!.status).toBe('succeeded');
    });

    it('let nothing out once all of it is used, and one call at a time after that', async () => {
      await start();
      await activate();
      await spend(10_000);
      await booked('a', 'b');
      await hub.settle();
      expect(crowd.calls).toEqual([['spent-10000']]);
      expect((await steps()).at(-1)!.notes).toContain('All calls wait: 100 % of the account');
      crowd.script.push({ usage: { used: 10_001, limit } });
      hub.clock.advance(15 * MINUTE);
      await hub.settle();
      expect(crowd.calls).toHaveLength(2);
      expect(await inMs()).toBe(15 * MINUTE);
      crowd.script.push({ usage: { used: 9_000, limit } });
      await hub.settleAll();
      expect(crowd.landed).toHaveLength(3);
      expect((await connection()).pausedUntil).toBeNull();
    });
  });
});
