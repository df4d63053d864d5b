import type { InboundAnswer, InboundHub, InboundRequest } from '../../src/sdk/index.ts';
import { eventually } from '../../test/support/eventually.ts';
import website from './index.ts';
import { createListen, listenDefaults } from './listen.ts';
import { listenTo, type Message, ORIGIN, startSite, type TestSite } from './test-site.ts';

const messageOf = ({ data }: Message = {}) => JSON.parse(data ?? 'null') as unknown;

describe('listening', () => {
  let site: TestSite;
  beforeEach(async () => {
    site = await startSite();
  });
  afterEach(() => site.close());
  const address = (query: string) => `${site.hub.url}/v1/listen?key=${site.key}&${query}`;
  const listen = (query: string, headers: Record<string, string> = {}) =>
    listenTo(address(query), { origin: ORIGIN, ...headers });

  it('hands a page what a workflow tracks for its visitor, under exactly that name, and nothing of anybody else', async () => {
    const [ann, bob] = [await listen('visitor=ann'), await listen('visitor=bob')];
    await ann.next();
    await bob.next();
    await site.track('ann', 1);
    await site.track('bob', 2);
    expect(messageOf(await ann.next())).toEqual({ name: 'Rep said hello!', data: { number: 1 } });
    expect(messageOf(await bob.next())).toEqual({ name: 'Rep said hello!', data: { number: 2 } });
    ann.leave();
    bob.leave();
  });

  it('says how it may be read, that nobody must keep or hold it back, and when to come back', async () => {
    const { status, headers, next, leave } = await listen('visitor=ann');
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': ORIGIN,
      vary: 'Origin',
    });
    expect(await next()).toMatchObject({
      event: 'listening',
      retry: expect.stringMatching(/^[2-8]\d{3}$/),
      data: '{}',
    });
    leave();
  });

  it('goes on behind the last event that the page has had', async () => {
    const first = await listen('visitor=ann');
    await first.next();
    await site.track('ann', 1);
    const { id } = (await first.next())!;
    first.leave();
    await site.track('ann', 2);
    await site.track('bob', 3);
    await site.track('ann', 4);
    const again = await listen('visitor=ann', { 'last-event-id': id! });
    expect(await again.next()).toMatchObject({ event: 'listening', id });
    expect([messageOf(await again.next()), messageOf(await again.next())]).toMatchObject([
      { data: { number: 2 } },
      { data: { number: 4 } },
    ]);
    again.leave();
    const nextPage = await listen(`visitor=ann&after=${id}`);
    await nextPage.next();
    expect(messageOf(await nextPage.next())).toMatchObject({ data: { number: 2 } });
    nextPage.leave();
  });

  it('loses nothing where the line broke before the first event, and gives a new page nothing from before it', async () => {
    await site.track('ann', 1);
    site.hub.clock.advance(10_000);
    const first = await listen('visitor=ann');
    const { id } = (await first.next())!;
    first.leave();
    site.hub.clock.advance(1_000);
    await site.track('ann', 2);
    const again = await listen('visitor=ann', { 'last-event-id': id! });
    await again.next();
    expect(messageOf(await again.next())).toMatchObject({ data: { number: 2 } });
    again.leave();
  });

  it('keeps an event for a minute', async () => {
    const first = await listen('visitor=ann');
    const { id } = (await first.next())!;
    first.leave();
    await site.track('ann', 1);
    site.hub.clock.advance(60_001);
    await site.track('ann', 2);
    const again = await listen('visitor=ann', { 'last-event-id': id! });
    await again.next();
    expect(messageOf(await again.next())).toMatchObject({ data: { number: 2 } });
    again.leave();
  });

  it('ends when the hub stops', async () => {
    const { next } = await listen('visitor=ann');
    await next();
    const end = next();
    const stopped = site.close();
    expect(await end).toBeUndefined();
    await stopped;
    site = await startSite();
  });

  it('refuses who has no key, no origin or another one, and who names no visitor', async () => {
    const get = async (query: string, headers: Record<string, string>) =>
      (await fetch(`${site.hub.url}/v1/listen?${query}`, { headers })).status;
    const key = `key=${site.key}`;
    expect(await get('visitor=ann', { origin: ORIGIN })).toBe(401);
    expect(await get(`key=baton_site_${'x'.repeat(43)}&visitor=ann`, { origin: ORIGIN })).toBe(401);
    expect(await get(`${key}&visitor=ann`, {})).toBe(403);
    expect(await get(`${key}&visitor=ann`, { origin: 'null' })).toBe(403);
    expect(await get(`${key}&visitor=ann`, { origin: 'https://example.com' })).toBe(403);
    expect(await get(`${key}&visitor=ann`, { origin: 'https://www.example.com.evil.com' })).toBe(403);
    // The hub's own origin is named by no header, and stands in no list.
    expect(await get(`${key}&visitor=ann`, { 'sec-fetch-site': 'same-origin' })).toBe(403);
    expect(await get(key, { origin: ORIGIN })).toBe(400);
    expect(await get(`${key}&visitor=${encodeURIComponent('a b<script>')}`, { origin: ORIGIN })).toBe(400);
    const refusal = await fetch(address('visitor=ann'), { headers: { origin: 'https://example.com' } });
    expect(refusal.headers.get('content-type')).toContain('application/problem+json');
    expect(refusal.headers.get('access-control-allow-origin')).toBeNull();
    expect(await refusal.json()).toMatchObject({ detail: expect.stringContaining('https://example.com') });
  });

  it('takes a page of the hub’s own origin where the key lists that', async () => {
    const { token } = await site.hub.app.keys.create('default', {
      kind: 'site',
      name: 'Behind one proxy',
      origins: ['http://127.0.0.1:3000'],
    });
    const page = await listenTo(`${site.hub.url}/v1/listen?key=${token}&visitor=ann`, {
      'sec-fetch-site': 'same-origin',
    });
    expect(page.status).toBe(200);
    expect(await page.next()).toMatchObject({ event: 'listening' });
    page.leave();
  });

  it('knows no other workspace’s visitors', async () => {
    await site.hub.app.database.write(({ query }) =>
      query("INSERT INTO workspaces (id, name, settings, created_at) VALUES ('other', 'Other', '{}', 0)"),
    );
    const { token } = await site.hub.app.keys.create('other', { kind: 'site', name: 'Theirs', origins: [ORIGIN] });
    const theirs = await listenTo(`${site.hub.url}/v1/listen?key=${token}&visitor=ann&after=0`);
    await theirs.next();
    await site.track('ann', 1);
    const heard = theirs.next();
    expect(
      await Promise.race([
        heard,
        listen('visitor=ann&after=0').then(async own => [await own.next(), await own.next()]),
      ]),
    ).toMatchObject([{}, { data: expect.stringContaining('hello') }]);
    theirs.leave();
    await heard.catch(() => undefined);
  });
});

