import { clientAt, failureOf, grantAt, rows, server, TOKEN } from '../../test/support/scripted-salesforce.ts';
import type { Reply } from '../../test/support/scripted-server.ts';
import salesforce from './index.ts';

describe('connecting', () => {
  const auth = salesforce.auth;
  if (auth.kind !== 'oauth2') throw new Error('Salesforce connects by OAuth 2');
  const settings = () => ({
    SALESFORCE_CLIENT_ID: 'client',
    SALESFORCE_CLIENT_SECRET: 'client-secret',
    SALESFORCE_LOGIN_URL: server.url,
  });
  const call = () => ({ settings: settings(), options: {}, signal: new AbortController().signal });
  const token = (more = {}) => ({
    json: { access_token: 'access-2', instance_url: server.url, id: 'x', scope: 'api refresh_token', ...more },
  });

  test('sends state, scopes and an S256 challenge', async () => {
    const url = new URL(
      await auth.authorizeUrl({
        settings: settings(),
        options: {},
        state: 'state-1',
        redirectUri: 'https://hub/cb',
        codeChallenge: 'challenge-1',
        scopes: auth.scopes,
      }),
    );
    expect(url.origin + url.pathname).toBe(`${server.url}/services/oauth2/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'client',
      redirect_uri: 'https://hub/cb',
      state: 'state-1',
      scope: 'api refresh_token id',
      code_challenge: 'challenge-1',
      code_challenge_method: 'S256',
    });
  });

  test.each([
    [{}, 'https://login.salesforce.com'],
    [{ environment: 'production' }, 'https://login.salesforce.com'],
    [{ environment: 'sandbox' }, 'https://test.salesforce.com'],
    [{ environment: 'custom', host: 'acme.my.salesforce.com' }, 'https://acme.my.salesforce.com'],
    [
      { environment: 'custom', host: 'acme--dev.sandbox.my.salesforce.mil' },
      'https://acme--dev.sandbox.my.salesforce.mil',
    ],
  ])('signs in for %j at %s', async (options, origin) => {
    const url = await auth.authorizeUrl({ settings: {}, options, state: 's', redirectUri: 'r', scopes: [] });
    expect(new URL(url).origin).toBe(origin);
  });

  test.each([
    '',
    'evil.com',
    'salesforce.com.evil.com',
    'evilsalesforce.com',
    'a.salesforce.com/@evil.com',
    'a.salesforce.com:99',
  ])('refuses the host "%s"', host => {
    const options = { environment: 'custom', host };
    expect(() => auth.authorizeUrl({ settings: {}, options, state: 's', redirectUri: 'r', scopes: [] })).toThrow(
      /must be one of Salesforce/,
    );
    expect(auth.options?.safeParse(options).success).toBe(false);
  });

  test('exchanges the code with the verifier for a grant without an end', async () => {
    server.answer(() => token({ refresh_token: 'refresh-2' }));
    const grant = await auth.exchange({
      ...call(),
      code: 'c1',
      redirectUri: 'https://hub/cb',
      codeVerifier: 'v1',
      query: {},
    });
    expect(Object.fromEntries(server.seen[0]?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'c1',
      code_verifier: 'v1',
      client_id: 'client',
      client_secret: 'client-secret',
      redirect_uri: 'https://hub/cb',
    });
    expect([grant.accessToken.reveal(), grant.refreshToken?.reveal(), grant.expiresAt, grant.instanceUrl]).toEqual([
      'access-2',
      'refresh-2',
      undefined,
      server.url,
    ]);
  });

  test('refuses to send tokens to an address that is not Salesforce’s', async () => {
    server.answer(() => token({ instance_url: 'https://evil.example' }));
    await expect(auth.exchange({ ...call(), code: 'c', redirectUri: 'r', query: {} })).rejects.toMatchObject({
      kind: 'rejected',
    });
  });

  test.each([
    ['keeps the old refresh token where none came', {}, 'refresh-1'],
    ['keeps the new one where it rotates', { refresh_token: 'refresh-2' }, 'refresh-2'],
  ])('a refresh %s', async (_what, more, kept) => {
    server.answer(() => token(more));
    const grant = await auth.refresh?.({ ...call(), grant: { ...grantAt(server.url), extra: { a: 'b' } } });
    expect([grant?.accessToken.reveal(), grant?.refreshToken?.reveal(), grant?.extra]).toEqual([
      'access-2',
      kept,
      { a: 'b' },
    ]);
    expect(server.seen[0]?.form.get('refresh_token')).toBe('refresh-1');
  });

  test.each<[string, Reply, string]>([
    [
      'a revoked grant',
      { status: 400, json: { error: 'invalid_grant', error_description: 'expired access/refresh token' } },
      'unauthorized',
    ],
    [
      'an inactive user',
      { status: 400, json: { error: 'inactive_user', error_description: 'user is inactive' } },
      'unauthorized',
    ],
    [
      'a wrong client secret',
      { status: 400, json: { error: 'invalid_client', error_description: 'invalid client credentials' } },
      'forbidden',
    ],
    ['an HTML page', { status: 503, text: '<html>down</html>' }, 'transient'],
    ['a reset', { fault: 'reset' }, 'transient'],
    ['200 without a token', { json: {} }, 'transient'],
  ])('a refresh that meets %s is %s', async (_what, reply, kind) => {
    server.answer(() => reply);
    const error = await failureOf(auth.refresh?.({ ...call(), grant: grantAt(server.url) }) ?? Promise.resolve());
    expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/refresh-1|client-secret/);
  });

  test.each<[string, Reply]>([
    ['works', { status: 200 }],
    [
      'takes an already dead token for revoked',
      { status: 400, json: { error: 'invalid_token', error_description: 'x' } },
    ],
  ])('revoking %s', async (_what, reply) => {
    server.answer(() => reply);
    await auth.revoke?.({ ...call(), grant: grantAt(server.url) });
    expect(server.seen.map(({ path, body }) => `${path} ${body}`)).toEqual(['/services/oauth2/revoke token=refresh-1']);
  });

  test('a revoke that meets an outage is transient', async () => {
    server.answer(() => ({ status: 503 }));
    await expect(auth.revoke?.({ ...call(), grant: grantAt(server.url) })).rejects.toMatchObject({ kind: 'transient' });
  });

  const user = {
    sub: 'x',
    user_id: '005000000000001AAA',
    organization_id: '00D000000000001AAA',
    preferred_username: 'hub@acme.com',
    zoneinfo: 'Europe/Berlin',
  };
  const whoAmI = () =>
    salesforce.whoAmI?.({
      client: clientAt(server.url),
      signal: new AbortController().signal,
      settings: {},
    });

  test('says who is connected and how many calls are left, with the token in a header and never in the address', async () => {
    server.answer(({ path }) =>
      path.endsWith('/userinfo')
        ? { json: user }
        : {
            ...rows([
              { Id: '00D000000000001AAA', Name: 'Acme', OrganizationType: 'Enterprise Edition', IsSandbox: true },
            ]),
            headers: { 'sforce-limit-info': 'api-usage=18/15000' },
          },
    );
    expect(await whoAmI()).toEqual({
      id: '00D000000000001AAA',
      name: 'Acme',
      user: 'hub@acme.com',
      url: server.url,
      details: {
        orgId: '00D000000000001AAA',
        userId: '005000000000001AAA',
        username: 'hub@acme.com',
        timeZone: 'Europe/Berlin',
        edition: 'Enterprise Edition',
        environment: 'sandbox',
        apiCallsLeft: '14982',
        apiCallsLimit: '15000',
      },
    });
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect([...(server.seen[0]?.query ?? [])]).toEqual([]);
  });

  test('connects a user who may not read the organization, by the name of the host', async () => {
    server.answer(({ path }) =>
      path.endsWith('/userinfo')
        ? { json: user }
        : { status: 400, json: [{ errorCode: 'INVALID_TYPE', message: 'sObject type Organization is not supported' }] },
    );
    const account = await whoAmI();
    expect(account).toMatchObject({ name: new URL(server.url).host, details: { timeZone: 'Europe/Berlin' } });
    expect(account?.details).not.toHaveProperty('edition');
  });

  test('takes the bare word of the userinfo endpoint for a dead token', async () => {
    server.answer(() => ({ status: 403, text: 'Bad_OAuth_Token' }));
    const signal = new AbortController().signal;
    const asked = salesforce.whoAmI?.({ client: clientAt(server.url), signal, settings: {} });
    expect((await failureOf(Promise.resolve(asked))).kind).toBe('unauthorized');
  });

  test('offers active users as owners, by any part of their name', async () => {
    server.answer(() => rows([{ Id: '0051', Name: 'Ann', Username: 'ann@acme.com' }]));
    const options = { client: clientAt(server.url), signal: new AbortController().signal, settings: {} };
    expect(await salesforce.pickLists?.owners?.(options, { search: "a_n's" })).toEqual({
      options: [{ value: '0051', label: 'Ann (ann@acme.com)' }],
    });
    expect(server.seen[0]?.query.get('q')).toBe(
      "SELECT Id, Name, Username FROM User WHERE IsActive = true AND Name LIKE '%a\\_n\\'s%' ORDER BY Name ASC LIMIT 200",
    );
  });
});
