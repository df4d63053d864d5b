import { checkConnector } from '../../src/sdk/check.ts';
import {
  methodOf,
  posted,
  run,
  STEP_KEY,
  sendAlert,
  server,
  TOKEN,
  toChannel,
} from '../../test/support/scripted-slack.ts';
import type { AlertInput } from './alert.ts';
import slack from './index.ts';

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
      { type: 'section', text: { type: 'mrkdwn', text: 'Somebody is waiting', verbatim: true } },
      {
        type: 'section',
        fields: [
          {
            type: 'mrkdwn',
            text: '*Who*\n*Ann Lee*\nAcme &amp; &lt;Sons&gt;\n<mailto:ann@acme.co|ann@acme.co>\n_New visitor_',
            verbatim: true,
          },
        ],
      },
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            text: { type: 'plain_text', text: 'Open the conversation' },
            action_id: 'alert.open.0',
            url: 'https://app.example/c?id=1&x=%3Cb%3E|y',
          },
        ],
      },
    ]);
    expect(form?.get('channel')).toBe('#inbound');
    expect(form?.get('text')).toBe('Hot lead: Somebody is waiting · Ann Lee, Acme &amp; &lt;Sons&gt;');
    expect(JSON.parse(form?.get('metadata') ?? '')).toEqual({
      event_type: 'baton_step',
      event_payload: { step_key: STEP_KEY },
    });
    expect(output).toEqual({
      channel: 'C0INBOUND1',
      ts: '1700000000.000100',
      permalink: 'https://acme.slack.com/archives/C0INBOUND1/p1700000000000100',
      placement: { channel: 'C0INBOUND1', ts: '1700000000.000100' },
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

  test('finds a person by e-mail and writes to that person; of a user id it asks whether that person is still there', async () => {
    server.answer(request =>
      methodOf(request).startsWith('users.') ? { json: { ok: true, user: { id: 'U0ANN0001' } } } : posted,
    );
    const { form } = await run({ to: { user: 'ann@acme.co' }, message: 'm' });
    expect(server.seen.map(methodOf)).toEqual(['users.lookupByEmail', 'chat.postMessage']);
    expect(form?.get('channel')).toBe('U0ANN0001');
    server.seen.length = 0;
    await run({ to: { user: 'U0ANN0001' }, message: 'm' });
    expect(server.seen.map(methodOf)).toEqual(['users.info', 'chat.postMessage']);
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
