import { inspect } from 'node:util';
import { webApi } from '@slack/bolt';
import { checkConnector } from '../../src/sdk/check.ts';
import { type Grant, Secret, StepError, type StepFacts } from '../../src/sdk/index.ts';
import { type Reply, type Seen, startScriptedServer } from '../../test/support/scripted-server.ts';
import { failureOf as failureIn, stepOf } from '../../test/support/step.ts';
import type { AlertInput, AlertOutput } from './alert.ts';
import slack from './index.ts';

const TOKEN = 'xoxb-1111-2222-verysecret';
const NOW = Date.parse('2026-11-20T23:30:00Z');
const STEP_KEY = 'k'.repeat(40);
const sendAlert = slack.actions.find(({ id }) => id === 'slack.send_alert');
const posted: Reply = { json: { ok: true, channel: 'C0INBOUND1', ts: '1700000000.000100', message: {} } };
const toChannel = { to: { channel: '#inbound' }, message: 'Somebody is waiting' };

let server: Awaited<ReturnType<typeof startScriptedServer>>;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());

const settingsAt = (url: string) => ({
  SLACK_CLIENT_ID: 'client',
  SLACK_CLIENT_SECRET: 'client-secret',
  SLACK_API_URL: `${url}/api/`,
  SLACK_AUTHORIZE_URL: `${url}/oauth/v2/authorize`,
});
const grant = (): Grant => ({ accessToken: new Secret(TOKEN), extra: { teamId: 'T1' } });
const clientAt = (url: string, timeoutMs = 5_000) =>
  slack.open({ grant: grant(), settings: settingsAt(url), timeoutMs });
const failureOf = (work: Promise<unknown>) => failureIn(slack, work);
const methodOf = ({ path }: Seen) => path.replace('/api/', '');

function contextFor(facts: Partial<StepFacts> = {}, { url = server.url, timeoutMs = 5_000 } = {}) {
  const account = { id: 'T1', name: 'Acme', url: 'https://acme.slack.com/' };
  return stepOf(clientAt(url, timeoutMs), { facts, account, now: NOW, stepKey: STEP_KEY });
}
async function run(input: AlertInput, facts?: Partial<StepFacts>, options?: Parameters<typeof contextFor>[1]) {
  const { context, notes } = contextFor(facts, options);
  const output = (await sendAlert?.run(context, input)) as AlertOutput;
  const form = server.seen.find(request => methodOf(request) === 'chat.postMessage')?.form;
  return { output, notes, form, blocks: JSON.parse(form?.get('blocks') ?? '[]') };
}
const refused = (error: string, more: object = {}): Reply => ({ json: { ok: false, error, ...more } });

