import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { InboundHub, InboundRequest } from '../../src/sdk/index.ts';
import { eventually } from '../../test/support/eventually.ts';
import { connectTo } from '../../test/support/hubspot-sandbox.ts';
import type { HubSpotClient } from './client.ts';
import hubspot from './index.ts';
import vendor from './sandbox/index.ts';
import { refusal } from './signature.ts';

const secret = 'client-secret';
const NOW = 1_764_000_000_000;
const url = 'https://hub.example.com/hubspot/webhooks';
const [webhook] = hubspot.inbound!;

const signed = (body: string, { at = NOW, address = url, key = secret } = {}) => ({
  'x-hubspot-request-timestamp': String(at),
  'x-hubspot-signature-v3': createHmac('sha256', key).update(`POST${address}${body}${at}`).digest('base64'),
});
const request = (body: string, headers: InboundRequest['headers'], address = url): InboundRequest => ({
  method: 'POST',
  url: address,
  headers,
  body: Buffer.from(body),
  ip: '127.0.0.1',
  receivedAt: NOW,
  signal: AbortSignal.timeout(5_000),
});
let unique = 0;
const event = (more: object = {}) => ({
  eventId: ++unique,
  subscriptionId: 7,
  portalId: 48_211_733,
  appId: 2,
  occurredAt: NOW,
  attemptNumber: 0,
  subscriptionType: 'contact.creation',
  objectId: 1,
  ...more,
});

/** A hub that has two workspaces connected to the account. */
function hubFor(options: { settings?: Record<string, string>; client?: () => Promise<HubSpotClient> } = {}) {
  const lost: string[] = [];
  const warned: string[] = [];
  const connection = (workspaceId: string) => ({
    id: `c-${workspaceId}`,
    workspaceId,
    account: { id: '48211733', name: 'hub' },
    client: options.client ?? (() => Promise.reject(new Error('not asked for'))),
    lost: async (why: string) => void lost.push(`${workspaceId}: ${why}`),
  });
  const hub = {
    settings: { HUBSPOT_CLIENT_SECRET: secret, HUBSPOT_APP_ID: '2', ...options.settings },
    now: () => NOW,
    warn: (message: string) => void warned.push(message),
    connections: async (accountId: string) => (accountId === '48211733' ? ['w1', 'w2'].map(connection) : []),
  } as unknown as InboundHub<HubSpotClient>;
  return { hub, lost, warned };
}
const post = (events: unknown, hub: InboundHub<HubSpotClient>) => {
  const body = typeof events === 'string' ? events : JSON.stringify(events);
  return webhook!.answer(request(body, signed(body)), hub);
};

describe('the signature', () => {
  const body = '[{"a":"ä"}]';
  const check = (headers: InboundRequest['headers'], address = url, now = NOW) =>
    refusal(request(body, headers, address), secret, now);

  test('holds over method, address, raw body and timestamp', () => {
    expect(check(signed(body))).toBeUndefined();
    expect(check(signed(body), `${url}?x=1`)).toContain('does not match');
    expect(check(signed(`${body} `))).toContain('does not match');
    expect(check(signed(body, { key: 'another' }))).toContain('does not match');
    expect(check({ ...signed(body), 'x-hubspot-signature-v3': 'AAAA' })).toContain('does not match');
  });

  test('is over the decoded address, for the escapes of HubSpot’s list alone', () => {
    const address = `${url}?to=a%40b.example%2Cc&next=%2Fx%3F&kept=%20%25`;
    const decoded = `${url}?to=a@b.example,c&next=/x?&kept=%20%25`;
    expect(check(signed(body, { address: decoded }), address)).toBeUndefined();
    expect(check(signed(body, { address }), address)).toBeUndefined();
    expect(check(signed(body, { address: decodeURIComponent(address) }), address)).toContain('does not match');
  });

  test.each([
    ['exactly five minutes old', 300_000, undefined],
    ['older', 300_001, 'too old'],
    ['a little ahead, as clocks are', -59_000, undefined],
    ['from the future', -61_000, 'from the future'],
  ])('one that is %s', (_when, age, why) => {
    const refused = check(signed(body, { at: NOW - age }));
    expect(refused?.includes(why ?? '-') ?? why === undefined).toBe(true);
  });

  test.each([
    ['no signature', { 'x-hubspot-request-timestamp': String(NOW) }],
    ['no timestamp', { 'x-hubspot-signature-v3': 'x' }],
    ['a timestamp in seconds', { ...signed(body), 'x-hubspot-request-timestamp': '1764000000' }],
    ['an empty one', { 'x-hubspot-signature-v3': '', 'x-hubspot-request-timestamp': '' }],
  ])('%s is refused', (_what, headers) => expect(check(headers)).toContain('missing'));
});