describe('a step that tracks an event', () => {
  let site: TestSite;
  beforeEach(async () => {
    site = await startSite();
  });
  afterEach(() => site.close());
  const step = async () => {
    const [run] = await site.hub.runs();
    const { body } = await site.hub.api('GET', `/v1/runs/${run!.id}`);
    return (body as { steps: unknown[] }).steps[0];
  };

  it('says that it was handed to the listeners', async () => {
    await site.track('ann', 1);
    const website = { status: 'succeeded', output: { handedTo: 'listeners', visitorId: 'ann' } };
    expect(await step()).toMatchObject({ status: 'succeeded', output: { effects: { website } } });
  });

  it('is skipped where no page can be told, and says which value is missing', async () => {
    await site.hub.send({ type: 'session.started', data: { sessionId: 's1' } });
    await site.hub.send({ type: 'pounce.sent', data: { sessionId: 's1', pounceId: 'p', automatic: false, number: 1 } });
    await site.hub.settle();
    expect(await step()).toMatchObject({
      status: 'skipped',
      notes: [expect.stringContaining('`visitor.visitorId` is not known')],
    });
  });

  it('fails by name where it is asked to reach nobody', async () => {
    const { action } = website.roles!.track!;
    const visitor = (visitorId?: string) => ({ visitor: { visitorId, fields: {}, external: {} } });
    for (const who of [visitor(), visitor('email:ann@example.com'), visitor('session:s1'), visitor('x'.repeat(201))])
      await expect(action.run({ facts: who } as never, { name: 'Hello' })).rejects.toMatchObject({
        kind: 'rejected',
        details: { field: 'visitor.visitorId' },
      });
  });

  it('cannot be made to follow the end of a conversation', async () => {
    const document = {
      name: 'Too late',
      trigger: { type: 'conversation_with_rep', timing: 'after_conversation_ends' },
      steps: [{ id: 'hello', action: 'track_event', input: { name: 'Bye' } }],
    };
    const { body } = (await site.hub.api('POST', '/v1/workflows', document)) as { body: unknown };
    expect(JSON.stringify(body)).toMatch(/timing|immediately|website/);
  });
});