describe('slack.send_alert', () => {
  test('belongs to a connector that the hub takes', () => {
    expect(checkConnector('slack', slack)).toEqual([]);
  });

  test('posts one message to a channel, with who it is about, a link, and the step key in its metadata', async () => {
    server.answer(() => posted);
    const { output, form, blocks } = await run(
      { ...toChannel, title: 'Hot lead' },
      {
        visitor: {
          email: 'ann@acme.co',
          fields: { first_name: 'Ann', last_name: 'Lee', company: 'Acme & <Sons>' },
          external: {},
        },
        conversation: { id: 'c1', url: 'https://app.example/c?id=1&x=<b>|y' },
      },
    );
    expect(server.seen.map(methodOf)).toEqual(['chat.postMessage']);
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(blocks).toEqual([
      { type: 'header', text: { type: 'plain_text', text: 'Hot lead' } },
      { type: 'section', text: { type: 'mrkdwn', text: 'Somebody is waiting' } },
      { type: 'context', elements: [{ type: 'plain_text', text: 'Ann Lee · Acme & <Sons> · ann@acme.co' }] },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '<https://app.example/c?id=1&amp;x=%3Cb%3E%7Cy|Open the conversation>' },
      },
    ]);
    expect(form?.get('channel')).toBe('#inbound');
    expect(form?.get('text')).toBe('Hot lead: Somebody is waiting');
    expect(JSON.parse(form?.get('metadata') ?? '')).toEqual({
      event_type: 'baton_step',
      event_payload: { step_key: STEP_KEY },
    });
    expect(output).toEqual({
      channel: 'C0INBOUND1',
      ts: '1700000000.000100',
      permalink: 'https://acme.slack.com/archives/C0INBOUND1/p1700000000000100',
    });
  });

  test('shows the workflow’s name and nothing that is not known', async () => {
    server.answer(() => posted);
    const { blocks } = await run(toChannel, { conversation: { id: 'c1', url: 'javascript:alert(1)' } });
    expect(blocks.map(({ type }: { type: string }) => type)).toEqual(['header', 'section']);
    expect(blocks[0].text.text).toBe('Workflow');
  });

  test('lets a visitor’s words neither mention everybody nor hide a link', async () => {
    server.answer(() => posted);
    const { blocks, form } = await run({ ...toChannel, message: '<!channel> <https://evil|click> a & b' });
    expect(blocks[1].text.text).toBe('&lt;!channel&gt; &lt;https://evil|click&gt; a &amp; b');
    expect(form?.get('text')).not.toContain('<');
  });

  test.each(['&'.repeat(60_000), '😀'.repeat(30_000), 'x'.repeat(60_000)])(
    'cuts a message of 60,000 characters and says so',
    async message => {
      server.answer(() => posted);
      const { blocks, form, notes } = await run({ ...toChannel, title: 't'.repeat(400), message });
      expect(blocks[1].text.text.length).toBeLessThanOrEqual(3000);
      expect(blocks[1].text.text).toMatch(/(&amp;|😀|x)… \(cut\)$/u);
      expect(blocks[1].text.text.isWellFormed()).toBe(true);
      expect(blocks[0].text.text).toHaveLength(150);
      expect(form?.get('text')?.length).toBeLessThanOrEqual(3000);
      expect(notes).toEqual(['The message was longer than 3,000 characters and was cut.']);
    },
  );

  test('finds a person by e-mail and writes to that person; a user id needs no look-up', async () => {
    server.answer(request =>
      methodOf(request) === 'users.lookupByEmail' ? { json: { ok: true, user: { id: 'U0ANN0001' } } } : posted,
    );
    const { form } = await run({ to: { user: 'ann@acme.co' }, message: 'm' });
    expect(server.seen.map(methodOf)).toEqual(['users.lookupByEmail', 'chat.postMessage']);
    expect(form?.get('channel')).toBe('U0ANN0001');
    server.answer(() => posted);
    await run({ to: { user: 'U0ANN0001' }, message: 'm' });
    expect(server.seen.map(methodOf)).toEqual(['chat.postMessage']);
  });

  test.each([
    ['an unknown key', { ...toChannel, colour: 'red' }],
    ['nobody to tell', { message: 'm' }],
    ['a channel and a person at once', { to: { channel: '#a', user: 'U0ANN0001' }, message: 'm' }],
    ['a person that is neither id nor e-mail', { to: { user: 'ann' }, message: 'm' }],
    ['an empty message', { ...toChannel, message: ' ' }],
    ['a life of nothing', { ...toChannel, lifeMinutes: 0 }],
  ])('refuses %s', (_what, input) => {
    expect(sendAlert?.input.safeParse(input).success).toBe(false);
  });

  test('is held to one message a second in each channel, however its name is written', () => {
    const keyOf = (to: AlertInput['to']) => sendAlert?.limit?.({ to, message: 'm' });
    expect(keyOf({ channel: '#Inbound' })).toEqual({ key: 'post:inbound', points: 1, perSeconds: 1 });
    expect(keyOf({ channel: 'inbound' })?.key).toBe('post:inbound');
    expect(keyOf({ user: 'Ann@Acme.co' })?.key).toBe('post:ann@acme.co');
  });
});

