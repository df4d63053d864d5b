import { readAddress, readMailbox } from './addresses.ts';
import { readServer, settings } from './settings.ts';

const server = (url: string) => {
  const { login, ...rest } = readServer(url);
  return { ...rest, ...(login && { user: login.user, password: login.password.reveal() }) };
};
const plain = { secure: false, requireTls: false, ignoreTls: false, checkCertificate: true };

test.each([
  ['smtp://mail.example.com', { ...plain, host: 'mail.example.com', port: 587 }],
  ['smtp://mail.example.com:25', { ...plain, host: 'mail.example.com', port: 25 }],
  ['smtp://mail.example.com?requireTLS=true', { ...plain, host: 'mail.example.com', port: 587, requireTls: true }],
  ['smtps://mail.example.com', { ...plain, host: 'mail.example.com', port: 465, secure: true }],
  ['smtp://[::1]:2525', { ...plain, host: '::1', port: 2525 }],
  [
    'smtp://me%40example.com:p%40s%25s%3A@mail.example.com',
    { ...plain, host: 'mail.example.com', port: 587, requireTls: true, user: 'me@example.com', password: 'p@s%s:' },
  ],
  [
    'smtp://u:p@127.0.0.1:25?ignoreTLS=true&tls.rejectUnauthorized=false',
    {
      host: '127.0.0.1',
      port: 25,
      secure: false,
      requireTls: false,
      ignoreTls: true,
      checkCertificate: false,
      user: 'u',
      password: 'p',
    },
  ],
])('SMTP_URL %s', (url, expected) => {
  expect(server(url)).toEqual(expected);
});

test.each([
  ['mail.example.com', 'such as smtp://'],
  ['http://u:hush@mail.example.com', 'such as smtp://'],
  ['smtp://', 'such as smtp://'],
  ['smtp://u@mail.example.com', 'both a user and a password'],
  ['smtp://u:hush%@mail.example.com', 'percent-encoded'],
  ['smtp://u:hush@mail.example.com?pool=true', 'and nothing else'],
  ['smtp://u:hush@mail.example.com?requireTLS=yes', 'true or false'],
  ['smtp://u:hush@mail.example.com?requireTLS=true&ignoreTLS=true', 'both'],
])('SMTP_URL %s stops the start with a sentence, and without the password', (url, sentence) => {
  const found = settings.safeParse({ SMTP_URL: url });
  expect(found.error?.issues[0]?.message).toContain(sentence);
  expect(found.error?.issues[0]?.message).not.toContain('hush');
});

test.each([
  ['baton@example.com', { address: 'baton@example.com' }],
  ['Baton <baton@example.com>', { address: 'baton@example.com', name: 'Baton' }],
  ['"Sales, EMEA" <baton@example.com>', { address: 'baton@example.com', name: 'Sales, EMEA' }],
  [' Grüße  <baton@münchen.example> ', { address: 'baton@xn--mnchen-3ya.example', name: 'Grüße' }],
])('MAIL_FROM %s', (text, mailbox) => {
  expect(readMailbox(text)).toEqual(mailbox);
});

test.each(['baton', 'a@b.example, c@d.example', 'Baton <baton@example.com> x', '<a@b.example><c@d.example>'])(
  'MAIL_FROM %s is refused',
  text => {
    expect(settings.safeParse({ MAIL_FROM: text }).success).toBe(false);
  },
);

test.each([
  ['ann@example.com', 'ann@example.com'],
  ["  Ann.O'Neil+x@Example.COM ", "Ann.O'Neil+x@example.com"],
  ['ann@例え.jp', 'ann@xn--r8jz45g.jp'],
])('the address %j becomes %s', (text, address) => {
  expect(readAddress(text)).toBe(address);
});

test.each([
  '',
  'ann',
  '@example.com',
  'ann@',
  'ann@example',
  'ann@example..com',
  'ann@-example.com',
  'ann@example.com.',
  'ann@exa_mple.com',
  'ann@127.1',
  'ann@[127.0.0.1]',
  'ann@example.com/x',
  'ann@ex%61mple.com',
  'ann@example.com:25',
  'ann..b@example.com',
  '.ann@example.com',
  'an n@example.com',
  '"ann"@example.com',
  'ann(comment)@example.com',
  'Ann <ann@example.com>',
  'ann@example.com, ben@example.com',
  'ann@example.com\r\nBcc: ben@example.com',
  'ann\u0000@example.com',
  'ann@exam\u00adple.com',
  `${'a'.repeat(65)}@example.com`,
  `ann@${'a.'.repeat(130)}com`,
])('the address %j is refused', text => {
  expect(() => readAddress(text)).toThrow('must be one e-mail address');
});

test('letters before the @ that are not ASCII are refused with the reason', () => {
  expect(() => readAddress('jürgen@example.com')).toThrow('not ASCII');
});
