import { createHash, randomBytes } from 'node:crypto';
import { type FakeVendor, fakeVendor, invalidGrant, keyConnector } from '../../../test/support/fake-vendor.ts';
import { startHub, type TestHub } from '../../../test/support/http.ts';
import { OAuthFlow } from '../../connections/oauth.ts';
import { ConnectionStore } from '../../connections/store.ts';
import { Tokens } from '../../connections/tokens.ts';
import { createVault } from '../../connections/vault.ts';
import { entities } from '../../db/entities.ts';
import { StepError } from '../../sdk/index.ts';
import { connectRoutes } from './connect.ts';
import { connectionRoutes } from './connections.ts';

type Answer = Awaited<ReturnType<TestHub['send']>>;
type Shown = { id: string; status: string; reason: string | null; user: string | null };

describe('connecting accounts', () => {
  let hub: TestHub;
  let vendor: FakeVendor;
  let publicUrl: string;
  let settings: Record<string, string | undefined>;
  const vault = createVault([randomBytes(32)]);

  const open = async () => {
    hub = await startHub(({ database, clock, log }) => {
      const now = () => clock.now();
      vendor = fakeVendor(now);
      const keyed = keyConnector(false, now).connector;
      const find = (id: string) =>
        id === 'fake'
          ? { connector: vendor.connector, settings }
          : id === 'keyed'
            ? { connector: keyed, settings: {} }
            : undefined;
      const store = new ConnectionStore({ database, vault, clock });
      const tokens = new Tokens({ database, vault, clock, store, find, sleep: () => new Promise(setImmediate) });
      const flow = new OAuthFlow({ database, vault, clock, store, find, publicUrl });
      const services = { database, clock, log, store, tokens, flow, find, publicUrl };
      return { routes: [...connectionRoutes(services), ...connectRoutes(services)] };
    });
  };
  beforeEach(async () => {
    publicUrl = 'http://hub.example';
    settings = { FAKE_CLIENT_ID: 'client' };
    await open();
  });
  afterEach(() => hub.close());

  /** What a browser does: follows our redirect with its cookie, and comes back from the vendor with the state. */
  type Browser = { state: string; cookie: string; vendorUrl: URL };
  const browserOf = (answer: Answer): Browser => {
    const vendorUrl = new URL(answer.headers.get('location')!);
    const [cookie] = answer.headers.getSetCookie();
    return { state: vendorUrl.searchParams.get('state')!, cookie: cookie!.split(';')[0]!, vendorUrl };
  };
  const begin = async (address = '/v1/connect/fake') => browserOf(await hub.send('GET', address));
  const comeBack = (
    { state, cookie }: Browser,
    more: Record<string, string> = { code: 'code-1' },
    connector = 'fake',
  ) =>
    hub.send('GET', `/v1/oauth/${connector}/callback?${new URLSearchParams({ state, ...more })}`, {
      headers: { cookie, authorization: '' },
    });
  const connections = async () => ((await hub.send('GET', '/v1/connections')).body as { data: Shown[] }).data;
  const connect = async () => {
    await comeBack(await begin());
    return (await connections())[0]!;
  };

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
    expect((await begin()).state).not.toBe(state);
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^baton_oauth_\w{16}=[\w-]{43}; Max-Age=600; Path=\/v1\/oauth\/fake\/callback; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
  });

  it('marks its cookie Secure where the hub is reached by https, and takes redirects from PUBLIC_URL alone', async () => {
    await hub.close();
    publicUrl = 'https://hub.example/baton';
    await open();
    const answer = await hub.send('GET', '/v1/connect/fake', { headers: { 'x-forwarded-host': 'evil.example' } });
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /Path=\/baton\/v1\/oauth\/fake\/callback;.*; Secure; SameSite=Lax/,
    );
    expect(browserOf(answer).vendorUrl.searchParams.get('redirect_uri')).toBe(
      'https://hub.example/baton/v1/oauth/fake/callback',
    );
  });

  it('stores the account, says whose it is, and sends the verifier that fits the challenge', async () => {
    const browser = await begin();
    const answer = await comeBack(browser);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('Fake CRM is connected');
    expect(answer.body).toContain('Account: Acme, signed in as ada@acme.example (for the whole workspace).');
    const verifier = vendor.calls[0]!.split(' ')[2]!;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    expect(browser.vendorUrl.searchParams.get('code_challenge')).toBe(challenge);
    expect(await connections()).toMatchObject([
      {
        connector: 'fake', status: 'active', user: null, reason: null, options: { environment: 'production' },
        account: { id: 'org-1', name: 'Acme' }, createdAt: '2026-11-20T10:00:00.000Z',
      }, // biome-ignore format: short
    ]);
  });

  it('answers with pages that load nothing, are not kept and tell the vendor’s page nothing', async () => {
    const { headers } = await comeBack(await begin());
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; .*frame-ancestors 'none'/,
    );
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer']);
    expect(headers.getSetCookie()[0]).toMatch(/^baton_oauth_\w{16}=; Max-Age=0;/);
  });

  it.each<[string, (browser: Browser) => Promise<Answer> | Answer, RegExp]>([
    ['a state nobody made', browser => comeBack({ ...browser, state: 'x'.repeat(43) }), /not known here/],
    ['no state', browser => comeBack({ ...browser, state: '' }), /not known here/],
    ['another connector’s callback', browser => comeBack(browser, { code: 'c' }, 'keyed'), /not known here/],
    ['no cookie', browser => comeBack({ ...browser, cookie: '' }), /another browser/],
    [
      'the cookie of another flow',
      async browser => comeBack({ ...browser, cookie: (await begin()).cookie }),
      /another browser/,
    ],
    [
      'a cookie with another value',
      browser => comeBack({ ...browser, cookie: `${browser.cookie.split('=')[0]}=${'x'.repeat(43)}` }),
      /another browser/,
    ],
    [
      'a state that is ten minutes old',
      browser => {
        hub.clock.time += 600_000;
        return comeBack(browser);
      },
      /longer than ten minutes/,
    ],
    [
      'a state that was used already',
      async browser => {
        await comeBack(browser, { error: 'access_denied' });
        return comeBack(browser);
      },
      /finished already/,
    ],
    ['no code', browser => comeBack(browser, {}), /sent no code back/],
  ])('refuses %s, connects nothing and says what to do', async (_what, misuse, told) => {
    const answer = await misuse(await begin());
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(told);
    expect(answer.body).toMatch(/[Ss]tart/);
    expect(vendor.calls).toEqual([]);
    expect(await connections()).toEqual([]);
  });

  it('spends a state that turns up in another browser', async () => {
    const browser = await begin();
    await comeBack({ ...browser, cookie: '' });
    expect((await comeBack(browser)).body).toMatch(/not known here/);
  });

  it('shows the vendor’s words when it refuses, harmless', async () => {
    const answer = await comeBack(await begin(), {
      error: 'access_denied',
      error_description: '<script>alert("no")</script>',
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('Access was not granted');
    expect(answer.body).toContain('access_denied: &lt;script&gt;alert(&quot;no&quot;)&lt;/script&gt;');
    expect(answer.body).not.toContain('<script');
  });

  it('shows nobody’s words without a state of ours', async () => {
    const answer = await comeBack(
      { state: 'x', cookie: '', vendorUrl: new URL('http://x') },
      { error: 'Call 555-0100 now' },
    );
    expect(answer.body).not.toContain('555');
  });

  it('says why where the code is not taken, or the account cannot be asked for', async () => {
    vendor.faults.push(
      new StepError('rejected', 'The code has expired.', { vendorMessage: 'invalid_grant: authentication failure' }),
    );
    const first = await comeBack(await begin());
    expect(first.body).toContain('did not hand out access: The code has expired.');
    expect(first.body).toContain('invalid_grant: authentication failure');
    vendor.refusesAll = true;
    expect((await comeBack(await begin())).body).toContain('does not say to which account');
    expect(await connections()).toEqual([]);
  });

  it('reconnects the same account in its row, and asks to disconnect before another one', async () => {
    const { id } = await connect();
    await comeBack(await begin());
    expect((await connections()).map(row => row.id)).toEqual([id]);
    vendor.account = { id: 'org-2', name: 'Globex' };
    const answer = await comeBack(await begin());
    expect(answer.status).toBe(409);
    expect(answer.body).toContain('Acme is connected already. Disconnect it first');
    expect(await connections()).toHaveLength(1);
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
    settings.FAKE_CLIENT_ID = undefined;
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
      return { path: url.replace(publicUrl, ''), expiresAt };
    };
    const follow = (path: string, method = 'GET') => hub.send(method, path, { headers: { authorization: '' } });

    it('start OAuth in any browser, and are used up once an account is connected', async () => {
      const { path, expiresAt } = await makeLink({ options: { environment: 'sandbox' } });
      expect(expiresAt).toBe('2026-11-20T11:00:00.000Z');
      const [preview, mine, late] = [await follow(path), await follow(path), await follow(path)].map(browserOf);
      expect(preview!.vendorUrl.searchParams.get('environment')).toBe('sandbox');
      expect((await comeBack(preview!, { error: 'access_denied' })).status).toBe(400);
      expect((await comeBack(mine!)).status).toBe(200);
      expect(await comeBack(late!)).toMatchObject({
        status: 410,
        body: expect.stringContaining('has been used already'),
      });
      expect(await follow(path)).toMatchObject({ status: 410, body: expect.stringContaining('has been used already') });
      expect(await connections()).toMatchObject([{ status: 'active' }]);
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
      const answer = await comeBack(browserOf(await follow(path)));
      expect(answer.body).toContain('(for ada@acme.example)');
      expect(await connections()).toMatchObject([{ user: 'ada@acme.example' }]);
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

  describe('typed values', () => {
    const create = (values: Record<string, unknown>) =>
      hub.send('POST', '/v1/connections', { body: { connector: 'keyed', values } });

    it('connect an account; the secret ones are never shown again', async () => {
      const answer = await create({ measurementId: 'G-123', apiSecret: 'typed-secret-77' });
      expect(answer).toMatchObject({
        status: 201,
        body: { status: 'active', account: { name: 'Acme website' }, options: { measurementId: 'G-123' } },
      });
      const { id } = answer.body as Shown;
      const test = await hub.send('POST', `/v1/connections/${id}/test`);
      expect(test.body).toEqual({ ok: true, account: { id: 'property-1', name: 'Acme website' } });
      vendor.secrets.push('typed-secret-77');
      await expectNoSecret([answer, test, await hub.send('GET', `/v1/connections/${id}`)]);
    });

    it('are checked by the connector’s own fields', async () => {
      const answer = await create({ measurementId: 'G', other: 'x' });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        errors: expect.arrayContaining([
          { path: 'values.measurementId', message: 'must have 3 characters or more' },
          { path: 'values.apiSecret', message: 'is required' },
          { path: 'values.other', message: 'is not known here' },
        ]),
      });
    });

    it('are refused with the vendor’s reason, and not for a vendor with a consent page', async () => {
      expect(await create({ measurementId: 'G-123', apiSecret: 'wrong-secret' })).toMatchObject({
        status: 400,
        body: { detail: 'The API secret is wrong.' },
      });
      const other = await hub.send('POST', '/v1/connections', { body: { connector: 'fake', values: {} } });
      expect(other).toMatchObject({ status: 409, body: { detail: expect.stringContaining('Open /v1/connect/fake') } });
      expect(await connections()).toEqual([]);
    });
  });

  describe('a connection', () => {
    const test = async (id: string) => (await hub.send('POST', `/v1/connections/${id}/test`)).body;

    it('is tested with a live credential, renewed once where it is refused', async () => {
      const { id } = await connect();
      expect(await test(id)).toEqual({ ok: true, account: vendor.account });
      vendor.live.clear();
      expect(await test(id)).toEqual({ ok: true, account: vendor.account });
      expect(vendor.calls.filter(call => call.startsWith('refresh'))).toHaveLength(1);
    });

    it('names the failure of a test, and needs reconnecting where the renewed credential is refused, too', async () => {
      const { id } = await connect();
      vendor.refusesAll = true;
      expect(await test(id)).toEqual({
        ok: false,
        failure: { kind: 'unauthorized', message: 'Session expired or invalid.' },
      });
      expect(await connections()).toMatchObject([
        { status: 'needs_reconnect', reason: 'Acme must be connected again: Session expired or invalid.' },
      ]);
      expect(vendor.calls.filter(call => call.startsWith('refresh'))).toHaveLength(1);
    });

    it('needs reconnecting where the grant was revoked', async () => {
      const { id } = await connect();
      vendor.live.clear();
      vendor.faults.push(invalidGrant());
      expect(await test(id)).toMatchObject({
        ok: false,
        failure: { kind: 'unauthorized', message: expect.stringContaining('invalid_grant') },
      });
      expect(await connections()).toMatchObject([{ status: 'needs_reconnect' }]);
    });

    it('is taken back at the vendor when it is disconnected', async () => {
      const { id } = await connect();
      const answer = await hub.send('DELETE', `/v1/connections/${id}`);
      expect(answer.body).toMatchObject({ revoked: true, connection: { status: 'disconnected' } });
      expect(vendor.revoked).toEqual(['refresh-token-1-7b1e']);
      expect(await hub.database.read('SELECT sealed FROM connections')).toEqual([{ sealed: null }]);
      expect(await test(id)).toMatchObject({ ok: false, failure: { kind: 'unauthorized' } });
    });

    it('is forgotten also where the vendor does not answer, and the answer says so', async () => {
      const { id } = await connect();
      vendor.faults.push(new StepError('transient', 'HTTP 503.'));
      const answer = await hub.send('DELETE', `/v1/connections/${id}`);
      expect(answer.body).toMatchObject({
        revoked: false,
        message:
          'Fake CRM did not confirm that the credential was taken back: HTTP 503. The hub has forgotten the credential; take it back in Fake CRM itself.',
        connection: { status: 'disconnected' },
      });
    });

    it('is out of another workspace’s reach', async () => {
      const { id } = await connect();
      const { token } = await hub.keys.create('other', { kind: 'admin', name: 'theirs' });
      const headers = { authorization: `Bearer ${token}` };
      const answers = [
        await hub.send('GET', `/v1/connections/${id}`, { headers }),
        await hub.send('POST', `/v1/connections/${id}/test`, { headers }),
        await hub.send('DELETE', `/v1/connections/${id}`, { headers }),
      ];
      expect(answers.map(answer => answer.status)).toEqual([404, 404, 404]);
      expect((await hub.send('GET', '/v1/connections', { headers })).body).toEqual({ data: [], next: null });
      expect(await connections()).toMatchObject([{ id, status: 'active' }]);
    });
  });

  it('lists in pages', async () => {
    await connect();
    await hub.send('POST', '/v1/connections', {
      body: { connector: 'keyed', values: { measurementId: 'G-123', apiSecret: 'typed-secret-77' } },
    });
    const first = (await hub.send('GET', '/v1/connections?limit=1')).body as { data: Shown[]; next: string };
    const second = await hub.send('GET', `/v1/connections?limit=1&after=${first.next}`);
    expect(first.data).toHaveLength(1);
    expect(second.body).toMatchObject({ data: [{ connector: 'keyed' }], next: null });
  });

  it('keeps every token and every one-time secret out of clear rows, log lines and answers', async () => {
    const link = (await hub.send('POST', '/v1/connect-links', { body: { connector: 'fake' } })).body as { url: string };
    const opened = await hub.send('GET', link.url.replace(publicUrl, ''));
    const browser = browserOf(opened);
    const oneTime = [link.url.split('/').at(-1)!, browser.state, browser.cookie.split('=')[1]!];
    await expectNoSecret([], oneTime);
    const page = await comeBack(browser, { code: 'code-from-the-vendor' });
    const [connection] = await connections();
    vendor.live.clear();
    const test = await hub.send('POST', `/v1/connections/${connection!.id}/test`);
    const deleted = await hub.send('DELETE', `/v1/connections/${connection!.id}`);
    const verifier = vendor.calls[0]!.split(' ')[2]!;
    expect(vendor.secrets).toHaveLength(4);
    await expectNoSecret([page, test, deleted], [...oneTime, verifier, 'code-from-the-vendor']);
  });

  /** Looks through every column of every table, every log line and the given answers. */
  async function expectNoSecret(answers: Answer[], more: string[] = []) {
    const tables = entities.map(entity => entity.options.tableName!);
    const rows = await Promise.all(tables.map(table => hub.database.read(`SELECT * FROM ${table}`)));
    expect(rows.flat().length).toBeGreaterThan(1);
    expect(hub.logged.length).toBeGreaterThan(0);
    const places = JSON.stringify([rows, hub.logged, answers.map(({ body, headers }) => [body, [...headers]])]);
    for (const secret of [...vendor.secrets, ...more]) {
      expect(places.includes(secret)).toBe(false);
      expect(places.includes(Buffer.from(secret).toString('base64url'))).toBe(false);
    }
  }
});
