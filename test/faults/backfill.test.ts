import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import vendor from '../../connectors/qualified/sandbox/index.ts';
import type { Conversation, Lead, Meeting, Message, Session } from '../../connectors/qualified/sandbox/records.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { type HubProcess, type Installation, install } from '../support/process.ts';
import { describeWith, makeDatabase, postgresServer } from '../support/services.ts';

const day = 86_400_000;
const values = { apiToken: 'qualified-sandbox-token', backfill: '40' };
jest.setTimeout(600_000);

type Shown = { state: string; accepted: number; rejected: number; error: { message: string } | null };

/** A team whose records are all old enough to be read, from the vendor's point of view. */
async function team(seed: { leads: number; sessions: number }) {
  let shift = -2 * day;
  const sandbox = await startSandbox({ vendors: [vendor], now: () => Date.now() + shift });
  sandbox.control('qualified', { seed: { ...seed, days: 30 } });
  const all = <Kind>(kind: string) => sandbox.records('qualified', kind) as Kind[];
  const records = {
    leads: all<Lead>('leads'),
    sessions: all<Session>('sessions'),
    conversations: all<Conversation>('conversations'),
    messages: all<Message>('messages'),
    meetings: all<Meeting>('meetings'),
  };
  shift = 0;
  return { sandbox, records };
}
type Team = Awaited<ReturnType<typeof team>>;

/** What the hub must hold in the end, worked out from the vendor's own records. */
function expected({ leads, sessions, conversations, messages, meetings }: Team['records']) {
  const known = messages.filter(({ senderType }) => senderType !== null);
  const offered = meetings.filter(({ sessionId, status }) => sessionId !== null || status === 'offered');
  const count = (status: string) => meetings.filter(meeting => meeting.status === status).length;
  const snapshots = sessions.filter(({ visitor }) => visitor && (visitor.email || Object.keys(visitor.fields as object).length > 0)); // biome-ignore format: short
  const counts: Record<string, number> = {
    'visitor.updated': leads.reduce((sum, lead) => sum + Math.max(1, lead.visitorIds.length), 0) + snapshots.length,
    'session.started': sessions.length,
    'session.ended': sessions.length,
    'page.viewed': sessions.reduce((sum, { pageViews }) => sum + pageViews.length, 0),
    'conversation.started': conversations.length,
    'conversation.ended': conversations.length,
    'experience.ended': conversations.filter(({ experienceName }) => experienceName).length,
    'message.sent': known.length,
    'meeting.offered': offered.length,
    'meeting.booked': meetings.length - count('offered'),
    'meeting.rescheduled': count('rescheduled'),
    'meeting.canceled': count('canceled'),
    'meeting.no_show': count('no_show'),
  };
  const withRep = conversations.filter(({ id }) => {
    const by = new Set(known.filter(({ conversationId }) => conversationId === id).map(({ senderType }) => senderType));
    return by.has('user') && by.has('visitor');
  });
  return {
    counts: Object.fromEntries(Object.entries(counts).filter(([, number]) => number > 0)),
    sessionsWithRep: [...new Set(withRep.map(({ sessionId }) => sessionId))].sort(),
    visitors: Object.fromEntries(
      leads.flatMap(({ email, visitorIds }) => visitorIds.map(id => [id, email.toLowerCase()])),
    ),
  };
}

async function held(database: Database) {
  const counts = await database.read<{ type: string; count: number }>(
    'SELECT type, count(*) AS count FROM events GROUP BY type',
  );
  const runs = await database.read<{ session_id: string }>('SELECT session_id FROM runs ORDER BY session_id');
  const visitors = await database.read<{ id: string; email: string }>('SELECT id, email FROM visitors');
  return {
    counts: Object.fromEntries(counts.map(({ type, count }) => [type, Number(count)])),
    sessionsWithRep: runs.map(run => run.session_id),
    visitors: Object.fromEntries(visitors.map(({ id, email }) => [id, email])),
  };
}

const workflow = {
  name: 'After a talk with a rep',
  trigger: { type: 'conversation_with_rep', timing: 'after_conversation_ends' },
  steps: [{ id: 'note', action: 'set_visitor_field', input: { field: 'notes', value: 'Talked with us' } }],
} as const;

async function caughtUp(site: Installation, id: string, runs: number): Promise<void> {
  const done = async () => {
    const { body } = await site.api<Shown>('GET', `/v1/connections/${id}/source`);
    expect(body).toMatchObject({ state: 'up_to_date', rejected: 0, error: null });
  };
  await eventually(done, { deadlineMs: 90_000 });
  const planned = async () => {
    const { body } = await site.api<{ data: unknown[] }>('GET', '/v1/events?status=new&limit=1');
    expect(body.data).toEqual([]);
    const statuses = (await site.runs()).map(({ status }) => status);
    expect(statuses.filter(status => status === 'succeeded')).toHaveLength(runs);
  };
  await eventually(planned, { deadlineMs: 90_000 });
}

