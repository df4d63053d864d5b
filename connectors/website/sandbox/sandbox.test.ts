import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import website from './index.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [website], now: () => Date.parse('2026-11-23T10:00:00Z') });
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.reset());

const get = async (path: string) => {
  const response = await fetch(sandbox.url + path);
  return { policy: response.headers.get('content-security-policy'), text: await response.text() };
};
const tell = (body: unknown) =>
  fetch(`${sandbox.url}/website/heard`, { method: 'POST', body: JSON.stringify(body) }).then(({ status }) => status);

it('is a site with the hub’s script in it, which allows scripts of itself and of the hub and nothing inline', async () => {
  const { policy, text } = await get('/website/?hub=http://hub.example:3000/&key=baton_site_abc&visitor=ann');
  expect(text).toContain(
    '<script src="http://hub.example:3000/baton.js" data-key="baton_site_abc" data-visitor="ann" data-relay async></script>',
  );
  expect(policy).toContain(
    "default-src 'none'; script-src 'self' http://hub.example:3000; connect-src 'self' http://hub",
  );
  expect(policy).not.toContain('unsafe');
  expect(text).not.toMatch(/<style|<script>| on\w+=| style=/);
});

it('says what is missing where it knows no hub, and takes both from its control', async () => {
  expect((await get('/website/')).text).toContain('The hub’s script is not on this page');
  expect((await get('/')).text).toContain('It needs the hub’s address and a site key');
  sandbox.control('website', { hub: 'http://127.0.0.1:3000', key: 'baton_site_abc' });
  expect((await get('/website/pricing')).text).toContain('src="http://127.0.0.1:3000/baton.js"');
  expect((await get('/')).text).not.toContain('It needs the hub’s address');
});

it('shows what pages were told, escaped, and forgets it', async () => {
  expect((await get('/')).text).toContain('No page has heard of anything yet.');
  expect(await tell({ page: 'Home', name: '<b>Hi</b>', data: { a: '<script>' } })).toBe(204);
  expect(sandbox.records('website', 'heard')).toMatchObject([
    { page: 'Home', name: '<b>Hi</b>', data: { a: '<script>' } },
  ]);
  const { text } = await get('/');
  expect(text).toContain('&lt;b&gt;Hi&lt;/b&gt;');
  expect(text).not.toContain('<script>"}');
  sandbox.reset();
  expect(sandbox.records('website', 'heard')).toEqual([]);
});

test.each(['javascript:alert(1)', 'http://a;script-src-elem', 'http://a b', 'no address'])(
  'does not take %s for a hub',
  async hub => {
    const { policy, text } = await get(`/website/?hub=${encodeURIComponent(hub)}&key=k`);
    expect(policy).toContain("script-src 'self'; connect-src 'self';");
    expect(text).not.toContain('baton.js');
    expect(() => sandbox.control('website', { hub })).toThrow();
  },
);

it('escapes what its address says', async () => {
  const query = new URLSearchParams({
    hub: 'http://127.0.0.1:1',
    key: '"><script>alert(1)</script>',
    visitor: '"onload="x',
  });
  const { text } = await get(`/website/?${query}`);
  expect(text).not.toContain('<script>alert');
  expect(text).toContain('data-visitor="&quot;onload=&quot;x"');
});

it('refuses what a page could not have heard', async () => {
  expect(await tell({ name: 7 })).toBe(400);
  expect(await fetch(`${sandbox.url}/website/heard`, { method: 'POST', body: '{' }).then(({ status }) => status)).toBe(
    400,
  );
});
