import { type ConversationsListResponse, LogLevel, WebClient } from '@slack/web-api';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { pressConsent } from '../../../test/support/consent.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import slack from './index.ts';

const redirectUri = 'http://127.0.0.1:3000/v1/oauth/slack/callback';
const allScopes =
  'chat:write,chat:write.public,channels:read,channels:history,channels:join,groups:read,im:read,im:write,im:history,users:read,users:read.email';
const start = Date.parse('2026-11-23T09:00:00Z');
let now = start;
let sandbox: Sandbox;
let client: WebClient;

const silent = () => undefined;
/** The refusals below are wanted: they need no place in the test's output. */
const logger = {
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  setLevel: silent,
  getLevel: () => LogLevel.ERROR,
  setName: silent,
};
const open = (token?: string) =>
  new WebClient(token, {
    slackApiUrl: sandbox.settings().SLACK_API_URL,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 5000,
    logger,
  });
const app = () => ({
  client_id: sandbox.settings().SLACK_CLIENT_ID ?? '',
  client_secret: sandbox.settings().SLACK_CLIENT_SECRET ?? '',
});
const authorizeUrl = (scope: string, more: Record<string, string> = {}) => {
  const query = { client_id: app().client_id, scope, redirect_uri: redirectUri, state: 'state-1', ...more };
  return `${sandbox.settings().SLACK_AUTHORIZE_URL}?${new URLSearchParams(query)}`;
};
const install = async (scope = allScopes) => {
  const callback = await pressConsent(authorizeUrl(scope), 'allow');
  const code = callback.searchParams.get('code') ?? '';
  return open().oauth.v2.access({ ...app(), code, redirect_uri: redirectUri });
};
const errorOf = async (attempt: Promise<unknown>): Promise<Record<string, unknown>> =>
  attempt.then(
    () => {
      throw new Error('it was accepted');
    },
    error => error.data ?? error,
  );
const channelId = (name: string) => {
  const channels = sandbox.records('slack', 'channels') as { id: string; name: string }[];
  return channels.find(channel => channel.name === name)?.id ?? '';
};

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [slack], now: () => now });
  client = open((await install()).access_token);
});
afterAll(() => sandbox.close());
beforeEach(() => {
  now = start;
  sandbox.reset();
});

