import { startSandbox } from '../../src/sandbox/server.ts';
import { StepError } from '../../src/sdk/index.ts';
import vendor from './sandbox/index.ts';
import type { Asked } from './sandbox/page.ts';
import { createReader } from './test-reader.ts';

const minute = 60_000;
const hour = 60 * minute;
const morning = Date.parse('2026-11-20T10:00:00Z');
const iso = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

let now = morning;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => now });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  now = morning;
  sandbox.reset();
});

const control = (body: object) => sandbox.control('qualified', body) as { token: string };
const asked = () => sandbox.records('qualified', 'asked') as Asked[];
const reader = (options: Parameters<typeof createReader>[2] = {}) => createReader(sandbox, () => now, options);
const failure = (attempt: Promise<unknown>): Promise<StepError> =>
  attempt.then(
    () => Promise.reject(new Error('it was accepted')),
    error => error,
  );

const visitorId = 'vis_1';
const session = (id: string, endedAt: number, more: object = {}) => ({
  id,
  createdAt: iso(endedAt - 20 * minute),
  endedAt: iso(endedAt),
  visitorId,
  visitor: null,
  userAgent: { string: 'Mozilla/5.0', deviceType: 'desktop' },
  conversationIds: [],
  pageViews: [],
  meetingIds: [],
  ...more,
});
const conversation = (id: string, sessionId: string, endedAt: number, more: object = {}) => ({
  id,
  sessionId,
  meetingIds: [],
  experienceName: null,
  createdAt: iso(endedAt - 10 * minute),
  endedAt: iso(endedAt),
  userId: null,
  visitorId,
  ...more,
});
const message = (id: string, conversationId: string, at: number, senderType: string | null, text = `I am ${id}`) => ({
  id,
  type: 'text',
  text,
  createdAt: iso(at),
  senderType,
  senderName: null,
  conversationId,
});
const meeting = (id: string, at: number, more: object = {}) => ({
  id,
  sessionId: null,
  conversationId: null,
  visitorId,
  attendees: [],
  meetingTypeName: 'Demo',
  createdAt: iso(at),
  updatedAt: iso(at),
  status: 'offered',
  channel: 'Conversation with Rep',
  ...more,
});
const lead = (id: string, at: number, more: object = {}) => ({
  id,
  email: `${id}@acme.example`,
  fields: { first_name: 'Ana', phone: null },
  createdAt: iso(at),
  updatedAt: iso(at),
  visitorIds: [visitorId],
  salesforceLeadId: null,
  salesforceContactId: null,
  pardotProspectId: null,
  marketoLeadId: null,
  hubspotContactId: null,
  eloquaContactId: null,
  ...more,
});

