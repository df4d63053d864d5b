import { originAllowed, originMistake } from './origins.ts';

test.each([
  'https://www.example.com',
  'https://example.com:8443',
  'http://localhost:3000',
  'http://127.0.0.1:4010',
  'http://[::1]:4010',
  'https://*.example.com',
  'https://*.shop.example.com:8443',
  'https://xn--mnchen-3ya.de',
])('%s is an origin that a site key may list', origin => {
  expect(originMistake(origin)).toBeUndefined();
});

test.each([
  ['', 'must begin with'],
  ['*', 'must begin with'],
  ['null', 'must begin with'],
  ['www.example.com', 'must begin with'],
  ['file:///etc/passwd', 'must begin with'],
  ['ftp://example.com', 'must begin with'],
  ['https://', 'must be an origin'],
  ['https://*', 'must be an origin'],
  ['https://exam*ple.com', 'must be an origin'],
  ['https://www.*.com', 'must be an origin'],
  ['https://*.*.example.com', 'must be an origin'],
  ['https://*.example.com:*', 'must be an origin'],
  ['https://example.com/', 'https://example.com'],
  ['https://example.com/shop', 'https://example.com'],
  ['https://example.com?x=1', 'https://example.com'],
  ['https://example.com:443', 'https://example.com'],
  ['https://Example.com', 'https://example.com'],
  ['https://münchen.de', 'https://xn--mnchen-3ya.de'],
  ['https://user:pass@example.com', 'https://example.com'],
  ['https://*.Example.com/', 'https://*.example.com'],
  ['https://*.com', 'two parts'],
  ['https://*.0.0.1', 'written as browsers send it'],
  ['https://*.127.0.0.1', 'two parts'],
])('%s is not', (origin, why) => {
  expect(originMistake(origin)).toContain(why);
});

const allowed = ['https://www.example.com', 'https://*.example.org', 'http://localhost:3000'];
test.each([
  ['https://www.example.com', true],
  ['http://localhost:3000', true],
  ['https://shop.example.org', true],
  ['https://a.b.example.org', true],
  ['https://example.org', false],
  ['https://.example.org', false],
  ['https://evilexample.org', false],
  ['https://shop.example.org.evil.com', false],
  ['https://evil.com/.example.org', false],
  ['https://evil.com?x.example.org', false],
  ['http://shop.example.org', false],
  ['https://shop.example.org:8443', false],
  ['http://www.example.com', false],
  ['https://www.example.com:8443', false],
  ['https://example.com', false],
  ['null', false],
  ['', false],
])('a page of %s may use the key: %s', (origin, may) => {
  expect(originAllowed(origin, allowed)).toBe(may);
});
