import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { errorOf, useSandbox } from './test-client.ts';

const { channelId, client, clock, sandbox } = useSandbox(startSandbox);

type Seen = { path: string; headers: Record<string, string>; body: string };
type Reply = { status?: number; body?: string };
/** Stands in for the app: every test says what it answers. */
const app = { seen: [] as Seen[], answer: (_call: Seen): Reply => ({}), url: '' };
const server = createServer(async (request, response) => {
  const call = {
    path: request.url ?? '',
    headers: request.headers as Record<string, string>,
    body: await text(request),
  };
  app.seen.push(call);
  const { status = 200, body = '' } = app.answer(call);
  response.writeHead(status, body.startsWith('{') ? { 'content-type': 'application/json' } : {}).end(body);
});
beforeAll(async () => {
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  app.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise(closed => server.close(closed)));
beforeEach(() => {
  app.seen.length = 0;
  app.answer = () => ({});
  sandbox().control('slack', { hubUrl: app.url });
});

const dana = 'dana.whitfield@brightline.example';
const button = { type: 'button', action_id: 'go', value: 'v', text: { type: 'plain_text', text: 'Go' } };
const menu = {
  type: 'static_select',
  action_id: 'choose',
  options: ['15', '60'].map(value => ({ value, text: { type: 'plain_text', text: `${value} min` } })),
};
const post = (elements: object[] = [button, menu]) =>
  client().chat.postMessage({ channel: '#inbound', text: 'x', blocks: [{ type: 'actions', elements }] as never });
const act = (deed: object) => sandbox().control('slack', deed) as Promise<{ status: number | null; told: string[] }>;
const press = (more: object = {}) => act({ press: { user: dana, action: 'go', ...more } });
const payloadOf = (seen: Seen | undefined) => JSON.parse(new URLSearchParams(seen?.body).get('payload') ?? '{}');
const form = {
  type: 'modal',
  callback_id: 'ask',
  title: { type: 'plain_text', text: 'Ask' },
  submit: { type: 'plain_text', text: 'Send' },
  blocks: [
    {
      type: 'input',
      block_id: 'what',
      label: { type: 'plain_text', text: 'What' },
      element: { type: 'plain_text_input', action_id: 'what', max_length: 20, initial_value: '"><b>' },
    },
    {
      type: 'input',
      block_id: 'when',
      optional: true,
      label: { type: 'plain_text', text: 'When' },
      element: { type: 'datepicker', action_id: 'when' },
    },
  ],
};
const open = async (view: object = form) => {
  await press();
  const { trigger_id } = payloadOf(app.seen.at(-1));
  return client().views.open({ trigger_id, view: view as never });
};
const fetchForm = (path: string, fields: Record<string, string>) =>
  fetch(`${sandbox().url}/slack/page/${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
const page = async () => (await fetch(sandbox().url)).text();

describe('a press', () => {
  test('calls the app, signed as the vendor signs, with who, what and where', async () => {
    const { ts, channel } = await post();
    expect(await press()).toMatchObject({ status: 200 });
    const [seen] = app.seen;
    const { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp } = seen?.headers ?? {};
    const secret = sandbox().settings().SLACK_SIGNING_SECRET ?? '';
    const expected = createHmac('sha256', secret).update(`v0:${timestamp}:${seen?.body}`).digest('hex');
    expect([signature, Number(timestamp)]).toEqual([`v0=${expected}`, clock.now / 1000]);
    expect(seen?.path).toBe('/slack/interactions');
    expect(payloadOf(seen)).toMatchObject({
      type: 'block_actions',
      user: { name: 'dana' },
      channel: { id: channel, name: 'inbound' },
      message: { ts },
      actions: [{ action_id: 'go', value: 'v', block_id: expect.any(String), action_ts: expect.any(String) }],
    });
  });

  test('of a menu says what was chosen, and takes nothing that is not offered', async () => {
    await post();
    await press({ action: 'choose', option: '60 min' });
    expect(payloadOf(app.seen[0]).actions).toMatchObject([{ selected_option: { value: '60' } }]);
    await expect(press({ action: 'choose', option: '90' })).rejects.toThrow('not among the choices');
    await expect(press({ action: 'dance' })).rejects.toThrow("no message has a button 'dance'");
  });

  test('without an answer is told to whoever pressed, and is not repeated by itself', async () => {
    await post();
    app.answer = () => ({ status: 500 });
    expect(await press()).toMatchObject({ status: 500, told: [expect.stringContaining('did not answer')] });
    expect(app.seen).toHaveLength(1);
    await act({ deliverAgain: true });
    expect(app.seen[1]).toMatchObject({ body: app.seen[0]?.body, headers: { 'x-slack-retry-num': '1' } });
  });

  test('may be answered five times within half an hour, privately, for everybody, or in its place', async () => {
    await post();
    await press();
    const url = payloadOf(app.seen[0]).response_url as string;
    const answer = async (body: object) => {
      const { status } = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      return status;
    };
    expect(await answer({ text: 'for you' })).toBe(200);
    expect(await answer({ text: 'for all', response_type: 'in_channel' })).toBe(200);
    expect(await answer({ text: 'instead', replace_original: true })).toBe(200);
    expect(sandbox().records('slack', 'privates')).toMatchObject([{ text: 'for you', user: 'U04DANAWHI1' }]);
    expect(sandbox().records('slack', 'messages')).toMatchObject([{ text: 'instead' }, { text: 'for all' }]);
    expect(await answer({})).toBe(404);
    expect(await answer({ text: 'fifth' })).toBe(200);
    expect(await answer({ text: 'sixth' })).toBe(404);
    await press({ action: 'go' }).catch(() => undefined);
    clock.now += 31 * 60_000;
    expect(await answer({ text: 'late' })).toBe(404);
  });
});

describe('a form', () => {
  test('is opened by a trigger, once and within three seconds', async () => {
    await post();
    await open();
    const { trigger_id } = payloadOf(app.seen[0]);
    expect(await errorOf(client().views.open({ trigger_id, view: form as never }))).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    await press();
    clock.now += 3_001;
    const late = payloadOf(app.seen[1]).trigger_id;
    expect(await errorOf(client().views.open({ trigger_id: late, view: form as never }))).toMatchObject({
      error: 'expired_trigger_id',
    });
    expect(await errorOf(client().views.open({ trigger_id: 'x', view: form as never }))).toMatchObject({
      error: 'invalid_arguments',
    });
  });

  test.each<[string, object, string]>([
    ['a title of 25 characters', { title: { type: 'plain_text', text: 'x'.repeat(25) } }, '/view/title/text'],
    ['fields and no way to send them', { submit: undefined }, 'missing required field: submit'],
    ['an unknown block', { blocks: [{ type: 'sektion' }] }, 'unsupported type: sektion'],
    ['metadata of 3,001 characters', { private_metadata: 'x'.repeat(3001) }, '/view/private_metadata'],
    ['the same block id twice', { blocks: [form.blocks[0], form.blocks[0]] }, 'block_id already exists: what'],
  ])('with %s is refused with where it is wrong', async (_what, more, words) => {
    await post();
    const error = await errorOf(open({ ...form, ...more }));
    expect(error).toMatchObject({ error: 'invalid_arguments' });
    expect(JSON.stringify(error)).toContain(words);
  });

  test('is sent with what was typed, shows errors with it, and closes when all is well', async () => {
    await post();
    await open();
    app.answer = () => ({ body: JSON.stringify({ response_action: 'errors', errors: { what: 'No <b>.' } }) });
    const view = (sandbox().records('slack', 'views') as { id: string }[])[0]?.id ?? '';
    expect((await fetchForm('submit', { view, what: 'typed "it"', when: '2026-11-27' })).status).toBe(303);
    expect(payloadOf(app.seen.at(-1))).toMatchObject({
      type: 'view_submission',
      view: {
        callback_id: 'ask',
        state: { values: { what: { what: { value: 'typed "it"' } }, when: { when: { selected_date: '2026-11-27' } } } },
      },
    });
    const shown = await page();
    expect(shown).toContain('No &lt;b&gt;.');
    expect(shown).toContain('value="typed &quot;it&quot;"');
    app.answer = () => ({ status: 503 });
    await act({ submit: { user: dana, values: { what: 'x' } } });
    expect(await page()).toContain('We had some trouble connecting');
    app.answer = () => ({});
    await act({ submit: { user: dana, values: { what: 'x' } } });
    expect(sandbox().records('slack', 'views')).toEqual([]);
  });

  test('keeps to its own fields', async () => {
    await post();
    await open();
    await expect(act({ submit: { user: dana, values: { what: '' } } })).rejects.toThrow('What: please complete');
    await expect(act({ submit: { user: dana, values: { what: 'x'.repeat(21) } } })).rejects.toThrow('20 characters');
    await expect(act({ submit: { user: dana, values: { else: 'x' } } })).rejects.toThrow("no field 'else'");
  });

  test('is changed by the app, and by its answer', async () => {
    await post();
    const { view } = await open();
    const other = { ...form, title: { type: 'plain_text', text: 'Other' } };
    const changing = { view_id: view?.id ?? '', view: other as never };
    expect(await errorOf(client().views.update({ ...changing, hash: 'old' }))).toMatchObject({
      error: 'hash_conflict',
    });
    await client().views.update(changing);
    expect(await page()).toContain('Other');
    app.answer = () => ({
      body: JSON.stringify({
        response_action: 'update',
        view: { ...form, title: { type: 'plain_text', text: 'Third' } },
      }),
    });
    await act({ submit: { user: dana } });
    expect(await page()).toContain('Third');
    expect(await errorOf(client().views.update({ ...changing, view_id: 'V0' }))).toMatchObject({ error: 'not_found' });
  });
});

describe('the slash command', () => {
  test('calls the app, and shows what it answers', async () => {
    app.answer = () => ({ body: JSON.stringify({ text: 'Hello' }) });
    await act({ command: { user: dana, text: 'help' } });
    expect(app.seen[0]?.path).toBe('/slack/commands');
    expect(Object.fromEntries(new URLSearchParams(app.seen[0]?.body))).toMatchObject({
      command: '/baton',
      text: 'help',
      user_id: 'U04DANAWHI1',
      channel_name: 'inbound',
    });
    expect(sandbox().records('slack', 'privates')).toMatchObject([{ text: 'Hello' }]);
  });
});

describe('the page', () => {
  test('has buttons that work, pressed as whoever was chosen', async () => {
    const { ts = '', channel = '' } = await post([
      {
        ...button,
        confirm: {
          title: { type: 'plain_text', text: 'Sure?' },
          text: { type: 'plain_text', text: 'Think.' },
          confirm: { type: 'plain_text', text: 'Yes' },
          deny: { type: 'plain_text', text: 'No' },
        },
      },
    ]);
    await fetchForm('user', { user: 'U04LUISORT1' });
    expect((await fetchForm('press', { channel, ts, action: 'go' })).status).toBe(303);
    expect(payloadOf(app.seen[0]).user).toMatchObject({ name: 'luis' });
    await fetchForm('command', { text: 'status' });
    expect(new URLSearchParams(app.seen[1]?.body).get('user_name')).toBe('luis');
    const shown = await page();
    for (const words of ['Sure?', 'Think.', 'Yes']) expect(shown).toContain(words);
    expect(shown).not.toMatch(/<script/);
    expect((await fetchForm('press', { channel, ts, action: 'nothing' })).status).toBe(400);
  });
});

test('messages: a private one, a permalink, one that was deleted, one that is archived, one whose blocks are taken away', async () => {
  const { ts = '', channel = '' } = await post();
  const ephemeral = { channel, user: 'U04DANAWHI1', text: 'psst' };
  expect(await client().chat.postEphemeral(ephemeral)).toMatchObject({ ok: true });
  expect(await errorOf(client().chat.postEphemeral({ ...ephemeral, user: 'U0' }))).toMatchObject({
    error: 'user_not_in_channel',
  });
  expect(await client().chat.getPermalink({ channel, message_ts: ts })).toMatchObject({
    permalink: expect.stringContaining(channel),
  });
  await client().chat.update({ channel, ts, text: 'only text' });
  expect(sandbox().records('slack', 'messages')[0]).not.toHaveProperty('blocks');
  await act({ deleteMessage: { channel, ts } });
  expect(await errorOf(client().chat.getPermalink({ channel, message_ts: ts }))).toMatchObject({
    error: 'message_not_found',
  });
  await act({ archive: 'inbound' });
  expect(await errorOf(client().chat.update({ channel, ts, text: 'x' }))).toMatchObject({ error: 'is_inactive' });
  expect(channelId('inbound')).toBe(channel);
});

test('a person who has left is not found by e-mail, cannot be opened, and is still sent messages without a word', async () => {
  await act({ deactivate: dana });
  expect(await errorOf(client().users.lookupByEmail({ email: dana }))).toMatchObject({ error: 'users_not_found' });
  expect(await client().users.info({ user: 'U04DANAWHI1' })).toMatchObject({ user: { deleted: true } });
  expect(await errorOf(client().conversations.open({ users: 'U04DANAWHI1' }))).toMatchObject({
    error: 'user_disabled',
  });
  expect(await client().chat.postMessage({ channel: 'U04DANAWHI1', text: 'x' })).toMatchObject({ ok: true });
});

test('every answer says what the token may do', async () => {
  expect((await client().auth.test()).response_metadata?.scopes).toContain('chat:write');
});

// Last: the token that the other tests use is dead afterwards.
describe('events', () => {
  const names = () => app.seen.map(({ body }) => JSON.parse(body).event.type);

  test('tell the app that it was uninstalled, and its token is dead', async () => {
    await act({ uninstall: true });
    expect(names()).toEqual(['tokens_revoked', 'app_uninstalled']);
    expect(await errorOf(client().auth.test())).toMatchObject({ error: 'account_inactive' });
  });

  test('are sent again at once where the app did not take them, with what went wrong', async () => {
    app.answer = () => (app.seen.length === 1 ? { status: 500 } : {});
    await act({ revokeToken: true });
    expect(app.seen.map(({ headers }) => headers['x-slack-retry-num'])).toEqual([undefined, '1']);
    expect(app.seen[1]?.headers['x-slack-retry-reason']).toBe('http_error');
    expect(app.seen[1]?.body).toBe(app.seen[0]?.body);
  });
});