describe('what Slack answers decides what happens next', () => {
  test.each([
    ['channel_not_found', 'rejected', '/invite @Baton', 'to.channel'],
    ['is_archived', 'rejected', 'archived', 'to.channel'],
    ['not_in_channel', 'forbidden', '/invite @Baton', 'to.channel'],
    ['restricted_action', 'forbidden', 'workspace admin', undefined],
    ['msg_too_long', 'rejected', 'Shorten', 'message'],
    ['no_text', 'rejected', 'text', 'message'],
    ['invalid_blocks', 'rejected', 'layout', 'message'],
    ['missing_scope', 'forbidden', 'Reinstall', undefined],
    ['not_authed', 'unauthorized', 'Connect Slack again', undefined],
    ['invalid_auth', 'unauthorized', 'Connect Slack again', undefined],
    ['token_revoked', 'unauthorized', 'Connect Slack again', undefined],
    ['token_expired', 'unauthorized', 'Connect Slack again', undefined],
    ['account_inactive', 'unauthorized', 'Connect Slack again', undefined],
    ['ratelimited', 'throttled', 'by itself', undefined],
    ['internal_error', 'uncertain', 'looked for first', undefined],
    ['fatal_error', 'uncertain', 'looked for first', undefined],
    ['service_unavailable', 'uncertain', 'looked for first', undefined],
    ['request_timeout', 'uncertain', 'looked for first', undefined],
    ['a_word_of_tomorrow', 'rejected', 'Change the step', undefined],
  ])('%s is %s, in one request, with words for an admin', async (error, kind, words, field) => {
    server.answer(() => refused(error));
    const failure = await failureOf(run(toChannel));
    expect({ kind: failure.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    expect(failure.message).toContain(words);
    expect(failure.details).toMatchObject({ vendorCode: error, ...(field && { field }) });
  });

  test('a missing scope is named, and so is what Slack says about blocks', async () => {
    server.answer(() => ({
      ...refused('missing_scope', { needed: 'chat:write', provided: 'im:write' }),
      headers: { 'x-slack-req-id': 'req-1' },
    }));
    const scope = await failureOf(run(toChannel));
    expect(scope.message).toContain('missing_scope, needs chat:write.');
    expect(scope.details.vendorRequestId).toBe('req-1');
    server.answer(() => refused('invalid_blocks', { response_metadata: { messages: ['[ERROR] no such block'] } }));
    expect((await failureOf(run(toChannel))).message).toContain('[ERROR] no such block');
  });

  test('429 says when to come back, with and without Retry-After, and holds no other call back', async () => {
    const limited = { status: 429, json: { ok: false, error: 'ratelimited' } };
    server.answer(() => ({ ...limited, headers: { 'retry-after': '7' } }));
    expect(await failureOf(run(toChannel))).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 7_000 } });
    server.answer(() => limited);
    expect(await failureOf(run(toChannel))).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 30_000 } });
    server.answer(() => ({ status: 429, text: 'slow down' }));
    expect((await failureOf(run(toChannel))).kind).toBe('throttled');
    expect(server.seen).toHaveLength(1);
  });

  test('nobody with that e-mail is the recipient’s field', async () => {
    server.answer(() => refused('users_not_found'));
    const failure = await failureOf(run({ to: { user: 'ann@acme.co' }, message: 'm' }));
    expect(failure).toMatchObject({ kind: 'rejected', details: { field: 'to.user' } });
  });

  const lost: [string, Reply][] = [
    ['an HTML page with 200', { text: '<html>Down for maintenance</html>' }],
    ['an HTML page with 500', { status: 500, text: '<html>Down for maintenance</html>' }],
    ['503 without a body', { status: 503 }],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, text: '{"ok": tr' }],
    ['a reset connection', { fault: 'reset' }],
    ['an answer that breaks off', { headers: { 'content-length': '500' }, text: '{"ok":true}', fault: 'cut' }],
    ['Slack’s own trouble', refused('internal_error')],
  ];
  test.each(lost)(
    '%s leaves a message uncertain and a look-up transient, in one request each',
    async (_what, reply) => {
      server.answer(() => reply);
      const write = await failureOf(run(toChannel));
      expect({ kind: write.kind, requests: server.seen.length }).toEqual({ kind: 'uncertain', requests: 1 });
      server.answer(() => reply);
      const lookUp = await failureOf(run({ to: { user: 'ann@acme.co' }, message: 'm' }));
      expect({ kind: lookUp.kind, requests: server.seen.length }).toEqual({ kind: 'transient', requests: 1 });
      expect(write.message + lookUp.message).not.toMatch(/maintenance|<html/);
    },
  );

  test('silence and a stalled body end at the timeout of the call', async () => {
    server.answer(() => ({ fault: 'hang' }));
    expect((await failureOf(run(toChannel, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
    server.answer(() => ({ headers: { 'content-length': '500' }, text: '{' }));
    expect((await failureOf(run(toChannel, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
  });

  test('a refused connection is transient even for a message: nothing left', async () => {
    const gone = await startScriptedServer();
    await gone.close();
    expect((await failureOf(run(toChannel, {}, { url: gone.url }))).kind).toBe('transient');
  });

  test.each([
    [undefined, 'defect'],
    [null, 'defect'],
    ['text', 'defect'],
    [new Error(`oops ${TOKEN}`), 'defect'],
    [new webApi.WebAPIRateLimitedError(3), 'throttled'],
    [new webApi.WebAPIHTTPError(502, 'Bad Gateway', {}, TOKEN), 'uncertain'],
    [new webApi.WebAPIRequestError(new Error(`fetch failed ${TOKEN}`)), 'uncertain'],
    [new webApi.WebAPIPlatformError({ ok: false, error: 'token_revoked' }), 'unauthorized'],
    [new StepError('rejected', 'ours'), 'rejected'],
  ])('classify takes anything that is thrown (%#) and shows no secret', (thrown, kind) => {
    const error = slack.classify(thrown);
    expect(error.kind).toBe(kind);
    expect(inspect([error, error.cause, error.details])).not.toContain('verysecret');
  });
});

describe('an alert whose answer was lost', () => {
  const item = (stepKey: string, to: AlertInput['to'] = { channel: 'C0INBOUND1' }) => ({
    stepKey,
    firstTriedAt: NOW,
    input: { to, message: 'm' },
    facts: contextFor().context.facts,
  });
  const find = (items: ReturnType<typeof item>[]) => {
    const replay = sendAlert?.replay;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('send_alert must be findable');
    return replay.findMany(contextFor().context, items);
  };
  const history = (messages: object[], next_cursor = ''): Reply => ({
    json: { ok: true, messages, has_more: next_cursor !== '', response_metadata: { next_cursor } },
  });
  const message = (ts: string, step_key: unknown, event_type = 'baton_step') => ({
    ts,
    metadata: { event_type, event_payload: { step_key } },
  });

  test('is found by its step key; twins of other runs are not taken for it', async () => {
    const stored: object[] = [];
    server.answer(request => {
      if (methodOf(request) === 'chat.postMessage') {
        stored.push({ ts: '17.1', metadata: JSON.parse(request.form.get('metadata') ?? '') });
        return { fault: 'reset' };
      }
      return history([message('17.0', `${STEP_KEY}x`), message('17.2', STEP_KEY, 'other'), { ts: '17.3' }, ...stored]);
    });
    expect((await failureOf(run(toChannel))).kind).toBe('uncertain');
    const found = await find([item('another-key'), item(STEP_KEY)]);
    expect(found).toEqual([
      undefined,
      { channel: 'C0INBOUND1', ts: '17.1', permalink: 'https://acme.slack.com/archives/C0INBOUND1/p171' },
    ]);
    const asked = server.seen.at(-1)?.form;
    expect(asked?.get('include_all_metadata')).toBe('true');
    expect(Number(asked?.get('oldest'))).toBe(NOW / 1000 - 120);
  });

  test('is found on a later page, in a channel known by name and with a person', async () => {
    server.answer(request => {
      const { form } = request;
      if (methodOf(request) === 'conversations.list')
        return form.get('cursor')
          ? { json: { ok: true, channels: [{ id: 'C0INBOUND1', name: 'inbound' }] } }
          : { json: { ok: true, channels: [{ id: 'C0OTHER01', name: 'x' }], response_metadata: { next_cursor: 'n' } } };
      if (methodOf(request) === 'conversations.open') return { json: { ok: true, channel: { id: 'D0ANN0001' } } };
      if (form.get('channel') === 'D0ANN0001') return history([message('18.1', 'key-2')]);
      return form.get('cursor') ? history([message('17.1', 'key-1')]) : history([], 'more');
    });
    const found = await find([item('key-1', { channel: '#inbound' }), item('key-2', { user: 'U0ANN0001' })]);
    expect(found).toMatchObject([{ ts: '17.1' }, { channel: 'D0ANN0001', ts: '18.1' }]);
  });

  test('is looked up once per channel for many steps', async () => {
    server.answer(() => history([]));
    await find(Array.from({ length: 50 }, (_, index) => item(`key-${index}`)));
    expect(server.seen).toHaveLength(1);
  });

  test('waits for a person where the channel cannot be read', async () => {
    server.answer(() => refused('not_in_channel'));
    const error = await failureOf(find([item(STEP_KEY)]));
    expect(error).toMatchObject({ kind: 'uncertain', details: { park: true, vendorCode: 'not_in_channel' } });
    expect(error.message).toContain('/invite @Baton');
  });

  test('is found however long after the first try it was posted, and no further page is read then', async () => {
    server.answer(() => history([message('1763999999.1', STEP_KEY)], 'more'));
    expect(await find([item(STEP_KEY)])).toMatchObject([{ ts: '1763999999.1' }]);
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.form.has('latest')).toBe(false);
  });

  test('is asked for again later where Slack limits the history', async () => {
    server.answer(() => ({ ...refused('ratelimited'), status: 429, headers: { 'retry-after': '60' } }));
    expect(await failureOf(find([item(STEP_KEY)]))).toMatchObject({
      kind: 'throttled',
      details: { retryAfterMs: 60_000 },
    });
  });
});

describe('connecting', () => {
  const auth = slack.auth;
  if (auth.kind !== 'oauth2') throw new Error('Slack connects by OAuth 2');
  const call = () => ({ settings: settingsAt(server.url), options: {}, signal: new AbortController().signal });
  const install = (more: object = {}) => ({
    json: {
      ok: true,
      access_token: 'xoxb-new',
      token_type: 'bot',
      scope: 'chat:write,im:write',
      bot_user_id: 'U0BOT0001',
      app_id: 'A1',
      team: { id: 'T1', name: 'Acme' },
      ...more,
    },
  });

  test('asks for the bot’s scopes with state and redirect', async () => {
    const url = new URL(
      await auth.authorizeUrl({
        ...call(),
        state: 'state-1',
        redirectUri: 'https://hub/cb',
        scopes: ['chat:write', 'im:write'],
      }),
    );
    expect(url.origin + url.pathname).toBe(`${server.url}/oauth/v2/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'client',
      scope: 'chat:write,im:write',
      state: 'state-1',
      redirect_uri: 'https://hub/cb',
    });
  });

  test('exchanges the code for a bot token that never ends', async () => {
    server.answer(() => install());
    const fresh = await auth.exchange({ ...call(), code: 'c1', redirectUri: 'https://hub/cb', query: {} });
    expect(Object.fromEntries(server.seen[0]?.form ?? [])).toEqual({
      client_id: 'client',
      client_secret: 'client-secret',
      code: 'c1',
      redirect_uri: 'https://hub/cb',
    });
    expect([fresh.accessToken.reveal(), fresh.refreshToken, fresh.expiresAt, fresh.scopes]).toEqual([
      'xoxb-new',
      undefined,
      undefined,
      ['chat:write', 'im:write'],
    ]);
    expect(fresh.extra).toEqual({ teamId: 'T1', appId: 'A1', botUserId: 'U0BOT0001' });
  });

  test('keeps what rotates', async () => {
    server.answer(() => install({ refresh_token: 'xoxe-2', expires_in: 43_200 }));
    const old = { ...grant(), refreshToken: new Secret('xoxe-1') };
    const fresh = await auth.refresh?.({ ...call(), grant: old });
    expect(server.seen[0]?.form.get('grant_type')).toBe('refresh_token');
    expect(server.seen[0]?.form.get('refresh_token')).toBe('xoxe-1');
    expect([fresh?.accessToken.reveal(), fresh?.refreshToken?.reveal()]).toEqual(['xoxb-new', 'xoxe-2']);
    expect(fresh?.expiresAt).toBeGreaterThan(NOW);
  });

  test('without rotation a token that is not accepted any more needs connecting again, without a call', async () => {
    server.answer(() => install());
    expect((await failureOf(auth.refresh?.({ ...call(), grant: grant() }) ?? Promise.resolve())).kind).toBe(
      'unauthorized',
    );
    expect(server.seen).toHaveLength(0);
  });

  test.each<[string, Reply, string]>([
    ['invalid_refresh_token', refused('invalid_refresh_token'), 'unauthorized'],
    ['400 invalid_grant', { status: 400, json: { error: 'invalid_grant' } }, 'unauthorized'],
    ['a wrong secret', refused('bad_client_secret'), 'forbidden'],
    ['an HTML page', { status: 502, text: '<html>' }, 'transient'],
    ['a reset', { fault: 'reset' }, 'transient'],
  ])('a refresh that meets %s is %s', async (_what, reply, kind) => {
    server.answer(() => reply);
    const old = { ...grant(), refreshToken: new Secret('xoxe-1-secret') };
    const error = await failureOf(auth.refresh?.({ ...call(), grant: old }) ?? Promise.resolve());
    expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    expect(inspect(error)).not.toMatch(/xoxe-1-secret|client-secret/);
  });

  test('an install without a bot token is refused', async () => {
    server.answer(() => install({ access_token: undefined }));
    await expect(auth.exchange({ ...call(), code: 'c', redirectUri: 'r', query: {} })).rejects.toMatchObject({
      kind: 'rejected',
    });
  });

  test.each<[string, Reply]>([
    ['works', { json: { ok: true, revoked: true } }],
    ['takes an already dead token for revoked', refused('token_revoked')],
  ])('revoking %s', async (_what, reply) => {
    server.answer(() => reply);
    await auth.revoke?.({ ...call(), grant: grant() });
    expect(server.seen.map(methodOf)).toEqual(['auth.revoke']);
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test('a revoke that meets an outage is transient', async () => {
    server.answer(() => ({ status: 503 }));
    await expect(auth.revoke?.({ ...call(), grant: grant() })).rejects.toMatchObject({ kind: 'transient' });
  });

  test('says who is connected, and offers channels and people', async () => {
    const asked = { client: clientAt(server.url), signal: new AbortController().signal, settings: {} };
    server.answer(() => ({
      json: {
        ok: true,
        url: 'https://acme.slack.com/',
        team: 'Acme',
        team_id: 'T1',
        user: 'baton',
        user_id: 'U1',
        bot_id: 'B1',
      },
    }));
    expect(await slack.whoAmI?.(asked)).toEqual({
      id: 'T1',
      name: 'Acme',
      user: 'baton',
      url: 'https://acme.slack.com/',
      details: { userId: 'U1', botId: 'B1' },
    });
    server.answer(() => ({
      json: {
        ok: true,
        channels: [
          { id: 'C1', name: 'inbound' },
          { id: 'C2', name: 'random' },
        ],
        response_metadata: { next_cursor: 'n' },
      },
    }));
    expect(await slack.pickLists?.channels?.(asked, { search: '#INB', after: 'a' })).toEqual({
      options: [{ value: 'C1', label: '#inbound' }],
      next: 'n',
    });
    expect(server.seen[0]?.form.get('cursor')).toBe('a');
    server.answer(() => ({
      json: {
        ok: true,
        members: [
          { id: 'U1', real_name: 'Ann', profile: { email: 'ann@acme.co' } },
          { id: 'U2', real_name: 'Gone', deleted: true },
          { id: 'U3', name: 'robot', is_bot: true },
        ],
      },
    }));
    expect(await slack.pickLists?.users?.(asked, {})).toEqual({
      options: [{ value: 'U1', label: 'Ann (ann@acme.co)' }],
    });
  });
});