describe('Reading 30,000 leads and 2,000 sessions in, on SQLite', () => {
  let directory: string;
  let team30: Team;
  let site: Installation;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'baton-backfill-'));
    team30 = await team({ leads: 30_000, sessions: 2_000 });
    site = await install({ DATA_DIR: directory, ...team30.sandbox.settings(), SWEEP_MS: '500' });
  });
  afterAll(async () => {
    await site.remove();
    await team30.sandbox.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('ends with every record once, though the hub is killed five times, a cursor dies and the token is replaced', async () => {
    const { sandbox, records } = team30;
    let hub: HubProcess = await site.start();
    await site.activate(workflow as never);
    const made = await site.api<{ id: string }>('POST', '/v1/connections', { connector: 'qualified', values });
    expect(made).toMatchObject({ status: 201 });
    const { id } = made.body;
    for (const [point, after] of [
      ['source polled', 3],
      ['source written', 6],
      ['source stored', 4],
      ['planning', 25],
    ] as const) {
      await hub.arm(point, after);
      expect(await hub.ended).toEqual({ code: null, signal: 'SIGKILL' });
      if (point === 'source written') sandbox.control('qualified', { killCursors: true });
      hub = await site.start();
    }
    const { token } = sandbox.control('qualified', { revokeTokens: true, newToken: true }) as { token: string };
    await eventually(async () => {
      const { body } = await site.api<Shown>('GET', `/v1/connections/${id}/source`);
      expect(body).toMatchObject({
        state: 'stopped',
        error: { message: expect.stringContaining('must be connected again') },
      });
    });
    await hub.kill();
    hub = await site.start();
    const again = await site.api('POST', '/v1/connections', {
      connector: 'qualified',
      values: { ...values, apiToken: token },
    });
    expect(again).toMatchObject({ status: 201, body: { id } });
    const wanted = expected(records);
    await caughtUp(site, id, wanted.sessionsWithRep.length);
    expect(await hub.terminate()).toEqual({ code: 0, signal: null });
    const database = await openDatabase({ directory });
    const found = await held(database);
    expect(found.counts).toEqual(wanted.counts);
    expect(found.sessionsWithRep).toEqual(wanted.sessionsWithRep);
    expect(found.visitors).toMatchObject(wanted.visitors);
    await database.close();
  });
});

describeWith(postgresServer)('Reading 1,500 leads and 200 sessions in, by two workers on PostgreSQL', () => {
  let store: Awaited<ReturnType<typeof makeDatabase>>;
  let small: Team;
  let site: Installation;
  beforeAll(async () => {
    store = await makeDatabase();
    small = await team({ leads: 1_500, sessions: 200 });
    site = await install({ DATABASE_URL: store.url, ...small.sandbox.settings(), LEASE_MS: '4000', SWEEP_MS: '500' });
  });
  afterAll(async () => {
    await site.remove();
    await small.sandbox.close();
    await store.drop();
  });

  it('ends with every record once, though a worker is killed again and again', async () => {
    const { sandbox, records } = small;
    // Slow enough that there is something left to read at every kill.
    sandbox.control('qualified', { pageSize: 100, latencyMs: 300 });
    await site.start({ role: 'web' });
    await site.activate(workflow as never);
    let workers = [await site.start({ role: 'worker' }), await site.start({ role: 'worker' })];
    const made = await site.api<{ id: string }>('POST', '/v1/connections', { connector: 'qualified', values });
    for (const point of ['source polled', 'source written', 'source stored']) {
      for (const worker of workers) await worker.arm(point, 2);
      await Promise.race(workers.map(worker => worker.ended));
      await Promise.all(workers.map(worker => worker.kill()));
      workers = [await site.start({ role: 'worker' }), await site.start({ role: 'worker' })];
    }
    sandbox.control('qualified', { pageSize: 1000, latencyMs: 0 });
    const wanted = expected(records);
    await caughtUp(site, made.body.id, wanted.sessionsWithRep.length);
    const database = await openDatabase({ url: store.url });
    const found = await held(database);
    expect(found.counts).toEqual(wanted.counts);
    expect(found.sessionsWithRep).toEqual(wanted.sessionsWithRep);
    expect(found.visitors).toMatchObject(wanted.visitors);
    await database.close();
  });
});
