import type { InboundHub, InboundRequest } from '../../src/sdk/index.ts';
import { databaseKinds } from '../../test/support/databases.ts';
import { MORNING } from '../../test/support/hub.ts';
import { createRelay } from './relay.ts';
import { ORIGIN, startSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeEach(async () => {
  site = await startSite();
});
afterEach(() => site.close());

const ann = { visitorId: 'ann', sessionId: 'visit-1' };
const said = (name: string, field_values: object = {}, more: object = {}) => ({
  type: 'event',
  name,
  data: { field_values, ...more },
});
const captured = said('Email Captured', { email: 'Ann@Example.com', first_name: 'Ann' });
const visitorOf = async (id: string) => (await site.hub.api('GET', `/v1/visitors/${encodeURIComponent(id)}`)).body;

describe('a page may say', () => {
  it('what its visitor looks at, and that he has left', async () => {
    const answer = await site.report(
      ann,
      { type: 'session.started', gaClientId: '123.456' },
      {
        type: 'page.viewed',
        url: `${ORIGIN}/pricing?utm_source=ads&utm_campaign=q4#token=secret`,
        title: 'Pricing',
        referrer: 'https://user:secret@search.example/?q=x',
      },
      { type: 'visitor.left' },
    );
    expect(answer).toMatchObject({ status: 202, body: { accepted: 3, duplicates: 0, rejected: [] } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    const who = { visitorId: 'site:ann', sessionId: 'site:visit-1', selfReported: true };
    const source = `site:${ORIGIN}`;
    expect(await site.events()).toMatchObject([
      { type: 'session.started', source, time: MORNING, data: { ...who, gaClientId: '123.456', userAgent: 'node' } },
      {
        type: 'page.viewed',
        source,
        data: {
          ...who,
          url: `${ORIGIN}/pricing?utm_source=ads&utm_campaign=q4`,
          title: 'Pricing',
          referrer: 'https://search.example/?q=x',
          utm: { source: 'ads', campaign: 'q4' },
        },
      },
      { type: 'visitor.left', source, data: who },
    ]);
  });

  it('that a conversation has started, but not with whom', async () => {
    await site.report(
      ann,
      said('Conversation Started', {}, { bot: { id: '42', name: 'Welcome' }, sender: { type: 'user' } }),
    );
    expect(await site.events()).toMatchObject([
      {
        type: 'conversation.started',
        data: { conversationId: expect.stringMatching(/^site:/), experienceName: 'Welcome' },
      },
    ]);
  });

  it('the visitor’s e-mail and fields, which start what a captured lead starts', async () => {
    await site.hub.activate({
      name: 'Lead',
      trigger: { type: 'lead_captured', timing: 'immediately' },
      steps: [{ id: 'note', action: 'set_visitor_field', input: { field: 'notes', value: 'captured' } }],
    });
    await site.report(ann, { type: 'page.viewed', url: `${ORIGIN}/` }, captured);
    await site.hub.settle();
    expect(await site.hub.runs()).toEqual([]);
    site.hub.clock.advance(61 * 60_000);
    await site.hub.settle();
    expect(await site.hub.runs()).toMatchObject([{ status: 'succeeded' }]);
    expect(await visitorOf('site:ann')).toMatchObject({
      email: 'ann@example.com',
      fields: { first_name: 'Ann', notes: 'captured' },
    });
  });

  it('what else was reported, by its own name, kept beside what it says of the visitor', async () => {
    await site.report(ann, said('Watched the demo', { company: 'Acme' }, { minutes: 3 }));
    expect(await site.events()).toMatchObject([
      {
        type: 'visitor.updated',
        data: {
          visitor: { fields: { company: 'Acme' } },
          reported: { name: 'Watched the demo', data: { minutes: 3 } },
        },
      },
    ]);
  });

  it('that a meeting was booked, which says who the visitor is and makes no meeting', async () => {
    await site.hub.activate({
      name: 'Booked',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: [{ id: 'note', action: 'set_visitor_field', input: { field: 'notes', value: 'booked' } }],
    });
    await site.report(ann, said('Meeting Booked', { email: 'ann@example.com' }, { meetingId: 'm1', startTime: 'now' }));
    await site.hub.settle();
    expect(await site.events()).toMatchObject([
      { type: 'visitor.updated', data: { visitor: { email: 'ann@example.com' } } },
    ]);
    expect(await site.hub.app.database.read('SELECT * FROM meetings')).toEqual([]);
    expect(await site.hub.runs()).toEqual([]);
  });
});

describe('a page may not say', () => {
  test.each([
    { type: 'message.sent', conversationId: 'c1', messageId: 'm1', senderType: 'user', userEmail: 'rep@example.com' },
    { type: 'pounce.sent', pounceId: 'p1', automatic: false },
    { type: 'pounce.replied', pounceId: 'p1', automatic: false },
    { type: 'chat.answered', requestId: 'r1' },
    { type: 'chat.requested', requestId: 'r1', requestedBy: 'visitor' },
    { type: 'meeting.booked', meetingId: 'm1' },
    { type: 'meeting.canceled', meetingId: 'm1' },
    { type: 'session.ended' },
    { type: 'email.unsubscribed', email: 'ceo@example.com' },
    { type: 'com.qualified.visitor.updated', visitor: { email: 'x@example.com' } },
  ])('$type', async forged => {
    const answer = await site.report(ann, forged);
    expect(answer).toMatchObject({ status: 400, body: { type: 'urn:baton:problem:nothing-accepted', accepted: 0 } });
    expect(await site.events()).toEqual([]);
  });

  it('what belongs to somebody else’s visitor, session, conversation or meeting', async () => {
    await site.hub.send(
      { type: 'session.started', data: { sessionId: 's1', visitorId: 'v1', visitor: { email: 'ceo@example.com' } } },
      { type: 'conversation.started', data: { sessionId: 's1', conversationId: 'c1' } },
    );
    await site.hub.settle();
    const before = [await visitorOf('v1'), (await site.hub.api('GET', '/v1/sessions/s1')).body];
    const forged = said(
      'Email Captured',
      { email: 'thief@evil.com', first_name: 'Thief' },
      { conversationId: 'c1', visitorId: 'v1' },
    );
    await site.report({ visitorId: 'v1', sessionId: 's1' }, { type: 'session.started' }, forged, {
      type: 'visitor.left',
    });
    await site.report(
      { visitorId: 'v1' },
      { ...forged, visitorId: 'v1', sessionId: 's1', visitor: { email: 'thief@evil.com' } },
    );
    await site.hub.settle();
    expect([await visitorOf('v1'), (await site.hub.api('GET', '/v1/sessions/s1')).body]).toEqual(before);
    expect(await visitorOf('site:v1')).toMatchObject({ email: 'thief@evil.com' });
  });

  test.each(databaseKinds)('whose a meeting is: none goes to who only claims the guest’s e-mail, on %s', async kind => {
    await site.close();
    site = await startSite({ hub: { kind } });
    const { hub, report } = site;
    const claim = () => report(ann, said('Email Captured', { email: 'guest@example.com' }));
    const attendees = [{ name: 'Guest', email: 'guest@example.com', organizer: false, owner: false }];
    await claim();
    await hub.settle();
    await hub.send({ type: 'meeting.booked', data: { meetingId: 'm1', attendees } });
    await hub.settle();
    // In one batch with the meeting, too.
    await claim();
    await hub.send({ type: 'meeting.booked', data: { meetingId: 'm2', attendees } });
    await hub.settle();
    const whose = { visitor_id: 'email:guest@example.com' };
    expect(await hub.app.database.read('SELECT visitor_id FROM meetings')).toEqual([whose, whose]);
  });

  it('that something happened later than now or long ago', async () => {
    const ages = [-3_600_000, 0, 90_000, 1e12];
    await site.report(ann, ...ages.map(agoMs => ({ type: 'visitor.left', agoMs })));
    expect((await site.events()).map(({ time }) => MORNING - time)).toEqual([0, 0, 90_000, 600_000]);
  });

  it('that its visitor looked at a page of another site', async () => {
    for (const url of ['https://evil.com/', 'javascript:alert(1)', '/pricing', `${ORIGIN}.evil.com/`])
      expect(await site.report(ann, { type: 'page.viewed', url })).toMatchObject({ status: 400 });
  });

  it('anything that a visitor field cannot hold', async () => {
    const values = {
      email: 'no address',
      __proto__x: 1,
      fields: { a: 1 },
      company: 'x'.repeat(2_000),
      employees: 7,
      tags: ['a'],
    };
    await site.report(ann, said('Email Captured', values));
    const [{ data } = { data: {} }] = await site.events();
    expect(data.visitor).toEqual({ fields: { company: 'x'.repeat(1_000), employees: 7, tags: ['a'] } });
  });
});

describe('what is reported twice', () => {
  it('is one event where a page sends it again, and two where it happened twice', async () => {
    const once = { id: 'page-1', ...captured };
    await site.report(ann, once);
    site.hub.clock.advance(45_000);
    const reordered = {
      id: 'page-1',
      agoMs: 45_000,
      data: { field_values: { first_name: 'Ann', email: 'Ann@Example.com' } },
      name: 'Email Captured',
      type: 'event',
    };
    expect((await site.report(ann, reordered)).body).toMatchObject({ accepted: 0, duplicates: 1 });
    expect((await site.report(ann, { ...once, id: 'page-2' })).body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await site.events()).toHaveLength(2);
  });

  it('does not keep another visitor, session or content out that counts alike', async () => {
    const event = { id: 'p-1', ...captured };
    const others = [
      { visitorId: 'ann' },
      { visitorId: 'bob', sessionId: 'visit-1' },
      { visitorId: 'ann', sessionId: 'visit-2' },
    ];
    for (const who of [ann, ...others]) expect((await site.report(who, event)).body).toMatchObject({ accepted: 1 });
    expect((await site.report(ann, { ...event, data: {} })).body).toMatchObject({ accepted: 1 });
  });
});

describe('who may report', () => {
  it('is decided by key and origin', async () => {
    const body = { ...ann, events: [{ id: 'p-1', type: 'visitor.left' }] };
    expect((await site.call('POST', body, { key: '' })).status).toBe(401);
    expect((await site.call('POST', body, { key: `baton_site_${'x'.repeat(43)}` })).status).toBe(401);
    const { token: ingest } = await site.hub.app.keys.create('default', { kind: 'ingest', name: 'i' });
    expect((await site.call('POST', body, { key: ingest })).status).toBe(401);
    for (const origin of ['https://evil.com', 'http://www.example.com', 'null', null])
      expect([origin, (await site.call('POST', body, { origin })).status]).toEqual([origin, 403]);
    expect((await site.call('POST', body, { origin: 'https://shop.example.org' })).status).toBe(202);
    expect(await site.events()).toHaveLength(1);
  });

  it('ends with the key', async () => {
    const [key] = await site.hub.app.keys.list('default');
    await site.hub.app.keys.revoke('default', key!.id);
    expect((await site.report(ann, { type: 'visitor.left' })).status).toBe(401);
  });

  it('a site key opens nothing else', async () => {
    const authorization = `Bearer ${site.key}`;
    const asAdmin = await fetch(`${site.hub.url}/v1/visitors/x`, { headers: { authorization } });
    expect(asAdmin.status).toBe(403);
    const asSource = await fetch(`${site.hub.url}/v1/events`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/cloudevents+json' },
      body: '{}',
    });
    expect(asSource.status).toBe(403);
  });

  it('is told to a browser that asks before it sends JSON', async () => {
    const asked = await site.call('OPTIONS', undefined, { headers: { 'access-control-request-method': 'POST' } });
    expect(asked.status).toBe(204);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
      vary: 'Origin',
    });
    expect((await site.call('OPTIONS', undefined, { origin: 'https://evil.com' })).status).toBe(403);
    const body = { ...ann, events: [{ id: 'p-1', type: 'visitor.left' }] };
    expect((await site.call('POST', body, { type: 'application/json' })).status).toBe(202);
  });
});

