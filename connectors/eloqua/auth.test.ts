import { type Grant, Secret } from '../../src/sdk/index.ts';
import { type Reply, startScriptedServer } from '../../test/support/scripted-server.ts';
import { failureOf } from '../../test/support/step.ts';
import { auth } from './auth.ts';
import { trustedBase } from './identity.ts';
import eloqua from './index.ts';

let server: Awaited<ReturnType<typeof startScriptedServer>>;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());

const secret = 'secret-with~dashes_and.dots';
const settings = () => ({ ELOQUA_CLIENT_ID: 'client', ELOQUA_CLIENT_SECRET: secret, ELOQUA_LOGIN_URL: server.url });
const call = () => ({ settings: settings(), options: {}, signal: new AbortController().signal });
const redirectUri = 'https://hub/cb';
const held = (): Grant => ({
  accessToken: new Secret('access-1'),
  refreshToken: new Secret('refresh-1'),
  instanceUrl: `${server.url}/p03`,
  extra: { siteId: '42', redirectUri },
});
const token = {
  json: { access_token: 'access-2', token_type: 'bearer', expires_in: 28_800, refresh_token: 'refresh-2' },
};
const identity = () => ({
  json: { site: { id: 42, name: 'Acme' }, user: { id: 7 }, urls: { base: `${server.url}/p06` } },
});
const answering = (reply: Reply) => server.answer(({ path }) => (path === '/id' ? identity() : reply));

test('asks for full access with the state, and without PKCE, which Eloqua does not know', async () => {
  const url = new URL(await auth.authorizeUrl({ ...call(), state: 's1', redirectUri, scopes: auth.scopes }));
  expect(url.origin + url.pathname).toBe(`${server.url}/auth/oauth2/authorize`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    response_type: 'code',
    client_id: 'client',
    redirect_uri: redirectUri,
    scope: 'full',
    state: 's1',
  });
});

test('trades the code with the app’s credentials as they are, then asks where the site is', async () => {
  answering(token);
  const grant = await auth.exchange({ ...call(), code: 'c1', query: { code: 'c1' }, redirectUri });
  const [asked, who] = server.seen;
  const basic = Buffer.from(`client:${secret}`).toString('base64');
  expect(asked?.headers.authorization).toBe(`Basic ${basic}`);
  expect(Object.fromEntries(asked?.form ?? [])).toEqual({
    grant_type: 'authorization_code',
    code: 'c1',
    redirect_uri: redirectUri,
  });
  expect([who?.path, who?.headers.authorization]).toEqual(['/id', 'Bearer access-2']);
  expect([grant.instanceUrl, grant.extra, grant.refreshToken?.reveal()]).toEqual([
    `${server.url}/p06`,
    { siteId: '42', redirectUri },
    'refresh-2',
  ]);
});

test('a refresh sends scope and redirect address along, keeps the new token and the new address', async () => {
  answering(token);
  const grant = await auth.refresh?.({ ...call(), grant: held() });
  expect(Object.fromEntries(server.seen[0]?.form ?? [])).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'refresh-1',
    scope: 'full',
    redirect_uri: redirectUri,
  });
  expect([grant?.refreshToken?.reveal(), grant?.instanceUrl]).toEqual(['refresh-2', `${server.url}/p06`]);
});

const refusal = (error: string, status = 400): Reply => ({ status, json: { error, error_description: 'in words' } });
test.each<[string, Reply, string]>([
  ['a refresh token that was used before', refusal('invalid_grant'), 'unauthorized'],
  ['a wrong client secret', refusal('invalid_client', 401), 'forbidden'],
  [
    'a challenge for other credentials',
    { status: 401, headers: { 'www-authenticate': 'Basic realm="eloqua"' }, text: '' },
    'forbidden',
  ],
  ['too many requests', { status: 429, text: '' }, 'transient'],
  ['an HTML page', { status: 503, text: '<html>down</html>' }, 'transient'],
  ['a reset', { fault: 'reset' }, 'transient'],
  ['200 without a token', { json: {} }, 'transient'],
])('a refresh that meets %s is %s', async (_what, reply, kind) => {
  answering(reply);
  const error = await failureOf(eloqua, auth.refresh?.({ ...call(), grant: held() }) ?? Promise.resolve());
  expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
  expect(JSON.stringify([error.message, error.details])).not.toMatch(/refresh-1|dashes/);
});

test.each([
  ['https://secure.p03.eloqua.com', true],
  ['https://secure.eloqua.com/', true],
  ['http://secure.eloqua.com', false],
  ['https://eloqua.com.evil.example', false],
  ['https://evileloqua.com', false],
  ['', false],
])('takes %s for an address of Eloqua: %s', (base, trusted) => {
  const ask = () => trustedBase(base, {});
  if (trusted) expect(ask()).toBe(base.replace(/\/$/, ''));
  else expect(ask).toThrow(/not one of its own/);
});