describe('a session of Qualified', () => {
  const end = morning - 5 * hour;

  it('becomes the events that it came from, complete and with its end last', async () => {
    control({ empty: true });
    control({
      add: {
        sessions: [
          session('s1', end, {
            conversationIds: ['c1', 'c2'],
            visitor: { email: 'ana@acme.example', fields: { title: 'CTO', phone: null }, salesforceLeadId: '00Q1' },
            pageViews: [
              { baseUrl: 'https://a.example/pricing', createdAt: iso(end - 15 * minute), utmSource: 'mail' },
              { baseUrl: 'https://a.example/', createdAt: iso(end - 19 * minute), referrer: 'https://b.example/' },
            ],
          }),
        ],
        conversations: [
          conversation('c1', 's1', end - 5 * minute, { experienceName: 'Homepage bot' }),
          conversation('c2', 's1', end, { userId: 'usr_ada' }),
        ],
        messages: [
          message('m1', 'c1', end - 14 * minute, 'experience'),
          message('m2', 'c1', end - 13 * minute, 'visitor', ''),
          message('m3', 'c2', end - 4 * minute, 'user'),
          message('m4', 'c2', end - 3 * minute, 'visitor'),
          message('m5', 'c2', end - 2 * minute, null),
        ],
      },
    });
    const reading = reader();
    await reading.catchUp();
    const ids = { sessionId: 's1', visitorId };
    expect(reading.events().map(({ id, type, data }) => [id, type, data])).toEqual([
      ['session:s1:started', 'session.started', { ...ids, userAgent: 'Mozilla/5.0' }],
      ['session:s1:page:0', 'page.viewed', { ...ids, url: 'https://a.example/', referrer: 'https://b.example/' }],
      ['session:s1:page:1', 'page.viewed', { ...ids, url: 'https://a.example/pricing', utm: { source: 'mail' } }],
      ['conversation:c1:started', 'conversation.started', { ...ids, conversationId: 'c1', experienceName: 'Homepage bot' }],
      ['message:m1', 'message.sent', { ...ids, conversationId: 'c1', messageId: 'm1', senderType: 'experience', text: 'I am m1' }],
      ['message:m2', 'experience.interacted', { ...ids, conversationId: 'c1' }],
      ['conversation:c2:started', 'conversation.started', { ...ids, conversationId: 'c2' }],
      ['conversation:c1:experience-ended', 'experience.ended', { ...ids, conversationId: 'c1', experienceName: 'Homepage bot' }],
      ['conversation:c1:ended', 'conversation.ended', { ...ids, conversationId: 'c1' }],
      ['message:m3', 'message.sent', { ...ids, conversationId: 'c2', messageId: 'm3', senderType: 'user', text: 'I am m3', userId: 'usr_ada' }],
      ['message:m4', 'message.sent', { ...ids, conversationId: 'c2', messageId: 'm4', senderType: 'visitor', text: 'I am m4' }],
      ['conversation:c2:ended', 'conversation.ended', { ...ids, conversationId: 'c2' }],
      [expect.stringMatching(/^session:s1:visitor:/), 'visitor.updated', { visitorId, visitor: { email: 'ana@acme.example', fields: { title: 'CTO', salesforce_lead_id: '00Q1' } } }],
      ['session:s1:ended', 'session.ended', ids],
    ]); // biome-ignore format: a table
    expect(reading.notes.join()).toContain('1 messages whose sender Qualified cannot tell were left out');
  });

  it('keeps the order of what was said in the same second, and ends no earlier than its last message', async () => {
    control({ empty: true });
    const messages = ['m9', 'm10', 'm11'].map((id, n) => message(id, 'c1', end, n === 1 ? 'user' : 'visitor'));
    control({
      add: {
        sessions: [session('s1', end, { conversationIds: ['c1'] })],
        conversations: [conversation('c1', 's1', end)],
      },
    });
    // Ids of one second sort as numbers at the vendor, which a larger id shows.
    for (const [n, each] of messages.entries())
      control({ add: { messages: [{ ...each, id: `msg_000${n}_${each.id}` }] } });
    const reading = reader();
    await reading.catchUp();
    const said = reading.events('message.sent').sort((a, b) => (a.time < b.time ? -1 : 1));
    expect(said.map(({ data }) => data.text)).toEqual(['I am m9', 'I am m10', 'I am m11']);
    const [ended] = reading.events('session.ended');
    expect(ended!.time >= said.at(-1)!.time).toBe(true);
  });

  it('brings its meetings with it, young ones too, which no list has yet', async () => {
    control({ empty: true });
    control({
      add: {
        sessions: [session('s1', end, { meetingIds: ['mt1', 'mt2'] })],
        meetings: [
          meeting('mt1', end - 9 * minute, { sessionId: 's1' }),
          meeting('mt2', end - 8 * minute, { sessionId: 's1', status: 'booked', updatedAt: iso(end - 7 * minute) }),
        ],
      },
    });
    const reading = reader();
    await reading.catchUp();
    expect(reading.events().map(({ type, time }) => [type, time])).toEqual([
      ['session.started', new Date(end - 20 * minute).toISOString()],
      ['meeting.offered', new Date(end - 9 * minute).toISOString()],
      ['meeting.offered', new Date(end - 8 * minute).toISOString()],
      ['meeting.booked', new Date(end - 7 * minute).toISOString()],
      ['session.ended', new Date(end).toISOString()],
    ]);
    now += 30 * hour;
    const before = reading.kept.size;
    await reading.catchUp();
    expect(reading.kept.size).toBe(before);
  });

  it('is read in few calls, however many conversations there are', async () => {
    control({ seed: { sessions: 400, leads: 0, days: 6 } });
    const reading = reader();
    await reading.catchUp();
    const { conversations, messages, sessions } = {
      conversations: sandbox.records('qualified', 'conversations').length,
      messages: sandbox.records('qualified', 'messages').length,
      sessions: sandbox.records('qualified', 'sessions').length,
    };
    expect({ sessions, conversations: conversations > 200, messages: messages > 1000 }).toEqual({ sessions: 400, conversations: true, messages: true }); // biome-ignore format: short
    expect(asked().length).toBeLessThan(80);
    // A second reading asks for nothing that hangs on the sessions.
    const before = asked().length;
    reading.restart(morning - 7 * 24 * hour);
    const kept = reading.kept.size;
    await reading.catchUp();
    expect(reading.kept.size).toBe(kept);
    const again = asked().slice(before).map(({ path }) => path); // biome-ignore format: short
    expect(again.filter(path => /conversations|messages/.test(path))).toEqual([]);
  });

  it('of a large page is handed over in parts', async () => {
    control({ empty: true });
    const views = Array.from({ length: 300 }, () => ({ baseUrl: 'https://a.example/', createdAt: iso(end - minute) }));
    const many = Array.from({ length: 60 }, (_, n) => session(`s${n}`, end - n * 1000, { pageViews: views }));
    control({ add: { sessions: many } });
    const reading = reader();
    const sizes: number[] = [];
    for (let more = true; more; ) {
      const polled = await reading.poll();
      if (polled.events.length > 0) sizes.push(polled.events.length);
      more = polled.more;
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4000);
    expect(reading.events('session.ended')).toHaveLength(60);
    expect(reading.events('page.viewed')).toHaveLength(60 * 300);
  });
});