describe('installing the app', () => {
  test('a person who presses Allow sends the app a code, and the code buys a bot token', async () => {
    const answer = await install('chat:write,users:read');
    expect(answer).toMatchObject({
      ok: true,
      token_type: 'bot',
      scope: 'chat:write,users:read',
      access_token: expect.stringMatching(/^xoxb-/),
      team: { id: expect.stringMatching(/^T[A-Z0-9]{8,}$/) },
    });
    expect(answer.expires_in).toBeUndefined();
  });

  test('a person who presses Deny sends the app access_denied with its state', async () => {
    const callback = await pressConsent(authorizeUrl('chat:write'), 'deny');
    expect(Object.fromEntries(callback.searchParams)).toEqual({ error: 'access_denied', state: 'state-1' });
  });

  test.each([
    ['an unknown app', { client_id: '1.2' }, 'invalid_client_id'],
    ['a redirect address that is none', { redirect_uri: 'nowhere' }, 'bad_redirect_uri'],
    ['an unknown scope', { scope: 'chat:write,world:rule' }, 'invalid_scope'],
  ])('%s is refused on the page', async (_name, wrong, error) => {
    const answer = await fetch(authorizeUrl('chat:write', wrong), { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(error);
  });

  test('a code works once, with the right secret and the same redirect address', async () => {
    const code = (await pressConsent(authorizeUrl('chat:write'), 'allow')).searchParams.get('code') ?? '';
    const call = { ...app(), code, redirect_uri: redirectUri };
    const { access } = open().oauth.v2;
    expect(await errorOf(access({ ...call, client_secret: 'x' }))).toMatchObject({ error: 'bad_client_secret' });
    expect(await errorOf(access({ ...call, redirect_uri: 'https://else.example' }))).toMatchObject({
      error: 'bad_redirect_uri',
    });
    await access(call);
    expect(await errorOf(access(call))).toMatchObject({ error: 'code_already_used' });
  });

  test('the app’s credentials may come by HTTP Basic', async () => {
    const code = (await pressConsent(authorizeUrl('chat:write'), 'allow')).searchParams.get('code') ?? '';
    const { client_id, client_secret } = app();
    const answer = await fetch(`${sandbox.settings().SLACK_API_URL}oauth.v2.access`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
      body: new URLSearchParams({ code, redirect_uri: redirectUri }),
    });
    expect(await answer.json()).toMatchObject({ ok: true });
    expect(JSON.stringify(sandbox.exchanges())).not.toContain(client_secret);
  });

  test('with rotation a token lives twelve hours, and its refresh token works once', async () => {
    sandbox.control('slack', { rotateTokens: true });
    const { access_token, refresh_token = '', expires_in } = await install();
    expect(expires_in).toBe(43_200);
    now += 43_200_000;
    expect(await errorOf(open(access_token).auth.test())).toMatchObject({ error: 'token_expired' });
    const refresh = { ...app(), grant_type: 'refresh_token' as const, refresh_token };
    const next = await open().oauth.v2.access(refresh);
    expect(await open(next.access_token).auth.test()).toMatchObject({ ok: true });
    expect(await errorOf(open().oauth.v2.access(refresh))).toMatchObject({ error: 'invalid_refresh_token' });
  });
});

describe('tokens', () => {
  test('an unknown token is invalid_auth, a revoked one token_revoked', async () => {
    expect(await errorOf(open('xoxb-nobody').auth.test())).toMatchObject({ error: 'invalid_auth' });
    const own = open((await install()).access_token);
    await own.auth.revoke();
    expect(await errorOf(own.auth.test())).toMatchObject({ error: 'token_revoked' });
  });

  test('a method that a token has no scope for is missing_scope with what is needed and what is there', async () => {
    const { access_token } = await install('chat:write');
    const error = await errorOf(open(access_token).users.lookupByEmail({ email: 'dana.whitfield@brightline.example' }));
    expect(error).toMatchObject({ error: 'missing_scope', needed: 'users:read.email', provided: 'chat:write' });
  });
});

describe('messages', () => {
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: 'A visitor is waiting' } },
    { type: 'section', fields: [{ type: 'mrkdwn', text: '*Company*\nNorthwind Freight' }] },
    {
      type: 'actions',
      elements: [{ type: 'button', text: { type: 'plain_text', text: 'Open' }, url: 'https://app.example/c/1' }],
    },
  ];
  const metadata = { event_type: 'step', event_payload: { key: 'step-key-1' } };

  test('a message with blocks and metadata arrives and is found again by its metadata', async () => {
    const posted = await client.chat.postMessage({
      channel: '#inbound',
      text: 'A visitor is waiting',
      blocks,
      metadata,
    });
    expect(posted).toMatchObject({
      ok: true,
      channel: channelId('inbound'),
      ts: expect.stringMatching(/^1795424400\.\d{6}$/),
    });
    const history = { channel: channelId('inbound') };
    const plain = await client.conversations.history(history);
    expect(plain.messages?.[0]?.metadata).toBeUndefined();
    const full = await client.conversations.history({ ...history, include_all_metadata: true });
    expect(full.messages?.[0]).toMatchObject({ ts: posted.ts, blocks, metadata });
  });

  test('a JSON body is taken as well as a form', async () => {
    const answer = await fetch(`${sandbox.settings().SLACK_API_URL}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel: channelId('inbound'), blocks }),
    });
    expect(await answer.json()).toMatchObject({ ok: true, message: { blocks } });
  });

  test('times rise, even within one millisecond', async () => {
    const first = await client.chat.postMessage({ channel: '#inbound', text: 'one' });
    const second = await client.chat.postMessage({ channel: '#inbound', text: 'two' });
    expect([first.ts, second.ts]).toEqual([
      expect.stringMatching(/^\d{10}\.\d{6}$/),
      expect.stringMatching(/^\d{10}\.\d{6}$/),
    ]);
    expect(Number(second.ts)).toBeGreaterThan(Number(first.ts));
  });

  test('a message to a user opens the conversation with them', async () => {
    const { user } = await client.users.lookupByEmail({ email: 'luis.ortega@brightline.example' });
    const { channel } = await client.conversations.open({ users: user?.id ?? '' });
    const posted = await client.chat.postMessage({ channel: user?.id ?? '', text: 'For you' });
    expect(posted.channel).toBe(channel?.id);
    expect(sandbox.records('slack', 'messages')).toMatchObject([{ user_id: user?.id, text: 'For you' }]);
  });

  test('only a message may be sent by a channel’s name: other methods know ids alone', async () => {
    expect(await errorOf(client.conversations.history({ channel: '#inbound' }))).toMatchObject({
      error: 'channel_not_found',
    });
  });

  test('a message is changed in its place', async () => {
    const { ts = '', channel = '' } = await client.chat.postMessage({ channel: '#inbound', text: 'waiting' });
    await client.chat.update({ channel, ts, text: 'claimed by Dana' });
    expect(sandbox.records('slack', 'messages')).toMatchObject([{ ts, text: 'claimed by Dana', edited: {} }]);
  });

  test.each([
    ['an unknown channel', { channel: '#nowhere', text: 'x' }, 'channel_not_found'],
    ['an archived channel', { channel: '#old-campaign', text: 'x' }, 'is_archived'],
    ['a private channel without the app', { channel: '#leadership', text: 'x' }, 'not_in_channel'],
    ['no text and no blocks', { channel: '#inbound', text: '' }, 'no_text'],
    ['a text beyond 40,000 characters', { channel: '#inbound', text: 'x'.repeat(40_001) }, 'msg_too_long'],
  ])('%s is refused', async (_name, message, error) => {
    expect(await errorOf(client.chat.postMessage(message))).toMatchObject({ ok: false, error });
    expect(sandbox.records('slack', 'messages')).toEqual([]);
  });

  test('a public channel without the app takes a message by chat:write.public, but shows its history to members only', async () => {
    const { access_token } = await install('chat:write');
    const message = { channel: '#enterprise', text: 'x' };
    expect(await errorOf(open(access_token).chat.postMessage(message))).toMatchObject({ error: 'not_in_channel' });
    const { channel = '' } = await client.chat.postMessage(message);
    expect(await errorOf(client.conversations.history({ channel }))).toMatchObject({ error: 'not_in_channel' });
    await client.conversations.join({ channel });
    expect((await client.conversations.history({ channel })).messages).toHaveLength(1);
  });

  const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
  test.each([
    [
      '51 blocks',
      Array.from({ length: 51 }, () => ({ type: 'divider' })),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
    [
      'a header of 151 characters',
      [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a section of 3,001 characters',
      [section('x'.repeat(3001))],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['an empty text', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    ['an unknown block', [{ type: 'sektion' }], 'unsupported type: sektion [json-pointer:/blocks/0/type]'],
    [
      'a section with nothing in it',
      [{ type: 'section' }],
      'missing required field: text [json-pointer:/blocks/0/text]',
    ],
    [
      'the same block id twice',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      'block_id already exists: a [json-pointer:/blocks]',
    ],
  ])('%s is invalid_blocks and says where', async (_name, wrong, message) => {
    const error = await errorOf(client.chat.postMessage({ channel: '#inbound', text: 'x', blocks: wrong }));
    expect(error).toMatchObject({ error: 'invalid_blocks', response_metadata: { messages: [`[ERROR] ${message}`] } });
  });
});

describe('the rate limit of a channel', () => {
  const post = (channel: string) => client.chat.postMessage({ channel, text: 'x' });

  test('a short burst passes, then 429 with Retry-After; another channel and the next second are free', async () => {
    for (let sent = 0; sent < 4; sent += 1) await post('#inbound');
    const error = await post('#inbound').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    await expect(post('#meetings')).resolves.toMatchObject({ ok: true });
    now += 1000;
    await expect(post('#inbound')).resolves.toMatchObject({ ok: true });
  });

  test('it can be switched off', async () => {
    sandbox.control('slack', { rateLimit: false });
    for (let sent = 0; sent < 20; sent += 1) await post('#inbound');
    expect(sandbox.records('slack', 'messages')).toHaveLength(20);
  });
});

describe('people and channels', () => {
  test('a person is found by e-mail in any case, and nobody else is', async () => {
    const found = await client.users.lookupByEmail({ email: 'Dana.Whitfield@Brightline.example' });
    expect(found.user).toMatchObject({ name: 'dana', profile: { email: 'dana.whitfield@brightline.example' } });
    const missing = client.users.lookupByEmail({ email: 'nobody@brightline.example' });
    expect(await errorOf(missing)).toMatchObject({ error: 'users_not_found' });
  });

  test('channels come page by page, without archived and foreign private ones', async () => {
    const names: (string | undefined)[] = [];
    const pages = client.paginate('conversations.list', {
      limit: 2,
      exclude_archived: true,
      types: 'public_channel,private_channel',
    });
    for await (const page of pages)
      names.push(...((page as ConversationsListResponse).channels ?? []).map(({ name }) => name));
    expect(names).toEqual(['inbound', 'sales-alerts', 'enterprise', 'meetings']);
  });
});

test('after-apply: the message is there and the answer never comes', async () => {
  sandbox.fault('slack', { match: { path: '/api/chat.postMessage' }, fault: { reset: 'after-apply' } });
  const error = await client.chat.postMessage({ channel: '#inbound', text: 'once' }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'slack_webapi_request_error' });
  expect(sandbox.records('slack', 'messages')).toHaveLength(1);
});

test('the page shows messages as Slack does, and what came in is only ever text', async () => {
  const text =
    '*Hot* lead &lt;b&gt; <https://app.example/?a=1&amp;b=2|open> <javascript:alert(1)|no> <script>alert(1)</script>';
  await client.chat.postMessage({
    channel: '#inbound',
    text,
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
  });
  const page = await (await fetch(sandbox.url)).text();
  expect(page).toContain('# inbound');
  expect(page).toContain('<b>Hot</b> lead &lt;b&gt;');
  expect(page).toContain('<a href="https://app.example/?a=1&amp;b=2" rel="noreferrer">open</a>');
  expect(page).not.toMatch(/<script|href="javascript/);
});

test('every exchange of a client’s day keeps to the vendor’s contract', async () => {
  sandbox.control('slack', { rotateTokens: true });
  const { refresh_token = '' } = await install();
  await open().oauth.v2.access({ ...app(), grant_type: 'refresh_token', refresh_token });
  await client.auth.test();
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*hi*' } }];
  const metadata = { event_type: 'step', event_payload: { key: 'k' } };
  const { channel = '', ts = '' } = await client.chat.postMessage({
    channel: '#inbound',
    text: 'hi',
    blocks,
    metadata,
  });
  await client.chat.update({ channel, ts, text: 'changed', blocks });
  await client.conversations.list({ types: 'public_channel,im' });
  await client.conversations.info({ channel });
  await client.conversations.history({ channel, include_all_metadata: true, limit: 1 });
  await client.conversations.history({ channel: channelId('meetings') });
  const { user } = await client.users.lookupByEmail({ email: 'priya.raman@brightline.example' });
  await client.users.info({ user: user?.id ?? '' });
  await client.users.list({ limit: 2 });
  const direct = await client.conversations.open({ users: user?.id ?? '', return_im: true });
  await client.chat.postMessage({ channel: direct.channel?.id ?? '', text: 'hi' });
  await errorOf(client.users.lookupByEmail({ email: 'nobody@brightline.example' }));
  await errorOf(client.chat.postMessage({ channel: '#old-campaign', text: 'hi' }));
  await errorOf(client.chat.postMessage({ channel: '#leadership', text: 'hi' }));
  await errorOf(client.chat.postMessage({ channel, text: 'hi', blocks: [{ type: 'sektion' }] }));
  await errorOf(open('xoxb-nobody').auth.test());
  for (let sent = 0; sent < 6; sent += 1) await client.chat.postMessage({ channel, text: 'hi' }).catch(() => undefined);
  sandbox.fault('slack', { fault: { status: 500, body: '<h1>down</h1>' } });
  await errorOf(client.auth.test());
  await client.apps.uninstall(app());
  await errorOf(client.auth.test());
  const { passed, output } = await checkExchanges(sandbox.exchanges());
  expect(passed ? '' : output).toBe('');
});
