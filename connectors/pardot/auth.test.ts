import { type Grant, Secret } from '../../src/sdk/index.ts';
import { type Reply, startScriptedServer } from '../../test/support/scripted-server.ts';
import { failureOf } from '../../test/support/step.ts';
import { auth } from './auth.ts';
import { demoApiUrl } from './hosts.ts';
import pardot from './index.ts';

const businessUnit = '0Uv5e0000004CQSCA2';
let server: Awaited<ReturnType<typeof startScriptedServer>>;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.close());

const settings = () => ({
  SALESFORCE_CLIENT_ID: 'client',
  SALESFORCE_CLIENT_SECRET: 'client-secret',
  SALESFORCE_LOGIN_URL: server.url,
});
const call = () => ({ settings: settings(), options: { businessUnit }, signal: new AbortController().signal });
const held = (): Grant => ({
  accessToken: new Secret('access-1'),
  refreshToken: new Secret('refresh-1'),
  instanceUrl: server.url,
  extra: { businessUnitId: businessUnit, apiUrl: 'https://pi.demo.pardot.com' },
});
const token = (more = {}) => ({
  json: { access_token: 'access-2', token_type: 'Bearer', instance_url: server.url, scope: 'pardot_api id', ...more },
});
const exchange = () =>
  auth.exchange({ ...call(), code: 'c1', query: { code: 'c1' }, redirectUri: 'https://hub/cb', codeVerifier: 'v1' });

test('asks Salesforce for pardot_api with state and an S256 challenge', async () => {
  const asked = {
    ...call(),
    state: 'state-1',
    redirectUri: 'https://hub/cb',
    codeChallenge: 'c1',
    scopes: auth.scopes,
  };
  const url = new URL(await auth.authorizeUrl(asked));
  expect(url.origin + url.pathname).toBe(`${server.url}/services/oauth2/authorize`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    response_type: 'code',
    client_id: 'client',
    redirect_uri: 'https://hub/cb',
    scope: 'pardot_api refresh_token id',
    state: 'state-1',
    code_challenge: 'c1',
    code_challenge_method: 'S256',
  });
});

test.each([
  [{}, 'https://login.salesforce.com', undefined],
  [{ environment: 'production' }, 'https://login.salesforce.com', undefined],
  [{ environment: 'developer' }, 'https://login.salesforce.com', 'https://pi.demo.pardot.com'],
  [{ environment: 'sandbox' }, 'https://test.salesforce.com', 'https://pi.demo.pardot.com'],
  [{ environment: 'custom', host: 'acme.my.salesforce.com' }, 'https://acme.my.salesforce.com', undefined],
  [
    { environment: 'custom', host: 'acme--uat.sandbox.my.salesforce.com' },
    'https://acme--uat.sandbox.my.salesforce.com',
    'https://pi.demo.pardot.com',
  ],
  [
    { environment: 'custom', host: 'acme-dev-ed.develop.my.salesforce.com' },
    'https://acme-dev-ed.develop.my.salesforce.com',
    'https://pi.demo.pardot.com',
  ],
])('%j signs in at %s and is called at %s', async (options, origin, api) => {
  const asked = { settings: {}, options: options as Record<string, string>, state: 's', redirectUri: 'r', scopes: [] };
  expect(new URL(await auth.authorizeUrl(asked)).origin).toBe(origin);
  expect(demoApiUrl(asked.options)).toBe(api);
});

test('a sign-in address of its own goes before the one of Salesforce', async () => {
  const own = { ...settings(), PARDOT_LOGIN_URL: 'http://127.0.0.1:1/pardot/' };
  const url = await auth.authorizeUrl({ settings: own, options: {}, state: 's', redirectUri: 'r', scopes: [] });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:1\/pardot\/services\/oauth2\/authorize\?/);
});

