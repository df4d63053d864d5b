import { startSandbox } from '../../../src/sandbox/server.ts';
import { pressConsent } from '../../../test/support/consent.ts';
import { authorizeUrl, errorOf, redirectUri, useSandbox } from './test-client.ts';

const { app, clock, connect, grant, sandbox } = useSandbox(startSandbox);

describe('the OAuth pages', () => {
  test('a person who presses Allow sends the app a code, and the code buys exactly the documented fields', async () => {
    const oauth = app();
    const callback = await pressConsent(authorizeUrl(oauth), 'allow');
    expect(callback.origin + callback.pathname).toBe(redirectUri);
    expect(callback.searchParams.get('state')).toBe('state-1');
    const tokens = await oauth.requestToken(callback.searchParams.get('code') ?? '');
    const fields = [
      'access_token',
      'id',
      'instance_url',
      'issued_at',
      'refresh_token',
      'scope',
      'signature',
      'token_type',
    ];
    expect(Object.keys(tokens).sort()).toEqual(fields);
    expect(tokens.instance_url).toBe(`${sandbox().url}/salesforce`);
  });

  test('a person who presses Deny sends the app access_denied with its state', async () => {
    const callback = await pressConsent(authorizeUrl(app()), 'deny');
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({ error: 'access_denied', state: 'state-1' });
  });

  test.each([
    ['client_id', { client_id: 'somebody-else' }],
    ['redirect_uri', { redirect_uri: 'javascript:alert(1)' }],
  ])('a wrong %s is refused on the page and sent nowhere', async (_name, wrong) => {
    const url = new URL(authorizeUrl(app()));
    for (const [name, value] of Object.entries(wrong)) url.searchParams.set(name, value);
    const answer = await fetch(url, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  test.each([
    ['without a code challenge', { code_challenge: '' }, 'invalid_request'],
    ['with a plain code challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for a token', { response_type: 'token' }, 'unsupported_response_type'],
    ['for an unknown scope', { scope: 'api everything' }, 'invalid_scope'],
  ])('a request %s is sent back to the app with the error that names it', async (_name, wrong, error) => {
    const url = new URL(authorizeUrl(app()));
    for (const [name, value] of Object.entries(wrong)) url.searchParams.set(name, value);
    const answer = await fetch(url, { redirect: 'manual' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe(error);
  });

  test('a code works once', async () => {
    const oauth = app();
    const code = (await pressConsent(authorizeUrl(oauth), 'allow')).searchParams.get('code') ?? '';
    await oauth.requestToken(code);
    expect((await errorOf(oauth.requestToken(code))).name).toBe('invalid_grant');
  });

  test('a code is too old after a quarter of an hour', async () => {
    const oauth = app();
    const code = (await pressConsent(authorizeUrl(oauth), 'allow')).searchParams.get('code') ?? '';
    clock.now += 15 * 60_000;
    expect((await errorOf(oauth.requestToken(code))).message).toBe('expired authorization code');
  });

  test('another verifier than the one that was hashed is refused', async () => {
    const oauth = app();
    const code = (await pressConsent(authorizeUrl(oauth), 'allow')).searchParams.get('code') ?? '';
    oauth.codeVerifier = 'another-verifier-of-a-fitting-length-0123456789';
    expect((await errorOf(oauth.requestToken(code))).message).toBe('invalid code verifier');
  });
});

describe('tokens', () => {
  test('an expired access token answers INVALID_SESSION_ID, and the client refreshes once and goes on', async () => {
    const connection = await connect();
    sandbox().control('salesforce', { expireAccessTokens: true });
    const { records } = await connection.query('SELECT Id FROM Account');
    expect(records).toHaveLength(4);
    const statuses = sandbox()
      .exchanges()
      .map(({ status }) => status);
    expect(statuses.slice(-3)).toEqual([401, 200, 200]);
  });

  test('a refresh keeps the refresh token unless rotation is on; then the old one is dead', async () => {
    const oauth = app();
    const { refresh_token: first = '' } = await grant(oauth);
    expect((await oauth.refreshToken(first)).refresh_token).toBeUndefined();
    sandbox().control('salesforce', { rotateRefreshTokens: true });
    const { refresh_token: second = '' } = await oauth.refreshToken(first);
    expect(second).not.toBe(first);
    expect(await errorOf(oauth.refreshToken(first))).toMatchObject({
      name: 'invalid_grant',
      message: 'expired access/refresh token',
    });
    await expect(oauth.refreshToken(second)).resolves.toMatchObject({ token_type: 'Bearer' });
  });

  test('the app’s credentials may come by HTTP Basic', async () => {
    const { SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET, SALESFORCE_LOGIN_URL } = sandbox().settings();
    const { refresh_token = '' } = await grant();
    const ask = (secret: string | undefined) => {
      const basic = Buffer.from(`${SALESFORCE_CLIENT_ID}:${secret}`).toString('base64');
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token });
      const headers = { authorization: `Basic ${basic}` };
      return fetch(`${SALESFORCE_LOGIN_URL}/services/oauth2/token`, { method: 'POST', headers, body });
    };
    expect((await ask(SALESFORCE_CLIENT_SECRET)).status).toBe(200);
    const refused = await ask('wrong');
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'invalid_client', error_description: 'invalid client credentials' },
    ]);
  });

  test('a revoked grant refuses the access token and the refresh token', async () => {
    const connection = await connect();
    sandbox().control('salesforce', { revokeGrants: true });
    const error = await errorOf(connection.query('SELECT Id FROM Account'));
    expect(error.message).toContain('expired access/refresh token');
  });

  test('revoking the refresh token takes its access tokens with it', async () => {
    const oauth = app();
    const { refresh_token = '', access_token } = await grant(oauth);
    await oauth.revokeToken(refresh_token);
    const url = `${sandbox().url}/salesforce/services/data/v64.0/limits`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }],
    ]);
  });

  test('who am I, userinfo and introspection name the integration user', async () => {
    const connection = await connect();
    const identity = await connection.identity();
    expect(identity).toMatchObject({
      display_name: 'Integration User',
      organization_id: expect.stringMatching(/^00D\w{15}$/),
    });
    const body = new URLSearchParams({
      token: connection.accessToken ?? '',
      client_id: sandbox().settings().SALESFORCE_CLIENT_ID ?? '',
      client_secret: sandbox().settings().SALESFORCE_CLIENT_SECRET ?? '',
    });
    const answer = await fetch(`${sandbox().url}/salesforce/services/oauth2/introspect`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ active: true, scope: 'api refresh_token id' });
  });
});