describe('what HubSpot sends', () => {
  test('of no interest is acknowledged', async () => {
    const { hub, lost } = hubFor();
    const events = [
      event(),
      event({ subscriptionType: 'contact.merge' }),
      event({ subscriptionType: 'something.new' }),
    ];
    expect(await post(events, hub)).toMatchObject({ status: 200, body: { received: 3 } });
    expect(lost).toEqual([]);
  });

  test.each([
    ['app.uninstalled', {}],
    ['app.deauthorized', {}],
    ['APP_LIFECYCLE_EVENT', { eventTypeId: '4-1916193' }],
  ])('%s: every connection to the account needs reconnecting, once', async (subscriptionType, more) => {
    const { hub, lost } = hubFor();
    const uninstall = { subscriptionType, ...more };
    await post([event(), event(uninstall), event(uninstall), event({ ...uninstall, portalId: 1 })], hub);
    expect(lost).toEqual([
      'w1: The app was removed from the HubSpot account. Connect HubSpot again.',
      'w2: The app was removed from the HubSpot account. Connect HubSpot again.',
    ]);
  });

  test('about another app is left aside', async () => {
    const { hub, lost } = hubFor();
    await post([event({ subscriptionType: 'app.uninstalled', appId: 3 })], hub);
    expect(lost).toEqual([]);
  });

  test('with a forged signature or for a second time answers 401 and changes nothing', async () => {
    const { hub, lost, warned } = hubFor();
    const body = JSON.stringify([event({ subscriptionType: 'app.uninstalled' })]);
    expect(await webhook!.answer(request(body, signed(body, { key: 'forged' })), hub)).toMatchObject({ status: 401 });
    expect(lost).toEqual([]);
    expect(await webhook!.answer(request(body, signed(body)), hub)).toMatchObject({ status: 200 });
    expect(await webhook!.answer(request(body, signed(body)), hub)).toMatchObject({ status: 401 });
    expect(lost).toHaveLength(2);
    expect(warned).toHaveLength(2);
  });

  test.each([['not json'], ['{}'], [JSON.stringify(Array.from({ length: 101 }, () => ({ portalId: 1 })))]])(
    'in another form answers 400: %.20s',
    async body => {
      expect(await post(body, hubFor().hub)).toMatchObject({ status: 400 });
    },
  );
});

describe('against the sandbox', () => {
  let sandbox: Sandbox;
  const clock = { now: NOW };
  beforeAll(async () => {
    sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now });
  });
  afterAll(() => sandbox.close());
  beforeEach(() => {
    sandbox.reset();
  });

  test('an uninstall arrives signed, and the connection is lost', async () => {
    const { hub, lost } = hubFor({ settings: sandbox.settings() });
    let address = '';
    const server = createServer(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      const headers = incoming.headers as InboundRequest['headers'];
      const answer = await webhook!.answer(request(Buffer.concat(chunks).toString(), headers, address), hub);
      response.writeHead(answer.status).end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hubspot/webhooks?from=a%40b`;
    try {
      sandbox.control('hubspot', { webhookUrl: address, uninstall: true });
      await eventually(() => expect(sandbox.records('hubspot', 'deliveries')).toMatchObject([{ status: 200 }]));
      expect(lost).toHaveLength(2);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('one that comes late counts only where the account does not accept the connection any more', async () => {
    const client = await connectTo(sandbox);
    const late = {
      subscriptionType: 'app.uninstalled',
      appId: 3_141_592,
      occurredAt: NOW - 3_600_000,
      attemptNumber: 4,
    };
    const { hub, lost } = hubFor({ settings: sandbox.settings(), client: async () => client });
    const deliver = () => {
      const body = JSON.stringify([event(late)]);
      const key = sandbox.settings().HUBSPOT_CLIENT_SECRET;
      return webhook!.answer(request(body, signed(body, { key })), hub);
    };
    await deliver();
    expect(lost).toEqual([]);
    sandbox.control('hubspot', { revokeGrants: true });
    await deliver();
    expect(lost).toHaveLength(2);
  });
});
