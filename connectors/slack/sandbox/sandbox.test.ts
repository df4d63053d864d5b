import type { ConversationsListResponse } from '@slack/web-api';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import { errorOf, useSandbox } from './test-client.ts';

const { app, channelId, client, clock, install, open, sandbox } = useSandbox(startSandbox);

describe('the rate limit of a channel', () => {
  const post = (channel: string) => client().chat.postMessage({ channel, text: 'x' });

  test('a short burst passes, then 429 with Retry-After; another channel and the next second are free', async () => {
    for (let sent = 0; sent < 4; sent += 1) await post('#inbound');
    const error = await post('#inbound').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'slack_webapi_rate_limited_error', retryAfter: 1 });
    await expect(post('#meetings')).resolves.toMatchObject({ ok: true });
    clock.now += 1000;
    await expect(post('#inbound')).resolves.toMatchObject({ ok: true });
  });

  test('it can be switched off', async () => {
    sandbox().control('slack', { rateLimit: false });
    for (let sent = 0; sent < 20; sent += 1) await post('#inbound');
    expect(sandbox().records('slack', 'messages')).toHaveLength(20);
  });
});

describe('people and channels', () => {
  test('a person is found by e-mail in any case, and nobody else is', async () => {
    const found = await client().users.lookupByEmail({ email: 'Dana.Whitfield@Brightline.example' });
    expect(found.user).toMatchObject({ name: 'dana', profile: { email: 'dana.whitfield@brightline.example' } });
    const missing = client().users.lookupByEmail({ email: 'nobody@brightline.example' });
    expect(await errorOf(missing)).toMatchObject({ error: 'users_not_found' });
  });

  test('channels come page by page, without archived and foreign private ones', async () => {
    const names: (string | undefined)[] = [];
    const pages = client().paginate('conversations.list', {
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
  sandbox().fault('slack', { match: { path: '/api/chat.postMessage' }, fault: { reset: 'after-apply' } });
  const error = await client()
    .chat.postMessage({ channel: '#inbound', text: 'once' })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'slack_webapi_request_error' });
  expect(sandbox().records('slack', 'messages')).toHaveLength(1);
});

test('the page shows messages as Slack does, and what came in is only ever text', async () => {
  const text =
    '*Hot* lead &lt;b&gt; <https://app.example/?a=1&amp;b=2|open> <javascript:alert(1)|no> <script>alert(1)</script>';
  await client().chat.postMessage({
    channel: '#inbound',
    text,
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
  });
  const page = await (await fetch(sandbox().url)).text();
  expect(page).toContain('# inbound');
  expect(page).toContain('<b>Hot</b> lead &lt;b&gt;');
  expect(page).toContain('<a href="https://app.example/?a=1&amp;b=2" rel="noreferrer">open</a>');
  expect(page).not.toMatch(/<script|href="javascript/);
});

test('every exchange of a client’s day keeps to the vendor’s contract', async () => {
  sandbox().control('slack', { rotateTokens: true });
  const { refresh_token = '' } = await install();
  await open().oauth.v2.access({ ...app(), grant_type: 'refresh_token', refresh_token });
  await client().auth.test();
  const header = { type: 'header', text: { type: 'plain_text', text: 'hi' } };
  await client().chat.postMessage({ channel: '#meetings', text: 'hi', blocks: [header] });
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*hi*' } }];
  const metadata = { event_type: 'step', event_payload: { key: 'k' } };
  const { channel = '', ts = '' } = await client().chat.postMessage({
    channel: '#inbound',
    text: 'hi',
    blocks,
    metadata,
  });
  await client().chat.update({ channel, ts, text: 'changed', blocks });
  await client().conversations.list({ types: 'public_channel,im' });
  await client().conversations.info({ channel });
  await client().conversations.history({ channel, include_all_metadata: true, limit: 1 });
  await client().conversations.history({ channel: channelId('meetings') });
  const { user } = await client().users.lookupByEmail({ email: 'priya.raman@brightline.example' });
  await client().users.info({ user: user?.id ?? '' });
  await client().users.list({ limit: 2 });
  const direct = await client().conversations.open({ users: user?.id ?? '', return_im: true });
  await client().chat.postMessage({ channel: direct.channel?.id ?? '', text: 'hi' });
  await errorOf(client().users.lookupByEmail({ email: 'nobody@brightline.example' }));
  await errorOf(client().chat.postMessage({ channel: '#old-campaign', text: 'hi' }));
  await errorOf(client().chat.postMessage({ channel: '#leadership', text: 'hi' }));
  await errorOf(client().chat.postMessage({ channel, text: 'hi', blocks: [{ type: 'sektion' }] }));
  await errorOf(open('xoxb-nobody').auth.test());
  for (let sent = 0; sent < 6; sent += 1)
    await client()
      .chat.postMessage({ channel, text: 'hi' })
      .catch(() => undefined);
  sandbox().fault('slack', { fault: { status: 500, body: '<h1>down</h1>' } });
  await errorOf(client().auth.test());
  await client().apps.uninstall(app());
  await errorOf(client().auth.test());
  const { passed, output } = await checkExchanges(sandbox().exchanges());
  expect(passed ? '' : output).toBe('');
});
