import { createTransport, type SendMailOptions } from 'nodemailer';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import vendor from './index.ts';
import { readMail } from './mime.ts';
import type { StoredMail } from './smtp.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => 0 });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.reset());

const mails = () => sandbox.records('email', 'messages') as StoredMail[];
const page = async () => (await fetch(sandbox.url)).text();

/** Sends with a mail program of another make than the connector: Nodemailer's own transport. */
const sendMail = (more: SendMailOptions = {}, url = sandbox.settings().SMTP_URL) =>
  createTransport(url).sendMail({
    from: 'baton@brightline.example',
    to: 'ann@northwind.example',
    subject: 'Hello',
    text: 'A text',
    ...more,
  });
const refusalOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'it was taken',
    (error: Error) => error.message,
  );

test('the page says that there is nothing yet', async () => {
  expect(await page()).toContain('No mail has arrived yet.');
});

test('the page shows a mail in a frame that may do nothing, and everything beside it escaped', async () => {
  await sendMail({
    from: { name: 'Eve <script>', address: 'baton@brightline.example' },
    subject: '"><img src=x onerror=alert(1)>',
    html: '<p>Hi</p><script>alert("x")</script>',
  });
  const shown = await page();
  expect(shown).toContain('sandbox="" title="The mail “&quot;&gt;&lt;img');
  expect(shown).toContain('srcdoc="&lt;p&gt;Hi&lt;/p&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"');
  expect(shown).not.toMatch(/<script|<img/);
  expect(shown).toContain('Eve &lt;script&gt;');
});

test.each<[string, SendMailOptions]>([
  ['quoted-printable', { encoding: 'quoted-printable' }],
  ['base64', { encoding: 'base64' }],
])('a mail in %s is read as it was written', async (_encoding, options) => {
  const text = `Größe = 3\n.\n${'日本語 '.repeat(60).trim()}\n`;
  await sendMail({ ...options, text, html: `<p>${text}</p>`, subject: `Übergröße ${'ñ'.repeat(90)}` });
  expect(mails()).toMatchObject([{ text, html: `<p>${text}</p>`, subject: `Übergröße ${'ñ'.repeat(90)}` }]);
});

test('a mail without parts is its text', () => {
  const raw = Buffer.from('Subject: =?utf-8?Q?Gr=C3=BC=C3?= =?utf-8?Q?=9Fe?=\r\n folded\r\n\r\nText\r\n');
  expect(readMail(raw)).toMatchObject({ subject: 'Grüße folded', text: 'Text\n' });
  expect(readMail(raw).html).toBeUndefined();
});

test.each([
  ['another sender', () => sendMail({ from: 'x@elsewhere.example' }), '553 5.7.1'],
  ['a domain that is not there', () => sendMail({ to: 'x@nowhere.example' }), '550 5.1.2'],
  [
    'a wrong password',
    () => sendMail({}, sandbox.settings().SMTP_URL?.replace('sandbox-mail-password', 'x')),
    '535 5.7.8',
  ],
  ['no login', () => sendMail({}, sandbox.settings().SMTP_URL?.replace(/\/\/.*@/, '//')), '530'],
])('it refuses %s', async (_what, sending, words) => {
  expect(await refusalOf(sending())).toContain(words);
  expect(mails()).toHaveLength(0);
});

test('its administrator may turn it, and a reset turns it back', async () => {
  expect(sandbox.control('email', { startTls: false, sizeLimit: 5_000 })).toEqual({
    greylist: false,
    refuseLogin: false,
    startTls: false,
    sizeLimit: 5_000,
  });
  await sendMail();
  expect(mails()[0]?.tls).toBe(false);
  expect(await refusalOf(sendMail({ text: 'x'.repeat(6_000) }))).toMatch(/552|size/i);
  expect(() => sandbox.control('email', { colour: 'red' })).toThrow('colour');
  sandbox.reset();
  await sendMail();
  expect(mails()).toMatchObject([{ tls: true }]);
});

test('a scripted fault without a command is for the mail itself', async () => {
  await fetch(`${sandbox.url}/__sandbox/email/faults`, {
    method: 'POST',
    body: JSON.stringify({ times: 2, fault: { status: 451, body: '4.3.0 Not now' } }),
  });
  expect(await refusalOf(sendMail())).toContain('451 4.3.0 Not now');
  expect(await refusalOf(sendMail())).toContain('451 4.3.0 Not now');
  await sendMail();
  expect(mails()).toHaveLength(1);
});