describe('leads and meetings of Qualified', () => {
  it('a lead is one event for each of its browsers, and new when it has changed, also back to what it was', async () => {
    control({ empty: true });
    control({ add: { leads: [lead('l1', morning - 3 * hour, { visitorIds: ['va', 'vb'] }), lead('l2', morning - 3 * hour, { visitorIds: [] })] } }); // biome-ignore format: short
    const reading = reader();
    await reading.catchUp();
    expect(reading.events().map(({ data }) => data)).toEqual(
      expect.arrayContaining([
        { visitorId: 'va', visitor: { email: 'l1@acme.example', fields: { first_name: 'Ana' } } },
        { visitorId: 'vb', visitor: { email: 'l1@acme.example', fields: { first_name: 'Ana' } } },
        { visitorId: 'lead:l2', visitor: { email: 'l2@acme.example', fields: { first_name: 'Ana' } } },
      ]),
    );
    const change = async (first_name: string) => {
      control({ changeLead: { id: 'l1', fields: { first_name } } });
      now += hour;
      await reading.catchUp();
      return reading.events().filter(({ data }) => data.visitorId === 'va').length; // biome-ignore format: short
    };
    expect([await change('Anna'), await change('Ana')]).toEqual([2, 3]);
    now += hour;
    await reading.catchUp();
    expect(reading.kept.size).toBe(7);
  });

  it('a meeting is told once for each of its states', async () => {
    control({ empty: true });
    control({ add: { meetings: [meeting('mt1', morning - 30 * hour)] } });
    const reading = reader();
    await reading.catchUp();
    const types = () => reading.events().map(({ type }) => type);
    expect(types()).toEqual(['meeting.offered']);
    const become = async (status: string, more: object = {}) => {
      control({ changeMeeting: { id: 'mt1', status, ...more } });
      now += 26 * hour;
      await reading.catchUp();
    };
    const attendees = [{ name: 'Ada', email: 'ada@v.example', organizer: true, owner: true }];
    await become('booked', { attendees });
    await become('rescheduled');
    await become('rescheduled');
    await become('no_show');
    expect(types()).toEqual([
      'meeting.offered',
      'meeting.booked',
      'meeting.rescheduled',
      'meeting.rescheduled',
      'meeting.no_show',
    ]);
    expect(reading.events('meeting.booked')[0]!.data).toMatchObject({ meetingId: 'mt1', attendees, channel: 'Conversation with Rep' }); // biome-ignore format: short
  });

  it('names no session of a meeting that began before anything is read', async () => {
    control({ empty: true });
    const old = meeting('mt1', morning - 9 * 24 * hour, { sessionId: 'gone', status: 'booked', updatedAt: iso(morning - 30 * hour) }); // biome-ignore format: short
    control({ add: { meetings: [old] } });
    const reading = reader();
    await reading.catchUp();
    expect(reading.events().map(({ type, data }) => [type, data.sessionId])).toEqual([['meeting.booked', undefined]]);
  });
});

