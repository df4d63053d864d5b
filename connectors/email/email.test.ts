import { inspect } from 'node:util';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { StepError } from '../../src/sdk/index.ts';
import email from './index.ts';
import vendor from './sandbox/index.ts';
import type { StoredMail } from './sandbox/smtp.ts';
import { mailer, NOW, STEP_KEY, send } from './test-mail.ts';

let now = NOW;
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => now });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  now = NOW;
  sandbox.reset();
});

const settings = () => sandbox.settings();
const { run, fails } = mailer(settings);
const mails = () => sandbox.records('email', 'messages') as StoredMail[];
const header = (name: string) => mails()[0]?.headers.find(each => each.name === name)?.value;
const fault = (method: string, what: Parameters<Sandbox['fault']>[1]['fault'], times = 1) =>
  sandbox.fault('email', { match: { method }, times, fault: what });
const verdict = ({ kind, details }: StepError) => [kind, details.field ?? details.retryAfterMs ?? details.park];

describe('a mail', () => {
  test('arrives as text and HTML, over TLS, under a Message-ID of the step', async () => {
    expect(await run({ subject: 'Grüße 😀', body: 'Sehr **geehrte** Frau Müller,\n\n.日本語' })).toEqual({
      messageId: `<${STEP_KEY}@brightline.example>`,
      recipients: ['ann@northwind.example'],
      refused: [],
      notes: [],
    });
    expect(mails()).toMatchObject([
      {
        tls: true,
        user: 'baton',
        envelope: { from: 'baton@brightline.example', to: ['ann@northwind.example'] },
        from: 'baton@brightline.example',
        to: 'ann@northwind.example',
        subject: 'Grüße 😀',
        messageId: `<${STEP_KEY}@brightline.example>`,
        date: 'Mon, 23 Nov 2026 09:00:00 +0000',
        text: 'Sehr geehrte Frau Müller,\n\n.日本語\n',
        html: expect.stringContaining('Sehr <strong>geehrte</strong> Frau Müller,'),
      },
    ]);
    expect(header('Auto-Submitted')).toBe('auto-generated');
  });

  test('has the same Message-ID at every try', async () => {
    await run();
    await run();
    expect(new Set(mails().map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('goes to lists, with copies and an address for answers', async () => {
    const list = ['ann@northwind.example', 'Ben@MÜLLER.example'];
    await run({ to: list, cc: ['cho@northwind.example'], replyTo: 'dana@brightline.example' });
    expect(mails()).toMatchObject([
      {
        to: 'ann@northwind.example, Ben@xn--mller-kva.example',
        cc: 'cho@northwind.example',
        replyTo: 'dana@brightline.example',
      },
    ]);
    expect(mails()[0]?.envelope.to).toHaveLength(3);
  });

  test('holds 60,000 characters, whole', async () => {
    const body = '€uro und \\o/ <&> '.repeat(3_600).trim();
    await run({ body });
    expect(mails()[0]?.text).toBe(`${body}\n`);
    expect(mails()[0]?.html).toContain('€uro und \\o/ &lt;&amp;&gt;');
  });

  test('tells a colleague who it is about, and others nothing of it', async () => {
    const facts = {
      visitor: { email: 'hanna@x.example', fields: { first_name: '<i>Hanna' }, external: {} },
      conversation: { id: 'c1', url: 'https://app.example/c1' },
    };
    await run({}, { facts });
    await run({ includeConversation: true }, { facts });
    const [outside, inside] = mails();
    expect(outside?.text).toBe('A text\n');
    expect(inside?.text).toContain(
      'Visitor: <i>Hanna\nE-mail: hanna@x.example\nOpen the conversation: https://app.example/c1',
    );
    expect(inside?.html).toContain('&lt;i&gt;Hanna');
  });

  test('says where its subject was cut', async () => {
    const { notes } = await run({ subject: 'x'.repeat(400) });
    expect(mails()[0]?.subject).toHaveLength(200);
    expect(notes).toEqual(['The subject was longer than 200 characters and was cut.']);
  });

  test('is one mail, whatever a visitor wrote into its subject and text', async () => {
    await run({
      subject: 'Hi\r\nBcc: evil@x.example\r\n\r\nBody',
      body: 'A\r\n.\r\nMAIL FROM:<x@y.example>\r\n<script>x</script>',
    });
    expect(mails()).toHaveLength(1);
    expect(mails()[0]?.envelope.to).toEqual(['ann@northwind.example']);
    expect(mails()[0]?.headers.map(({ name }) => name)).not.toContain('Bcc');
    expect(mails()[0]?.subject).toBe('Hi Bcc: evil@x.example Body');
    expect(mails()[0]?.text).toBe('A\n.\nMAIL FROM:<x@y.example>\n<script>x</script>\n');
    expect(mails()[0]?.html).not.toContain('<script');
  });
});

describe('who gets it', () => {
  test.each([
    [{ role: 'record_owner' }, { role: 'record_owner', email: 'dana@brightline.example', name: 'Dana "D" W' }],
    [{ user: '005000000000001AAA' }, { role: 'record_owner', email: 'dana@brightline.example' }],
    [{ user: 'dana@brightline.example' }, undefined],
  ] as const)('%j', async (to, recipient) => {
    const { recipients } = await run({ to }, { facts: { recipient } });
    expect(recipients).toEqual(['dana@brightline.example']);
    expect(mails()[0]?.to).toBe(
      recipient && 'name' in recipient ? '"Dana \\"D\\" W" <dana@brightline.example>' : 'dana@brightline.example',
    );
  });

  test.each([
    [{ role: 'record_owner' }, 'to.role', 'owner of the person’s record'],
    [{ role: 'rep' }, 'to.role', 'rep of the conversation'],
    [{ role: 'meeting_owner' }, 'to.role', 'owner of the meeting'],
    [{ user: '005000000000001AAA' }, 'to.user', '005000000000001AAA'],
    [{ address: 'ann' }, 'to.address', '“ann”'],
    [['ann@x.example', 'ben@x.example\r\nBcc: c@d.example'], 'to[1]', '“ben@x.example Bcc: c@d.example”'],
  ] as const)('nobody for %j', async (to, field, words) => {
    const facts = 'role' in to ? { recipient: { role: to.role } } : {};
    const error = await fails({ to } as never, { facts });
    expect([error.kind, error.details.field]).toEqual(['rejected', field]);
    expect(error.message).toContain(words);
    expect(mails()).toHaveLength(0);
  });

  test.each([{ address: 'team@brightline.example' }, ['team@brightline.example', 'ops@brightline.example']])(
    'the fallback %j, where nobody is found; the step says so',
    async fallback => {
      const facts = { recipient: { role: 'record_owner' as const } };
      const { recipients, notes } = await run({ to: { role: 'record_owner' }, fallback }, { facts });
      expect(recipients).toEqual([fallback].flat().map(each => (typeof each === 'string' ? each : each.address)));
      expect(notes).toEqual([
        'The e-mail address of the owner of the person’s record is not known. It went to the fallback.',
      ]);
      const found = { recipient: { role: 'record_owner' as const, email: 'dana@brightline.example' } };
      expect((await run({ to: { role: 'record_owner' }, fallback }, { facts: found })).recipients).toEqual([
        'dana@brightline.example',
      ]);
    },
  );

  test.each([{ cc: ['x'] }, { replyTo: 'a@b' }])('nobody with %j', async more => {
    expect((await fails(more)).kind).toBe('rejected');
    expect(mails()).toHaveLength(0);
  });

  test.each([
    { to: [] },
    { to: Array(21).fill('a@b.example') },
    { to: { address: '' } },
    { to: { channel: '#x' } },
    { bcc: 'x' },
  ])('%j is no input', more => {
    expect(send.input.safeParse({ to: { address: 'a@b.example' }, subject: 's', body: 'b', ...more }).success).toBe(
      false,
    );
  });

  test('those that the server takes, where it refuses others; the step says which', async () => {
    const { recipients, refused, notes } = await run({ to: ['ann@northwind.example', 'x@nowhere.example'] });
    expect([recipients, refused]).toEqual([['ann@northwind.example'], ['x@nowhere.example']]);
    expect(notes).toEqual([expect.stringMatching(/refused x@nowhere.example.*Domain not found/)]);
  });

  test('nobody, where it refuses all', async () => {
    const error = await fails({ to: ['x@nowhere.example', 'y@nowhere.example'] });
    expect(verdict(error)).toEqual(['rejected', 'to']);
    expect(error.details).toMatchObject({
      vendorCode: '550 5.1.2',
      vendorMessage: expect.stringMatching(/x@nowhere.example.* · y@nowhere.example/),
    });
  });
});

describe('a refusal', () => {
  test.each([
    ['a greylist', 'RCPT', 451, '4.7.1 Greylisted, try again in 300 seconds', ['transient', 300_000]],
    ['a greylist without a time', 'RCPT', 450, '4.2.0 Greylisting in action', ['transient', 120_000]],
    ['a full mailbox', 'RCPT', 452, '4.2.2 Mailbox full, over quota', ['transient', 600_000]],
    ['trouble of its own', 'DATA', 451, '4.3.0 Local error in processing', ['transient', 15_000]],
    ['shutting down', 'MAIL', 421, '4.3.2 Service shutting down', ['transient', 15_000]],
    ['too many at once', 'CONNECT', 421, '4.7.0 Too many connections from your IP', ['throttled', 60_000]],
    ['a rate', 'DATA', 450, '4.7.28 Rate limited, try again in 5 minutes', ['throttled', 300_000]],
    ['a daily limit', 'DATA', 550, '5.4.5 Daily user sending limit exceeded', ['throttled', 3_600_000]],
    ['a login that is not ready', 'AUTH', 454, '4.7.0 Temporary authentication failure', ['transient', 15_000]],
    ['wrong credentials', 'AUTH', 535, '5.7.8 Bad credentials', ['forbidden', true]],
    ['no login', 'MAIL', 530, '5.7.0 Authentication required', ['forbidden', true]],
    ['another sender', 'MAIL', 553, '5.7.1 Sender rejected', ['forbidden', true]],
    ['nobody of this name', 'RCPT', 550, '5.1.1 User unknown', ['rejected', 'to']],
    ['spam', 'DATA', 554, '5.7.1 Message looks like spam', ['rejected', undefined]],
    ['a full mailbox for good', 'RCPT', 552, '5.2.2 Mailbox full', ['rejected', 'to']],
    ['too large', 'DATA', 552, '5.3.4 Message too big', ['rejected', 'body']],
    ['no service', 'CONNECT', 554, '5.7.1 Your address is blocked', ['forbidden', true]],
  ])('%s: %s %i %s', async (_what, method, status, body, expected) => {
    fault(method, { status, body });
    const error = await fails();
    expect(verdict(error)).toEqual(expected);
    expect(error.details.vendorCode).toBe(`${status} ${body.slice(0, body.indexOf(' '))}`);
    expect(error.details.vendorMessage).toContain(body.slice(body.indexOf(' ') + 1));
    expect(mails()).toHaveLength(0);
    await run();
    expect(mails()).toHaveLength(1);
  });

  test('by a greylist is over once its time has passed', async () => {
    sandbox.control('email', { greylist: true });
    expect(verdict(await fails())).toEqual(['transient', 300_000]);
    now += 299_000;
    expect(verdict(await fails())).toEqual(['transient', 1_000]);
    now += 1_000;
    await run();
    expect(mails()).toHaveLength(1);
  });

  test('of the login names SMTP_URL, and never the password', async () => {
    sandbox.control('email', { refuseLogin: true });
    const error = await fails();
    expect(verdict(error)).toEqual(['forbidden', true]);
    expect(error.message).toContain('Correct the user and password in SMTP_URL');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(
      /sandbox-mail-password|c2FuZGJveC1tYWlsLXBhc3N3b3Jk/,
    );
  });

  test('of the sender names MAIL_FROM', async () => {
    const other = mailer(() => ({ ...settings(), MAIL_FROM: 'x@elsewhere.example' }));
    expect((await other.fails()).message).toContain('Set MAIL_FROM');
  });

  test('of its size comes before a byte of it is sent', async () => {
    sandbox.control('email', { sizeLimit: 10_000 });
    expect(verdict(await fails({ body: 'x'.repeat(20_000) }))).toEqual(['rejected', 'body']);
  });
});

describe('a server that', () => {
  const phases = ['CONNECT', 'AUTH', 'MAIL', 'RCPT'];

  test.each(phases)('hangs up at %s has sent nothing', async method => {
    fault(method, { reset: 'before' });
    expect((await fails()).kind).toBe('transient');
    expect(mails()).toHaveLength(0);
  });

  test.each(phases)('does not answer %s has sent nothing, and holds up nobody', async method => {
    fault(method, { delayMs: 600_000 });
    const begin = performance.now();
    const error = await fails({}, { timeoutMs: 300 });
    expect([error.kind, error.message]).toEqual(['transient', expect.stringContaining('did not answer in time')]);
    expect(performance.now() - begin).toBeLessThan(2_500);
  });

  test.each([
    ['before it keeps the mail', { reset: 'before' as const }, 0],
    ['after it kept the mail', { reset: 'after-apply' as const }, 1],
  ])('hangs up after the last line of the mail, %s, leaves it to a person', async (_when, what, kept) => {
    fault('DATA', what);
    const error = await fails();
    expect([error.kind, error.details.park]).toEqual(['uncertain', true]);
    expect(mails()).toHaveLength(kept);
  });

  test('does not answer the last line of the mail leaves it to a person, who is told the Message-ID', async () => {
    fault('DATA', { delayMs: 600_000 });
    const { step } = mailer(settings);
    const { context, notes } = step({ timeoutMs: 500 });
    const asked = send.input.parse({ to: { address: 'ann@northwind.example' }, subject: 's', body: 'b' });
    const error = await send.run(context, asked).then(
      () => undefined,
      reason => email.classify(reason),
    );
    expect(error?.kind).toBe('uncertain');
    expect(notes).toEqual([`To look for the mail: its Message-ID is <${STEP_KEY}@brightline.example>.`]);
    expect(send.replay).toEqual({ whenUnsure: 'park' });
  });

  test('cannot be reached has sent nothing', async () => {
    const nowhere = mailer(() => ({ ...settings(), SMTP_URL: 'smtp://127.0.0.1:1' }));
    expect(await nowhere.fails()).toMatchObject({ kind: 'transient', details: { vendorCode: 'ECONNREFUSED' } });
  });
});

test('a step that is given up sends nothing more', async () => {
  const given = AbortSignal.abort();
  expect((await fails({}, { signal: given })).kind).toBe('transient');
  fault('RCPT', { delayMs: 600_000 });
  const soon = AbortSignal.timeout(200);
  expect((await fails({}, { signal: soon })).kind).toBe('transient');
  expect(mails()).toHaveLength(0);
});

test('without its settings it says which', async () => {
  const none = mailer(() => ({}));
  expect(await none.fails()).toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('SMTP_URL and MAIL_FROM'),
  });
});