describe('how many may listen', () => {
  const request = (over: Partial<InboundRequest> = {}, visitor = 'ann'): InboundRequest => ({
    method: 'GET',
    url: `https://hub.example.com/v1/listen?key=k&visitor=${visitor}`,
    headers: { origin: ORIGIN },
    body: Buffer.alloc(0),
    ip: '8.8.4.4',
    receivedAt: 0,
    signal: new AbortController().signal,
    ...over,
  });
  const hub = { origins: [ORIGIN], silent: true };
  const hubOf = (site = hub) =>
    ({
      now: () => 0,
      site: async () => (site.origins.length > 0 ? { workspaceId: 'w', origins: site.origins } : undefined),
      async *subscribe(_workspace: string, _topic: string, { signal }: { signal: AbortSignal }) {
        await new Promise(resolve => signal.addEventListener('abort', resolve));
      },
    }) as unknown as InboundHub;
  const most = { perVisitor: 2, perHousehold: 3, perKey: 5 };
  const ask = (listen: ReturnType<typeof createListen>, over?: Partial<InboundRequest>, visitor?: string) =>
    listen.answer(request(over, visitor), hubOf());

  it('is limited by visitor, by address and by key, and a place comes free when a page goes', async () => {
    const listen = createListen({ ...listenDefaults, most });
    const leaving = new AbortController();
    expect(await ask(listen, { signal: leaving.signal })).toMatchObject({ status: 200 });
    expect(await ask(listen)).toMatchObject({ status: 200 });
    expect(await ask(listen)).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
    expect(await ask(listen, {}, 'bob')).toMatchObject({ status: 200 });
    expect(await ask(listen, {}, 'eve')).toMatchObject({ status: 429 });
    expect(await ask(listen, { ip: '8.8.8.8' }, 'eve')).toMatchObject({ status: 200 });
    expect(await ask(listen, { ip: '10.0.0.1' }, 'dan')).toMatchObject({ status: 200 });
    expect(await ask(listen, { ip: '10.0.0.1' }, 'joe')).toMatchObject({ status: 429 });
    leaving.abort();
    expect(await ask(listen)).toMatchObject({ status: 200 });
  });

  it('a silent line is kept alive, and ends once its key is revoked', async () => {
    const listen = createListen({ ...listenDefaults, heartbeatMs: 5 });
    const site = { ...hub };
    const { body } = (await listen.answer(request(), hubOf(site))) as InboundAnswer & { body: AsyncIterable<string> };
    const heard: string[] = [];
    const reading = (async () => {
      for await (const piece of body) heard.push(piece);
    })();
    await eventually(async () => expect(heard.slice(1, 3)).toEqual([': still here\n\n', ': still here\n\n']));
    site.origins = [];
    await reading;
  });
});