describe('reading from Qualified', () => {
  const everySession = () => (sandbox.records('qualified', 'sessions') as { id: string }[]).map(({ id }) => id).sort();
  const readSessions = (reading: ReturnType<typeof reader>) =>
    reading.events('session.ended').map(({ data }) => data.sessionId as string).sort(); // biome-ignore format: short

  it('asks for nothing that is held back, and comes again when there may be something', async () => {
    const reading = reader();
    const polled = await reading.catchUp();
    expect(asked().every(({ status }) => status === 200)).toBe(true);
    expect(polled.nextAt! - now).toBeGreaterThanOrEqual(minute / 2);
    // The vendor tells its clock to the second.
    expect(polled.nextAt! - now).toBeLessThanOrEqual(5 * minute + 1_000);
    expect(polled.progress).toBeUndefined();
    const calls = asked().length;
    now = polled.nextAt!;
    await reading.catchUp();
    expect(asked().length - calls).toBeLessThanOrEqual(3);
  });

  it('tells how far it has come', async () => {
    const { progress } = await reader().poll();
    expect(progress).toMatchObject({ total: 479, message: expect.stringMatching(/^Leads: up to 2026-11-14 10:00 UTC of 2026-11-20 09:29 UTC \(\d+ read\)\. Sessions: up to 2026-11-13 10:00/) }); // biome-ignore format: short
  });

  it('reads on where it was, whatever is lost of its answers', async () => {
    control({ seed: { leads: 500, sessions: 120 }, pageSize: 40 });
    const reading = reader({ backfill: '8' });
    for (let round = 0; round < 400; round++) {
      if (round % 3 === 0) await reading.crash();
      if (!(await reading.poll()).more) break;
    }
    const ended = sandbox.records('qualified', 'sessions').filter(each => Date.parse((each as { endedAt: string }).endedAt) <= now - 31 * minute); // biome-ignore format: short
    expect(readSessions(reading)).toHaveLength(ended.length);
  });

  it('begins a stretch again whose cursor has died, says so, and cuts it where that goes on', async () => {
    control({ seed: { leads: 300, sessions: 60 }, pageSize: 20, cursorsDie: 12 });
    const reading = reader({ backfill: '8' });
    await reading.catchUp();
    expect(reading.notes.join()).toContain('Qualified did not take the cursor any more with which its leads from');
    now += hour;
    await reading.catchUp();
    expect(readSessions(reading)).toEqual(everySession());
    const leads = new Set(reading.events('visitor.updated').map(({ id }) => /^lead:([^:]+):/.exec(id)?.[1]).filter(Boolean)); // biome-ignore format: short
    expect(leads.size).toBe(300);
  });

  it('finds its way where every cursor dies at once', async () => {
    // A conversation fits on a page; nothing else does.
    control({ seed: { leads: 90, sessions: 60 }, pageSize: 12, cursorsDie: 100_000 });
    const reading = reader({ backfill: '8' });
    await reading.catchUp(2000);
    now += hour;
    await reading.catchUp(2000);
    expect(readSessions(reading)).toEqual(everySession());
  });

  it('goes by Qualified’s clock where its own is wrong', async () => {
    for (const ahead of [-25 * minute, 25 * minute]) {
      sandbox.reset();
      const reading = createReader(sandbox, () => now + ahead, { backfill: '8' });
      await reading.catchUp();
      const refused = asked().filter(({ status }) => status === 400).length;
      now += 2 * hour;
      await reading.catchUp();
      expect(readSessions(reading)).toEqual(everySession());
      // Once it knows, it is not refused again.
      expect(asked().filter(({ status }) => status === 400)).toHaveLength(refused);
      expect(refused).toBeLessThanOrEqual(1);
    }
  });

  it('stays further back where the hold is longer than documented', async () => {
    const reading = reader({ backfill: '1' });
    now += hour;
    const headers = { date: new Date(now).toUTCString() };
    const refusal = { status: 400, headers, body: { error: 'The requested time window is not available yet' } };
    sandbox.fault('qualified', { match: { path: '/v2/sessions?' }, times: 2, fault: refusal });
    await reading.catchUp();
    const windows = asked().filter(({ path }) => path === '/v2/sessions').map(({ query }) => Date.parse(query.ended_before!)); // biome-ignore format: short
    expect(Math.max(...windows)).toBeLessThanOrEqual(now - 33 * minute);
  });

  it('gives up on a window that is refused whatever its end', async () => {
    sandbox.fault('qualified', {
      match: { path: '/v2/leads' },
      times: 100,
      fault: { status: 400, body: { error: 'No.' } },
    });
    const error = await failure(reader().catchUp());
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorMessage: 'No' } });
  });

  it('stops when the calls of the quarter of an hour are nearly used up, and goes on in the next', async () => {
    control({ seed: { leads: 800, sessions: 100 }, pageSize: 20, limits: { quarter: 60 } });
    const reading = reader({ backfill: '8' });
    const error = await failure(reading.catchUp());
    expect(error.kind).toBe('throttled');
    expect(Math.abs(error.details.retryAfterMs! - 15 * minute)).toBeLessThan(5000);
    expect(asked().some(({ status }) => status === 429)).toBe(false);
    for (let round = 0; round < 40; round++) {
      now += 15 * minute;
      const polled = await reading.catchUp().catch((failed: StepError) => failed);
      if (!(polled instanceof StepError)) break;
    }
    now += hour;
    control({ limits: { quarter: 2000 } });
    await reading.catchUp();
    expect(readSessions(reading)).toEqual(everySession());
  });

  it.each([
    ['the hour', { hour: 3 }, 60 * minute],
    ['the day', { day: 3 }, 14 * hour],
  ])('waits as long as it is told when the calls of %s are used up', async (_, limits, wait) => {
    control({ limits });
    const error = await failure(reader().catchUp());
    expect(error).toMatchObject({ kind: 'throttled', details: { vendorCode: 'rate_limited', retryAfterMs: wait } });
  });

  it('has four calls under way at the most, and comes back soon where there are too many', async () => {
    control({ seed: { sessions: 60, leads: 0 }, limits: { concurrent: 4 }, latencyMs: 2 });
    // Lists give out, so that everything is asked for one by one.
    sandbox.fault('qualified', {
      match: { path: '/v2/messages' },
      times: 1000,
      fault: { status: 400, body: { error: 'x' } },
    });
    await reader().catchUp();
    expect(asked().some(({ status }) => status === 429)).toBe(false);
    control({ limits: { concurrent: 0 } });
    const error = await failure(reader().poll());
    expect(error).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 2000 } });
  });

  it('is refused with a token that was revoked, and goes on with the next one', async () => {
    const reading = reader({ backfill: '8' });
    await reading.poll();
    const { token } = control({ revokeTokens: true, newToken: true });
    const error = await failure(reading.poll());
    expect(error).toMatchObject({ kind: 'unauthorized', details: { vendorCode: 'invalid_token', vendorRequestId: expect.stringMatching(/^req-/) } }); // biome-ignore format: short
    reading.useToken(token);
    await reading.catchUp();
    now += hour;
    await reading.catchUp();
    expect(readSessions(reading)).toEqual(everySession());
  });

  it('names the scope that a token lacks', async () => {
    control({ withholdScopes: ['lead:view'] });
    const error = await failure(reader().catchUp());
    expect(error).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('lacks the scope lead:view') });
  });

  it('begins again, and says so, with a cursor that it cannot read', async () => {
    const reading = reader({ backfill: '8' });
    reading.setCursor({ version: 0 });
    await reading.catchUp();
    expect(reading.notes[0]).toContain('could not be told any more');
    now += hour;
    await reading.catchUp();
    expect(readSessions(reading)).toEqual(everySession());
  });

  it.each([
    ['a reset connection', { reset: 'before' as const }],
    ['an error of theirs', { status: 500, body: { error: 'Internal server error' } }],
    ['half an answer', { malformed: true }],
    ['a page', { status: 502, malformed: '<html></html>' }],
    ['something that is no list', { status: 200, body: { data: {} } }],
  ])('is asked again after %s', async (_, fault) => {
    const reading = reader({ backfill: '8' });
    sandbox.fault('qualified', { fault });
    expect(await failure(reading.poll())).toMatchObject({ kind: 'transient' });
    await reading.catchUp();
    now += hour;
    await reading.catchUp();
    expect(readSessions(reading)).toEqual(everySession());
  });
});