test.each(['', 'evil.com', 'salesforce.com.evil.com', 'evilsalesforce.com', 'a.salesforce.com/@evil.com'])(
  'refuses the host "%s"',
  host => {
    const options = { environment: 'custom', host, businessUnit };
    const asked = { settings: {}, options, state: 's', redirectUri: 'r', scopes: [] };
    expect(() => auth.authorizeUrl(asked)).toThrow(/must be one of Salesforce/);
    expect(auth.options?.safeParse(options).success).toBe(false);
  },
);

test('trades the code with the verifier for a grant that names its business unit', async () => {
  server.answer(() => token({ refresh_token: 'refresh-2' }));
  const grant = await exchange();
  expect(Object.fromEntries(server.seen[0]?.form ?? [])).toMatchObject({
    grant_type: 'authorization_code',
    code: 'c1',
    code_verifier: 'v1',
    client_id: 'client',
    client_secret: 'client-secret',
    redirect_uri: 'https://hub/cb',
  });
  expect([grant.accessToken.reveal(), grant.refreshToken?.reveal(), grant.expiresAt, grant.extra]).toEqual([
    'access-2',
    'refresh-2',
    undefined,
    { businessUnitId: businessUnit },
  ]);
});

test('refuses to send tokens to an address that is not Salesforce’s', async () => {
  server.answer(() => token({ instance_url: 'https://evil.example' }));
  await expect(exchange()).rejects.toMatchObject({ kind: 'rejected' });
});

test.each([
  ['keeps the old refresh token where none came', {}, 'refresh-1'],
  ['keeps the new one where it rotates', { refresh_token: 'refresh-2' }, 'refresh-2'],
])('a refresh %s', async (_what, more, kept) => {
  server.answer(() => token(more));
  const grant = await auth.refresh?.({ ...call(), grant: held() });
  expect([grant?.accessToken.reveal(), grant?.refreshToken?.reveal(), grant?.extra]).toEqual([
    'access-2',
    kept,
    held().extra,
  ]);
});

const refusal = (error: string, status = 400): Reply => ({ status, json: { error, error_description: 'in words' } });
test.each<[string, Reply, string]>([
  ['a revoked grant', refusal('invalid_grant'), 'unauthorized'],
  ['an inactive user', refusal('inactive_user'), 'unauthorized'],
  ['an inactive org', refusal('inactive_org'), 'unauthorized'],
  ['a wrong client secret', refusal('invalid_client'), 'forbidden'],
  ['an app that was blocked', refusal('OAUTH_APP_BLOCKED'), 'forbidden'],
  ['a busy server', refusal('server_error'), 'transient'],
  ['a 503 with words', refusal('invalid_grant', 503), 'transient'],
  ['an HTML page', { status: 503, text: '<html>down</html>' }, 'transient'],
  ['a reset', { fault: 'reset' }, 'transient'],
  ['200 without a token', { json: {} }, 'transient'],
])('a refresh that meets %s is %s', async (_what, reply, kind) => {
  server.answer(() => reply);
  const error = await failureOf(pardot, auth.refresh?.({ ...call(), grant: held() }) ?? Promise.resolve());
  expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
  expect(JSON.stringify([error.message, error.details])).not.toMatch(/refresh-1|client-secret/);
});

test.each<[string, Reply]>([
  ['works', { status: 200 }],
  ['takes an already dead token for revoked', refusal('invalid_token')],
  ['takes a token of an unknown kind for revoked', refusal('unsupported_token_type')],
])('revoking %s', async (_what, reply) => {
  server.answer(() => reply);
  await auth.revoke?.({ ...call(), grant: held() });
  expect(server.seen.map(({ path, form }) => [path, form.get('token')])).toEqual([
    ['/services/oauth2/revoke', 'refresh-1'],
  ]);
});

test('revoking at a server that is down is transient', async () => {
  server.answer(() => ({ status: 503 }));
  await expect(auth.revoke?.({ ...call(), grant: held() })).rejects.toMatchObject({ kind: 'transient' });
});
