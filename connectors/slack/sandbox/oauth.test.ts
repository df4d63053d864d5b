import { startSandbox } from '../../../src/sandbox/server.ts';
import { pressConsent } from '../../../test/support/consent.ts';
import { errorOf, redirectUri, useSandbox } from './test-client.ts';

const { app, authorizeUrl, clock, install, open, sandbox } = useSandbox(startSandbox);

describe('installing the app', () => {
  test('a person who presses Allow sends the app a code, and the code buys a bot token', async () => {
    const answer = await install('chat:write,users:read');
    expect(answer).toMatchObject({
      ok: true,
      token_type: 'bot',
      scope: 'chat:write,users:read',
      access_token: expect.stringMatching(/^xoxb-/),
      team: { id: expect.stringMatching(/^T[A-Z0-9]{8,}$/) },
    });
    expect(answer.expires_in).toBeUndefined();
  });

  test('a person who presses Deny sends the app access_denied with its state', async () => {
    const callback = await pressConsent(authorizeUrl('chat:write'), 'deny');
    expect(Object.fromEntries(callback.searchParams)).toEqual({ error: 'access_denied', state: 'state-1' });
  });

  test.each([
    ['an unknown app', { client_id: '1.2' }, 'invalid_client_id'],
    ['a redirect address that is none', { redirect_uri: 'nowhere' }, 'bad_redirect_uri'],
    ['an unknown scope', { scope: 'chat:write,world:rule' }, 'invalid_scope'],
  ])('%s is refused on the page', async (_name, wrong, error) => {
    const answer = await fetch(authorizeUrl('chat:write', wrong), { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(error);
  });

  test('a code works once, with the right secret and the same redirect address', async () => {
    const code = (await pressConsent(authorizeUrl('chat:write'), 'allow')).searchParams.get('code') ?? '';
    const call = { ...app(), code, redirect_uri: redirectUri };
    const { access } = open().oauth.v2;
    expect(await errorOf(access({ ...call, client_secret: 'x' }))).toMatchObject({ error: 'bad_client_secret' });
    expect(await errorOf(access({ ...call, redirect_uri: 'https://else.example' }))).toMatchObject({
      error: 'bad_redirect_uri',
    });
    await access(call);
    expect(await errorOf(access(call))).toMatchObject({ error: 'code_already_used' });
  });

  test('the app’s credentials may come by HTTP Basic', async () => {
    const code = (await pressConsent(authorizeUrl('chat:write'), 'allow')).searchParams.get('code') ?? '';
    const { client_id, client_secret } = app();
    const answer = await fetch(`${sandbox().settings().SLACK_API_URL}oauth.v2.access`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
      body: new URLSearchParams({ code, redirect_uri: redirectUri }),
    });
    expect(await answer.json()).toMatchObject({ ok: true });
    expect(JSON.stringify(sandbox().exchanges())).not.toContain(client_secret);
  });

  test('with rotation a token lives twelve hours, and its refresh token works once', async () => {
    sandbox().control('slack', { rotateTokens: true });
    const { access_token, refresh_token = '', expires_in } = await install();
    expect(expires_in).toBe(43_200);
    clock.now += 43_200_000;
    expect(await errorOf(open(access_token).auth.test())).toMatchObject({ error: 'token_expired' });
    const refresh = { ...app(), grant_type: 'refresh_token' as const, refresh_token };
    const next = await open().oauth.v2.access(refresh);
    expect(await open(next.access_token).auth.test()).toMatchObject({ ok: true });
    expect(await errorOf(open().oauth.v2.access(refresh))).toMatchObject({ error: 'invalid_refresh_token' });
  });
});

describe('tokens', () => {
  test('an unknown token is invalid_auth, a revoked one token_revoked', async () => {
    expect(await errorOf(open('xoxb-nobody').auth.test())).toMatchObject({ error: 'invalid_auth' });
    const own = open((await install()).access_token);
    await own.auth.revoke();
    expect(await errorOf(own.auth.test())).toMatchObject({ error: 'token_revoked' });
  });

  test('a method that a token has no scope for is missing_scope with what is needed and what is there', async () => {
    const { access_token } = await install('chat:write');
    const error = await errorOf(open(access_token).users.lookupByEmail({ email: 'dana.whitfield@brightline.example' }));
    expect(error).toMatchObject({ error: 'missing_scope', needed: 'users:read.email', provided: 'chat:write' });
  });
});