describe('what cannot be read', () => {
  const event = { id: 'p-1', type: 'visitor.left' };
  test.each<[string, unknown, number]>([
    ['nothing', '', 400],
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['no visitor', { events: [event] }, 400],
    ['no id of a visitor', { visitorId: 'a b', events: [event] }, 400],
    ['no events', { visitorId: 'ann', events: [] }, 400],
    ['too many events', { visitorId: 'ann', events: Array(21).fill(event) }, 400],
    ['an event without an id', { visitorId: 'ann', events: [{ type: 'visitor.left' }] }, 400],
    ['an event that is none', { visitorId: 'ann', events: [7] }, 400],
    ['a session that does not say which', { visitorId: 'ann', events: [{ id: 'p-1', type: 'session.started' }] }, 400],
    ['a tower of brackets', `{"visitorId":"ann","events":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 400],
    ['more than 16 KiB', JSON.stringify({ visitorId: 'ann', events: [event], more: 'x'.repeat(16 * 1024) }), 413],
  ])('%s is answered with what is wrong', async (_what, body, status) => {
    const answer = await site.call('POST', body);
    expect(answer).toMatchObject({ status, body: { status, detail: expect.any(String) } });
    expect(await site.events()).toEqual([]);
  });

  it('a form is not taken', async () => {
    expect((await site.call('POST', 'a=b', { type: 'application/x-www-form-urlencoded' })).status).toBe(415);
  });

  it('bytes that are no text, and halves of letters, do no harm', async () => {
    const body = Buffer.from(
      JSON.stringify({ ...ann, events: [{ id: 'p-1', ...said('\ud800', { company: '\0\udfff' }) }] }),
    );
    const answer = await site.call('POST', body.toString('utf8'));
    expect(answer.status).toBeLessThan(500);
    const escaped = `{"visitorId":"ann","events":[{"id":"p-1","type":"event","name":"\\ud800","data":{"field_values":{"company":"\\u0000\\udfff","__proto__":"x"}}}]}`;
    expect((await site.call('POST', escaped)).status).toBe(202);
  });

  it('one wrong event does not lose its neighbours', async () => {
    const answer = await site.report(ann, { type: 'message.sent' }, { type: 'visitor.left' });
    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 1, rejected: [{ index: 0, errors: [{ path: 'type' }] }] },
    });
  });
});

describe('how much may be reported', () => {
  const hub = {
    site: async (key: string) => ({ workspaceId: key, origins: [ORIGIN] }),
    ingest: async (_w: string, _s: string, events: unknown[]) => ({
      accepted: events.length,
      duplicates: 0,
      rejected: [],
    }),
    warn: () => undefined,
  } as unknown as InboundHub;
  const request = (ip: string, key = 'k', events = 1): InboundRequest => ({
    method: 'POST',
    url: `https://hub.example.com/v1/relay?key=${key}`,
    headers: { origin: ORIGIN, 'content-type': 'text/plain' },
    body: Buffer.from(
      JSON.stringify({
        visitorId: 'ann',
        events: Array.from({ length: events }, (_, id) => ({ id: `${id}`, type: 'visitor.left' })),
      }),
    ),
    ip,
    receivedAt: 0,
    signal: new AbortController().signal,
  });
  const statuses = async (relay: ReturnType<typeof createRelay>, ...requests: InboundRequest[]) => {
    const answers = [];
    for (const each of requests) answers.push((await relay.answer(each, hub)).status);
    return answers;
  };

  it('is limited by address', async () => {
    const relay = createRelay({ perKey: 100, perHousehold: 3 });
    const from = (ip: string) => request(ip);
    expect(await statuses(relay, ...Array(4).fill(from('8.8.8.8')))).toEqual([202, 202, 202, 429]);
    expect(await statuses(relay, from('8.8.4.4'), from('::ffff:8.8.8.8'))).toEqual([202, 429]);
    expect(await statuses(relay, request('2606:4700::1', 'k', 3), from('2606:4700::2'))).toEqual([202, 429]);
    expect(await statuses(relay, ...Array(5).fill(from('127.0.0.1')))).toEqual(Array(5).fill(202));
    // Some proxies write the port along.
    expect(await statuses(relay, ...[1, 2, 3, 4].map(port => from(`9.9.9.9:${port}`)))).toEqual([202, 202, 202, 429]);
    expect(await statuses(relay, ...[1, 2, 3, 4].map(port => from(`[2606:4800::1]:${port}`)))).toContain(429);
  });

  it('is limited by key, by events and not by requests, and says when to come back', async () => {
    const relay = createRelay({ perKey: 10, perHousehold: 100 });
    expect(await statuses(relay, request('8.8.8.8', 'k', 10), request('8.8.4.4', 'other'))).toEqual([202, 202]);
    const refused = await relay.answer(request('8.8.4.4'), hub);
    expect(refused).toMatchObject({ status: 429, headers: { 'access-control-allow-origin': ORIGIN } });
    expect(Number(refused.headers!['retry-after'])).toBeGreaterThan(0);
  });

  it('of one visitor and in one session is limited by the day, by events and by size', async () => {
    const relay = createRelay({ perKey: 1000, perHousehold: 1000, perVisitorADay: 10 });
    const from = (visitorId: string, sessionId: string, events = 1, more = '') => {
      const each = Array.from({ length: events }, (_, id) => ({ id: `${id}`, type: 'visitor.left', more }));
      return { ...request('8.8.8.8'), body: Buffer.from(JSON.stringify({ visitorId, sessionId, events: each })) };
    };
    expect(await statuses(relay, from('ann', 's1', 10), from('ann', 's2'), from('bob', 's1'))).toEqual([202, 429, 429]);
    expect(await statuses(relay, from('bob', 's3', 1, 'x'.repeat(9_500)), from('bob', 's4'))).toEqual([202, 429]);
    const tomorrow = { ...from('ann', 's1', 10), receivedAt: 24 * 3_600_000 + 1 };
    expect(await statuses(relay, tomorrow)).toEqual([202]);
  });

  it('a storage that does not answer is no fault of the page', async () => {
    const relay = createRelay();
    const broken = { ...hub, ingest: () => Promise.reject(new Error('down')) };
    expect(await relay.answer(request('8.8.8.8'), broken)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
    });
  });
});
