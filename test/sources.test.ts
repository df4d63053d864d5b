import { StepError } from '../src/sdk/index.ts';
import { databaseKinds } from './support/databases.ts';
import { eventually } from './support/eventually.ts';
import { fakeConnector } from './support/fake-connector.ts';
import { fakeSource } from './support/fake-source.ts';
import { apiOfAnotherWorkspace, MORNING, startHub, type TestHub } from './support/hub.ts';

const minute = 60_000;
const iso = (at: number) => new Date(at).toISOString();
const viewed = (id: string, at = MORNING - 60 * minute) => ({
  id,
  type: 'page.viewed' as const,
  time: iso(at),
  data: { visitorId: 'v1', url: `https://acme.example/${id}` },
});
type Shown = Record<string, unknown> & { state: string };

describe.each(databaseKinds)('A source, on %s,', kind => {
  let hub: TestHub;
  let feed: ReturnType<typeof fakeSource>;
  let fake: ReturnType<typeof fakeConnector>;
  let id: string;

  const connect = async (token = 'good-token') => {
    const values = { token, start: '2026-11-01' };
    const answer = await hub.api('POST', '/v1/connections', { connector: 'feed', values });
    expect(answer).toMatchObject({ status: 201 });
    return (answer.body as { id: string }).id;
  };
  const shown = async () => (await hub.api('GET', `/v1/connections/${id}/source`)).body as Shown;
  const stored = () =>
    hub.app.database.read<{ event_id: string; source: string; imported: number; status: string }>(
      'SELECT event_id, source, imported, status FROM events ORDER BY seq',
    );
  const ids = async () => (await stored()).map(row => row.event_id);

  beforeEach(async () => {
    feed = fakeSource();
    fake = fakeConnector();
    hub = await startHub([feed.connector, fake.connector], { kind, pollMs: 3_600_000 });
    id = await connect();
  });
  afterEach(() => hub.close());

  it('is asked until nothing more waits, and what it brings is stored in order, as imported', async () => {
    feed.script.push(
      () => ({ events: [viewed('b'), viewed('a')], cursor: { page: 1 }, more: true }),
      () => ({ events: [viewed('c')], cursor: { page: 2 }, more: false }),
    );
    await hub.app.poll();
    expect((await stored()).map(({ event_id, source, imported }) => [event_id, source, imported])).toEqual(
      ['b', 'a', 'c'].map(event => [event, '//feed.example', 1]),
    );
    expect(feed.asked.map(({ cursor }) => cursor)).toEqual([undefined, { page: 1 }]);
    expect(await shown()).toMatchObject({ state: 'up_to_date', accepted: 3, duplicates: 0, caughtUpAt: iso(MORNING) });
  });

  it('comes again when it said, and an event that it brings twice changes nothing', async () => {
    const polled = { events: [viewed('a')], cursor: 1, more: false, nextAt: MORNING + 7 * minute };
    feed.script.push(
      () => polled,
      () => polled,
    );
    await hub.app.poll();
    hub.clock.advance(7 * minute - 1);
    await hub.app.poll();
    expect(feed.asked).toHaveLength(1);
    hub.clock.advance(1);
    await hub.app.poll();
    expect(feed.asked).toHaveLength(2);
    expect(await ids()).toEqual(['a']);
    expect(await shown()).toMatchObject({ accepted: 1, duplicates: 1 });
  });

  it('tells how far it has come, and what to know', async () => {
    expect(await shown()).toMatchObject({ state: 'starting', polledAt: null });
    const progress = { done: 3, total: 30, message: 'Read up to 3 November.' };
    feed.script.push(
      () => ({ events: [], cursor: 1, more: true, progress, note: 'A stretch is read once more.' }),
      new StepError('transient', 'Feed is down.', { vendorRequestId: 'req-7' }),
    );
    await hub.app.poll();
    expect(await shown()).toMatchObject({
      state: 'failing',
      progress,
      note: 'A stretch is read once more.',
      error: { kind: 'transient', message: 'Feed is down.', vendorRequestId: 'req-7' },
    });
    hub.clock.advance(minute);
    feed.script.push(() => ({ events: [], cursor: 1, more: false, progress, nextAt: MORNING + 9 * minute }));
    await hub.app.poll();
    expect(await shown()).toMatchObject({ state: 'catching_up', error: null, nextAt: iso(MORNING + 9 * minute) });
  });

  it('loses nothing of its neighbours to an event that is none', async () => {
    const bad = { ...viewed('bad'), data: { url: '' } };
    feed.script.push(() => ({ events: [viewed('a'), bad, viewed('b')], cursor: 1, more: false }));
    await hub.app.poll();
    expect(await ids()).toEqual(['a', 'b']);
    expect(await shown()).toMatchObject({
      accepted: 2,
      rejected: 1,
      rejection: expect.stringContaining('bad: data.url'),
    });
  });

  it('is asked less and less often while it fails, with its cursor unchanged, and never given up', async () => {
    feed.script.push(() => ({ events: [], cursor: 'here', more: false }));
    await hub.app.poll();
    hub.clock.advance(5 * minute);
    feed.script.push(...Array.from({ length: 30 }, () => new StepError('transient', 'Feed is down.')));
    const waits: number[] = [];
    for (let failure = 0; failure < 30; failure++) {
      await hub.app.poll();
      const { nextAt } = await shown();
      waits.push(Date.parse(nextAt as string) - hub.clock.now());
      hub.clock.set(Date.parse(nextAt as string));
    }
    expect(waits.slice(0, 3)).toEqual([2000, 3000, 5000]);
    expect(waits.at(-1)).toBe(5 * minute + 1000);
    await hub.app.poll();
    expect(feed.asked.slice(1).every(({ cursor }) => cursor === 'here')).toBe(true);
    expect(await shown()).toMatchObject({ state: 'up_to_date', error: null });
  });

  it('whose answer cannot be stored says so, and is asked again later', async () => {
    feed.script.push(() => ({ events: [viewed('a')], cursor: 1n, more: true }));
    await hub.app.poll();
    expect(await shown()).toMatchObject({ state: 'failing', error: { kind: 'defect' } });
    expect(await ids()).toEqual([]);
    hub.clock.advance(15 * minute);
    feed.script.push(() => ({ events: [viewed('a')], cursor: 1, more: false }));
    await hub.app.poll();
    expect(await shown()).toMatchObject({ state: 'up_to_date', accepted: 1, error: null });
  });

  it('that asks for a pause is left alone for so long, and the pause holds for the whole connection', async () => {
    feed.script.push(new StepError('throttled', 'Feed asks to wait.', { retryAfterMs: 4 * minute }));
    await hub.app.poll();
    expect(await shown()).toMatchObject({ state: 'waiting', error: { message: 'Feed asks to wait.' } });
    const [connection] = await hub.app.database.read<{ paused_until: number }>('SELECT paused_until FROM connections');
    expect(connection!.paused_until).toBeGreaterThanOrEqual(MORNING + 4 * minute);
    hub.clock.advance(4 * minute - 1);
    await hub.app.poll();
    expect(feed.asked).toHaveLength(1);
    hub.clock.advance(minute);
    await hub.app.poll();
    expect(feed.asked).toHaveLength(2);
    expect(await shown()).toMatchObject({ state: 'up_to_date' });
  });

  it('whose token is refused stops and says so, and goes on by itself once it is connected again', async () => {
    feed.script.push(() => ({ events: [], cursor: 'here', more: false }));
    await hub.app.poll();
    feed.accepted.clear();
    hub.clock.advance(5 * minute);
    await hub.app.poll();
    expect(await shown()).toMatchObject({
      state: 'stopped',
      nextAt: null,
      error: { kind: 'unauthorized', message: expect.stringContaining('must be connected again') },
    });
    const calls = feed.asked.length;
    hub.clock.advance(60 * minute);
    await hub.app.poll();
    expect(feed.asked).toHaveLength(calls);
    feed.accepted.add('next-token');
    expect(await connect('next-token')).toBe(id);
    await hub.app.poll();
    expect(feed.asked.at(-1)).toEqual({ cursor: 'here', since: undefined, token: 'next-token' });
    expect(await shown()).toMatchObject({ state: 'up_to_date' });
  });

  it('is not asked while it is disconnected', async () => {
    await hub.api('DELETE', `/v1/connections/${id}`);
    await hub.app.poll();
    expect(feed.asked).toHaveLength(0);
    expect(await shown()).toMatchObject({ state: 'stopped' });
  });

  it('can be read once more from a time on', async () => {
    feed.script.push(() => ({ events: [viewed('a')], cursor: 'far', more: false, nextAt: MORNING + 60 * minute }));
    await hub.app.poll();
    const since = '2026-11-05T00:00:00Z';
    const restarted = await hub.api('POST', `/v1/connections/${id}/source/restart`, { since });
    expect(restarted).toMatchObject({ status: 200, body: { note: expect.stringContaining('2026-11-05') } });
    feed.script.push(() => ({ events: [viewed('a'), viewed('b')], cursor: 'near', more: false }));
    await hub.app.poll();
    expect(feed.asked.at(-1)).toMatchObject({ cursor: undefined, since: Date.parse(since) });
    expect(await ids()).toEqual(['a', 'b']);
    const future = await hub.api('POST', `/v1/connections/${id}/source/restart`, { since: iso(MORNING + 1) });
    expect(future).toMatchObject({ status: 400, body: { errors: [{ path: 'since' }] } });
  });

  it('that is read once more while it is being asked, or that another process has taken over, stores nothing of the late answer', async () => {
    const late = () => ({ events: [viewed('late')], cursor: 'late', more: true });
    feed.script.push(async () => {
      await hub.api('POST', `/v1/connections/${id}/source/restart`, { since: iso(MORNING - minute) });
      return late();
    });
    await hub.app.poll();
    expect(await ids()).toEqual([]);
    feed.script.push(async () => {
      await hub.app.database.write(({ query }) => query("UPDATE sources SET lease_token = 'another worker’s'"));
      return late();
    });
    await hub.app.poll();
    expect(await ids()).toEqual([]);
  });

  it('can be asked which events are there, and is seen by its own workspace alone', async () => {
    feed.script.push(
      () => ({ events: [viewed('a')], cursor: 1, more: true }),
      async ({ stored }) => {
        expect(await stored(['a', 'b'])).toEqual(new Set(['a']));
        return { events: [], cursor: 2, more: false };
      },
    );
    await hub.app.poll();
    expect(await hub.api('GET', '/v1/sources')).toMatchObject({ body: { data: [{ connectionId: id }], next: null } });
    const theirs = await apiOfAnotherWorkspace(hub);
    expect(await theirs('GET', `/v1/connections/${id}/source`)).toMatchObject({ status: 404 });
    expect(await theirs('POST', `/v1/connections/${id}/source/restart`, { since: iso(0) })).toMatchObject({
      status: 404,
    });
    expect(await theirs('GET', '/v1/sources')).toMatchObject({ body: { data: [] } });
  });

  it('waits while a lot is still to be planned, so that what happens now is not late', async () => {
    const many = Array.from({ length: 2001 }, (_, n) => viewed(`e${n}`));
    feed.script.push(() => ({ events: many, cursor: 1, more: true }));
    await hub.app.poll();
    await hub.app.poll();
    expect(feed.asked).toHaveLength(1);
    await hub.settle();
    await hub.app.poll();
    expect(feed.asked).toHaveLength(2);
  });

  it('that does not answer does not keep the hub from stopping at once', async () => {
    feed.script.push(() => new Promise(() => undefined));
    const polling = hub.app.poll();
    await eventually(() => expect(feed.asked).toHaveLength(1));
    const before = performance.now();
    await hub.close();
    expect(performance.now() - before).toBeLessThan(5000);
    await polling;
    hub = await startHub([], { pollMs: 3_600_000 });
  });

  describe('and the sessions that it hands over', () => {
    const trigger = (type: string, timing: string) => ({
      name: `${type} ${timing}`,
      trigger: { type, timing },
      steps: [{ id: 'note', action: 'fake.keyed', input: { text: '{{ conversation.transcript }}' } }],
    });
    const at = MORNING - 24 * 60 * minute;
    const said = (n: number, senderType: string) => ({
      id: `m${n}`,
      type: 'message.sent' as const,
      time: iso(at + n * 1000),
      data: {
        sessionId: 's1',
        visitorId: 'v1',
        conversationId: 'c1',
        messageId: `m${n}`,
        senderType,
        text: `Line ${n}`,
      },
    });
    const ended = { id: 'end', type: 'session.ended' as const, time: iso(at + 30 * minute), data: { sessionId: 's1' } };

    it('are judged once, at their end, with all that was handed over, however the planner cuts its batches', async () => {
      await hub.activate(trigger('conversation_with_rep', 'after_conversation_ends') as never);
      await hub.activate(trigger('conversation_with_rep', 'immediately') as never);
      // More than three of the planner's batches; the rep's only answer comes last.
      const talk = Array.from({ length: 700 }, (_, n) => said(n, n === 699 ? 'user' : 'visitor'));
      feed.script.push(() => ({ events: [...talk, ended], cursor: 1, more: false }));
      await hub.app.poll();
      const { planner } = hub.app;
      for (let batches = 0, more = true; more; batches++) {
        more = await planner.planEvents();
        // Between batches the clock runs on, and whatever has ended is judged.
        hub.clock.advance(2 * 60 * minute);
        await planner.judgeSessions();
        const started = await hub.runs();
        expect(started).toHaveLength(batches < 3 ? 0 : 1);
      }
      hub.clock.advance(minute);
      await hub.settleAll();
      expect(fake.landed).toHaveLength(1);
      expect((fake.landed[0]!.input as { text: string }).text.split('\n')).toHaveLength(700);
      const session = (await hub.api('GET', '/v1/sessions/s1')).body as { workflows?: { reason: string }[] };
      expect(JSON.stringify(session)).toContain('it comes from an import or a poll, which is never immediate');
    });

    it('never end by the clock', async () => {
      await hub.activate(trigger('conversation_with_rep', 'after_conversation_ends') as never);
      feed.script.push(() => ({ events: [said(1, 'visitor'), said(2, 'user')], cursor: 1, more: false }));
      await hub.app.poll();
      hub.clock.advance(24 * 60 * minute);
      await hub.settle();
      expect(await hub.runs()).toEqual([]);
      feed.script.push(() => ({ events: [ended], cursor: 2, more: false }));
      await hub.app.poll();
      await hub.settle();
      hub.clock.advance(minute);
      await hub.settle();
      expect(await hub.runs()).toHaveLength(1);
    });
  });
});
