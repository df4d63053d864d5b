import { createHash } from 'node:crypto';
import {
  type Answer,
  type Browser,
  browserOf,
  type ConnectingHub,
  startConnectingHub,
} from '../../../test/support/connecting.ts';
import { StepError } from '../../sdk/index.ts';

describe('connecting an account in a browser', () => {
  let hub: ConnectingHub;
  beforeEach(async () => {
    hub = await startConnectingHub();
  });
  afterEach(() => hub.close());

  it('sends the browser to the vendor with a state of its own, PKCE and our address', async () => {
    const answer = await hub.send('GET', '/v1/connect/fake?environment=sandbox');
    expect(answer.status).toBe(302);
    const { vendorUrl, state } = browserOf(answer);
    expect(Object.fromEntries(vendorUrl.searchParams)).toMatchObject({
      redirect_uri: 'http://hub.example/v1/oauth/fake/callback',
      scope: 'api',
      environment: 'sandbox',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(Buffer.from(state, 'base64url')).toHaveLength(32);
    expect((await hub.begin()).state).not.toBe(state);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^baton_oauth_\w{16}=[\w-]{43}; Max-Age=600; Path=\/v1\/oauth\/fake\/callback; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
  });

  it('marks its cookie Secure where the hub is reached by https, and takes redirects from PUBLIC_URL alone', async () => {
    await hub.close();
    hub = await startConnectingHub('https://hub.example/baton');
    const answer = await hub.send('GET', '/v1/connect/fake', { headers: { 'x-forwarded-host': 'evil.example' } });
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /Path=\/baton\/v1\/oauth\/fake\/callback;.*; Secure; SameSite=Lax/,
    );
    expect(browserOf(answer).vendorUrl.searchParams.get('redirect_uri')).toBe(
      'https://hub.example/baton/v1/oauth/fake/callback',
    );
  });

  it('stores the account, says whose it is, and sends the verifier that fits the challenge', async () => {
    const browser = await hub.begin();
    const answer = await hub.comeBack(browser);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('Fake CRM is connected');
    expect(answer.body).toContain('Account: Acme, signed in as ada@acme.example (for the whole workspace).');
    const verifier = hub.vendor.calls[0]!.split(' ')[2]!;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    expect(browser.vendorUrl.searchParams.get('code_challenge')).toBe(challenge);
    expect(await hub.connections()).toMatchObject([
      {
        connector: 'fake', status: 'active', user: null, reason: null, options: { environment: 'production' },
        account: { id: 'org-1', name: 'Acme' }, createdAt: '2026-11-20T10:00:00.000Z',
      }, // biome-ignore format: short
    ]);
  });

  it('answers with pages that load nothing, are not kept and tell the vendor’s page nothing', async () => {
    const { headers } = await hub.comeBack(await hub.begin());
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; .*frame-ancestors 'none'/,
    );
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer']);
    expect(headers.getSetCookie()[0]).toMatch(/^baton_oauth_\w{16}=; Max-Age=0;/);
  });

  it.each<[string, (browser: Browser) => Promise<Answer> | Answer, RegExp]>([
    ['a state nobody made', browser => hub.comeBack({ ...browser, state: 'x'.repeat(43) }), /not known here/],
    ['no state', browser => hub.comeBack({ ...browser, state: '' }), /not known here/],
    ['another connector’s callback', browser => hub.comeBack(browser, { code: 'c' }, 'keyed'), /not known here/],
    ['no cookie', browser => hub.comeBack({ ...browser, cookie: '' }), /another browser/],
    [
      'the cookie of another flow',
      async browser => hub.comeBack({ ...browser, cookie: (await hub.begin()).cookie }),
      /another browser/,
    ],
    [
      'a cookie with another value',
      browser => hub.comeBack({ ...browser, cookie: `${browser.cookie.split('=')[0]}=${'x'.repeat(43)}` }),
      /another browser/,
    ],
    [
      'a state that is ten minutes old',
      browser => {
        hub.clock.time += 600_000;
        return hub.comeBack(browser);
      },
      /longer than ten minutes/,
    ],
    [
      'a state that was used already',
      async browser => {
        await hub.comeBack(browser, { error: 'access_denied' });
        return hub.comeBack(browser);
      },
      /finished already/,
    ],
    ['no code', browser => hub.comeBack(browser, {}), /sent no code back/],
  ])('refuses %s, connects nothing and says what to do', async (_what, misuse, told) => {
    const answer = await misuse(await hub.begin());
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(told);
    expect(answer.body).toMatch(/[Ss]tart/);
    expect(hub.vendor.calls).toEqual([]);
    expect(await hub.connections()).toEqual([]);
  });

  it('spends a state that turns up in another browser', async () => {
    const browser = await hub.begin();
    await hub.comeBack({ ...browser, cookie: '' });
    expect((await hub.comeBack(browser)).body).toMatch(/not known here/);
  });

  it('shows the vendor’s words when it refuses, harmless', async () => {
    const answer = await hub.comeBack(await hub.begin(), {
      error: 'access_denied',
      error_description: '<script>alert("no")</script>',
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('Access was not granted');
    expect(answer.body).toContain('access_denied: &lt;script&gt;alert(&quot;no&quot;)&lt;/script&gt;');
    expect(answer.body).not.toContain('<script');
  });

  it('shows nobody’s words without a state of ours', async () => {
    const answer = await hub.comeBack({ state: 'x', cookie: '' }, { error: 'Call 555-0100 now' });
    expect(answer.body).not.toContain('555');
  });

  it('says why where the code is not taken, or the account cannot be asked for', async () => {
    hub.vendor.faults.push(
      new StepError('rejected', 'The code has expired.', { vendorMessage: 'invalid_grant: authentication failure' }),
    );
    const first = await hub.comeBack(await hub.begin());
    expect(first.body).toContain('did not hand out access: The code has expired.');
    expect(first.body).toContain('invalid_grant: authentication failure');
    hub.vendor.refusesAll = true;
    expect((await hub.comeBack(await hub.begin())).body).toContain('does not say to which account');
    expect(await hub.connections()).toEqual([]);
  });

  it('reconnects the same account in its row, and asks to disconnect before another one', async () => {
    const { id } = await hub.connect();
    await hub.comeBack(await hub.begin());
    expect((await hub.connections()).map(row => row.id)).toEqual([id]);
    hub.vendor.account = { id: 'org-2', name: 'Globex' };
    const answer = await hub.comeBack(await hub.begin());
    expect(answer.status).toBe(409);
    expect(answer.body).toContain('Acme is connected already. Disconnect it first');
    expect(await hub.connections()).toHaveLength(1);
  });

  it.each([
    ['an unknown connector', '/v1/connect/nothing', 404, { detail: 'There is no connector "nothing".' }],
    [
      'one with typed values',
      '/v1/connect/keyed',
      409,
      { detail: 'Keyed is connected with typed values: POST /v1/connections.' },
    ],
    [
      'a wrong option',
      '/v1/connect/fake?environment=moon',
      400,
      { errors: [{ path: 'environment', message: 'must be "production" or "sandbox"' }] },
    ],
    [
      'an unknown option',
      '/v1/connect/fake?nothing=1',
      400,
      { errors: [{ path: 'nothing', message: 'is not known here' }] },
    ],
  ])('does not start OAuth for %s', async (_what, address, status, body) => {
    expect(await hub.send('GET', address)).toMatchObject({ status, body });
  });

  it('names the settings without which nothing can be connected', async () => {
    hub.settings.FAKE_CLIENT_ID = undefined;
    const { status, body } = await hub.send('GET', '/v1/connect/fake');
    expect(status).toBe(409);
    expect(body).toMatchObject({
      detail: 'Fake CRM cannot be connected yet: FAKE_CLIENT_ID must be set in the environment.',
    });
  });

  it('starts OAuth for admins only', async () => {
    expect((await hub.send('GET', '/v1/connect/fake', { headers: { authorization: '' } })).status).toBe(401);
    expect(
      (await hub.send('POST', '/v1/connect-links', { body: { connector: 'fake' }, headers: { authorization: '' } }))
        .status,
    ).toBe(401);
  });

  describe('links', () => {
    const makeLink = async (body: Record<string, unknown> = {}) => {
      const answer = await hub.send('POST', '/v1/connect-links', { body: { connector: 'fake', ...body } });
      expect(answer.status).toBe(201);
      const { url, expiresAt } = answer.body as { url: string; expiresAt: string };
      return { path: new URL(url).pathname, expiresAt };
    };
    const follow = (path: string, method = 'GET') => hub.send(method, path, { headers: { authorization: '' } });

    it('start OAuth in any browser, and are used up once an account is connected', async () => {
      const { path, expiresAt } = await makeLink({ options: { environment: 'sandbox' } });
      expect(expiresAt).toBe('2026-11-20T11:00:00.000Z');
      const [preview, mine, late] = [await follow(path), await follow(path), await follow(path)].map(browserOf);
      expect(preview!.vendorUrl.searchParams.get('environment')).toBe('sandbox');
      expect((await hub.comeBack(preview!, { error: 'access_denied' })).status).toBe(400);
      expect((await hub.comeBack(mine!)).status).toBe(200);
      expect(await hub.comeBack(late!)).toMatchObject({
        status: 410,
        body: expect.stringContaining('has been used already'),
      });
      expect(await follow(path)).toMatchObject({ status: 410, body: expect.stringContaining('has been used already') });
      expect(await hub.connections()).toMatchObject([{ status: 'active' }]);
    });

    it('begin nothing for a HEAD request', async () => {
      const { path } = await makeLink();
      expect((await follow(path, 'HEAD')).headers.getSetCookie()).toEqual([]);
      expect(await hub.database.read('SELECT * FROM oauth_states')).toEqual([]);
    });

    it('connect a rep’s own account for seven days, whoever opens them', async () => {
      const { path, expiresAt } = await makeLink({ user: 'Ada@acme.example' });
      expect(expiresAt).toBe('2026-11-27T10:00:00.000Z');
      hub.clock.time += 6 * 24 * 3_600_000;
      const answer = await hub.comeBack(browserOf(await follow(path)));
      expect(answer.body).toContain('(for ada@acme.example)');
      expect(await hub.connections()).toMatchObject([{ user: 'ada@acme.example' }]);
    });

    it('end', async () => {
      const { path } = await makeLink();
      hub.clock.time += 3_600_000;
      expect(await follow(path)).toMatchObject({ status: 410, body: expect.stringContaining('for a new one') });
      expect((await follow('/connect/nonsense')).status).toBe(410);
    });

    it('are refused for what cannot be connected this way', async () => {
      expect((await hub.send('POST', '/v1/connect-links', { body: { connector: 'keyed' } })).status).toBe(409);
      const answer = await hub.send('POST', '/v1/connect-links', {
        body: { connector: 'fake', options: { environment: 'moon' } },
      });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'options.environment' }] } });
    });
  });
});
