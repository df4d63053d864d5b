import { startSandbox } from '../../../src/sandbox/server.ts';
import { errorOf, useSandbox } from './test-client.ts';

const { channelId, client, install, open, sandbox } = useSandbox(startSandbox);

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
    const posted = await client().chat.postMessage({
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
    const plain = await client().conversations.history(history);
    expect(plain.messages?.[0]?.metadata).toBeUndefined();
    const full = await client().conversations.history({ ...history, include_all_metadata: true });
    expect(full.messages?.[0]).toMatchObject({ ts: posted.ts, blocks, metadata });
  });

  test('a JSON body is taken as well as a form', async () => {
    const answer = await fetch(`${sandbox().settings().SLACK_API_URL}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client().token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel: channelId('inbound'), blocks }),
    });
    expect(await answer.json()).toMatchObject({ ok: true });
    expect(sandbox().records('slack', 'messages')).toMatchObject([{ blocks }]);
  });

  test('times rise, even within one millisecond', async () => {
    const first = await client().chat.postMessage({ channel: '#inbound', text: 'one' });
    const second = await client().chat.postMessage({ channel: '#inbound', text: 'two' });
    expect([first.ts, second.ts]).toEqual([
      expect.stringMatching(/^\d{10}\.\d{6}$/),
      expect.stringMatching(/^\d{10}\.\d{6}$/),
    ]);
    expect(Number(second.ts)).toBeGreaterThan(Number(first.ts));
  });

  test('a message to a user opens the conversation with them', async () => {
    const { user } = await client().users.lookupByEmail({ email: 'luis.ortega@brightline.example' });
    const { channel } = await client().conversations.open({ users: user?.id ?? '' });
    const posted = await client().chat.postMessage({ channel: user?.id ?? '', text: 'For you' });
    expect(posted.channel).toBe(channel?.id);
    expect(sandbox().records('slack', 'messages')).toMatchObject([{ user_id: user?.id, text: 'For you' }]);
  });

  test('only a message may be sent by a channel’s name: other methods know ids alone', async () => {
    expect(await errorOf(client().conversations.history({ channel: '#inbound' }))).toMatchObject({
      error: 'channel_not_found',
    });
  });

  test('a message is changed in its place', async () => {
    const { ts = '', channel = '' } = await client().chat.postMessage({ channel: '#inbound', text: 'waiting' });
    await client().chat.update({ channel, ts, text: 'claimed by Dana' });
    expect(sandbox().records('slack', 'messages')).toMatchObject([{ ts, text: 'claimed by Dana', edited: {} }]);
  });

  test.each([
    ['an unknown channel', { channel: '#nowhere', text: 'x' }, 'channel_not_found'],
    ['an archived channel', { channel: '#old-campaign', text: 'x' }, 'is_archived'],
    ['a private channel without the app', { channel: '#leadership', text: 'x' }, 'not_in_channel'],
    ['no text and no blocks', { channel: '#inbound', text: '' }, 'no_text'],
    ['a text beyond 40,000 characters', { channel: '#inbound', text: 'x'.repeat(40_001) }, 'msg_too_long'],
  ])('%s is refused', async (_name, message, error) => {
    expect(await errorOf(client().chat.postMessage(message))).toMatchObject({ ok: false, error });
    expect(sandbox().records('slack', 'messages')).toEqual([]);
  });

  test('a public channel without the app takes a message by chat:write.public, but shows its history to members only', async () => {
    const { access_token } = await install('chat:write');
    const message = { channel: '#enterprise', text: 'x' };
    expect(await errorOf(open(access_token).chat.postMessage(message))).toMatchObject({ error: 'not_in_channel' });
    const { channel = '' } = await client().chat.postMessage(message);
    expect(await errorOf(client().conversations.history({ channel }))).toMatchObject({ error: 'not_in_channel' });
    await client().conversations.join({ channel });
    expect((await client().conversations.history({ channel })).messages).toHaveLength(1);
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
    const error = await errorOf(client().chat.postMessage({ channel: '#inbound', text: 'x', blocks: wrong }));
    expect(error).toMatchObject({ error: 'invalid_blocks', response_metadata: { messages: [`[ERROR] ${message}`] } });
  });
});
