import { aboutOf } from './about.ts';
import { readBody } from './body.ts';
import { htmlOf, textOf } from './layout.ts';
import { bytesOf, subjectOf } from './message.ts';
import { readReply, waitIn } from './reply.ts';

const html = (text: string) => {
  const whole = htmlOf({ blocks: readBody(text) });
  return whole
    .slice(whole.indexOf('<div'))
    .replace(/ (style|dir|class)="[^"]*"/g, '')
    .replace(/^<div>\n|\n<\/div><\/body><\/html>\n$/g, '');
};

test.each([
  ['Hello', '<p>Hello</p>'],
  ['one\ntwo\r\n\r\n\r\nthree', '<p>one<br>\ntwo</p>\n<p>three</p>'],
  ['Please:\n- one\n* two\nand go', '<p>Please:</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<p>and go</p>'],
  ['**Now** or **not now**, 2 ** 3', '<p><strong>Now</strong> or <strong>not now</strong>, 2 ** 3</p>'],
  [
    'see https://a.example/b?c=1&d=2.',
    '<p>see <a href="https://a.example/b?c=1&amp;d=2">https://a.example/b?c=1&amp;d=2</a>.</p>',
  ],
  ['(http://a.example)', '<p>(<a href="http://a.example">http://a.example</a>)</p>'],
  ['[click me](https://evil.example)', '<p>[click me](<a href="https://evil.example">https://evil.example</a>)</p>'],
  ['javascript:alert(1)', '<p>javascript:alert(1)</p>'],
  ['http://"onmouseover="x', '<p>http://&quot;onmouseover=&quot;x</p>'],
  ['<b>&lt;</b> "\'', '<p>&lt;b&gt;&amp;lt;&lt;/b&gt; &quot;&#39;</p>'],
  ['a\u202eb\u0000c\u001b[31m', '<p>abc[31m</p>'],
])('the text %j', (text, expected) => {
  expect(html(text)).toBe(expected);
});

test.each([
  ['dots after an address', `http://a.example/${'.'.repeat(200_000)}x`],
  ['stars', '**a '.repeat(100_000)],
  ['blanks after two stars', `**a${' '.repeat(200_000)}`],
  ['empty lines', '\n'.repeat(200_000)],
])('a long text of %s is read at once', (_what, text) => {
  const begin = performance.now();
  readBody(text);
  expect(performance.now() - begin).toBeLessThan(1_000);
});

const facts = {
  visitor: {
    email: 'hanna@northwind.example',
    fields: { first_name: 'Hanna', last_name: 'O<b>', phone: 12 },
    external: {},
  },
  conversation: { id: 'c1', url: 'https://app.example/c?a=1&b=2' },
  session: { id: 's1', page: { url: 'javascript:alert(1)', title: 'Pricing' } },
  meeting: { id: 'm1', status: 'no_show', startTime: '2026-11-23T10:00:00Z', owner: { email: 'rep@example.com' } },
  workflow: { id: 'w1', name: 'Missed\nchat' },
  runId: 'r1',
};

test('text and HTML say the same of the conversation, and of it only what is known', () => {
  const content = { blocks: readBody('Hi **there**'), about: aboutOf(facts) };
  expect(textOf(content).split('\n')).toEqual([
    'Hi there',
    '',
    '----------',
    'Visitor: Hanna O<b>',
    'E-mail: hanna@northwind.example',
    'Phone: 12',
    'Page: Pricing – javascript:alert(1)',
    'Meeting: no-show, 2026-11-23 10:00 UTC, rep@example.com',
    'Open the conversation: https://app.example/c?a=1&b=2',
    'Sent by the workflow “Missed chat”.',
    '',
  ]);
  const shown = htmlOf(content);
  expect(shown).toContain('Hanna O&lt;b&gt;');
  expect(shown).toContain('href="https://app.example/c?a=1&amp;b=2"');
  expect(shown).toContain('href="mailto:hanna@northwind.example"');
  expect(shown).not.toContain('href="javascript');
  expect(shown).not.toMatch(/<(script|img|link|iframe)|src=|url\(/);
});

test.each([
  ['a\r\nBcc: b@c.example', 'a Bcc: b@c.example'],
  [' a\u2028\tb\u0000 ', 'a b'],
  ['x'.repeat(300), `${'x'.repeat(199)}…`],
  [`${'x'.repeat(198)}😀😀`, `${'x'.repeat(198)}…`],
])('the subject %j', (subject, expected) => {
  expect(subjectOf(subject)).toBe(expected);
});

test('names cannot bring further headers or recipients', async () => {
  const bytes = await bytesOf({
    from: { address: 'baton@example.com', name: 'Sales "EMEA" <x@y.example>, z\r\nBcc: a@b.example' },
    to: [{ address: 'ann@example.com', name: 'Änn\r\nX-Evil: 1' }],
    cc: [],
    subject: 'Subject',
    content: { blocks: readBody('Body') },
    messageId: '<k@example.com>',
    date: 0,
  });
  const head = bytes.toString('latin1').split('\r\n\r\n')[0] ?? '';
  const names = head
    .split('\r\n')
    .filter(line => !/^\s/.test(line))
    .map(line => line.split(':')[0]);
  expect(names).toEqual([
    'Auto-Submitted',
    'From',
    'To',
    'Subject',
    'Message-ID',
    'Date',
    'MIME-Version',
    'Content-Type',
  ]);
  expect(head).toContain('<baton@example.com>');
});

test.each([
  ['550 5.1.1 No such user', { code: 550, enhanced: '5.1.1', text: 'No such user' }],
  ['421-4.7.0 Try later\n421 4.7.0 (12 ab)', { code: 421, enhanced: '4.7.0', text: 'Try later (12 ab)' }],
  ['250', { code: 250, text: '' }],
  ['nonsense', undefined],
  [undefined, undefined],
])('the reply %j', (reply, expected) => {
  expect(readReply(reply)).toEqual(expected);
});

test.each([
  ['Greylisted, try again in 300 seconds', 300_000],
  ['please retry after 5 minutes', 300_000],
  ['back within 1 hour', 3_600_000],
  ['try again later', undefined],
  ['listed in 4 blocklists', undefined],
])('the wait in %j', (text, ms) => {
  expect(waitIn(text)).toBe(ms);
});
