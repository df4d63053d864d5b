import { inspect } from 'node:util';
import { failureOf } from '../../test/support/step.ts';
import { addressOf } from './address.ts';
import { auth } from './auth.ts';
import marketo from './index.ts';
import { type Instance, startInstance } from './test-instance.ts';

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());
beforeEach(() => instance.reset());

describe('the base URL', () => {
  test.each([
    'https://123-abc-456.mktorest.com',
    'https://123-ABC-456.mktorest.com/rest',
    ' https://123-ABC-456.mktorest.com/identity/ ',
  ])('%j is an instance of Marketo', typed => {
    expect(addressOf(typed, {})).toEqual({
      base: 'https://123-abc-456.mktorest.com',
      instance: '123-ABC-456',
      allowPrivate: false,
    });
  });

  test.each([
    'http://123-ABC-456.mktorest.com',
    'https://123-ABC-456.mktorest.com.evil.example',
    'https://evil.example/123-ABC-456.mktorest.com',
    'https://evil.example#.mktorest.com',
    'https://123-ABC-456.mktorest.com@evil.example',
    'https://user:word@123-ABC-456.mktorest.com',
    'https://123-ABC-456.mktorest.com:8443',
    'https://123-ABC-456.mktorest.com/other',
    'https://127.0.0.1',
    'https://169.254.169.254/latest',
    'http://localhost:4010/marketo/../__sandbox',
    '123-ABC-456.mktorest.com',
    'nonsense',
  ])('%j is refused, and says what to type', async typed => {
    const settings = { MARKETO_BASE_URL: 'http://localhost:4010/marketo' };
    const error = await failureOf(marketo, (async () => addressOf(typed, settings))());
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'values.baseUrl' } });
    expect(error.message).toContain('https://123-ABC-456.mktorest.com');
  });

  test('may be the one that the operator named, and only that one may be private', () => {
    const settings = { MARKETO_BASE_URL: 'http://127.0.0.1:4010/marketo/' };
    const expected = { base: 'http://127.0.0.1:4010/marketo', instance: '127.0.0.1:4010/marketo', allowPrivate: true };
    expect(addressOf('http://127.0.0.1:4010/marketo/rest', settings)).toEqual(expected);
  });

  test('of a connection is judged again by what the operator says now', async () => {
    const grant = await instance.grant();
    expect(() => marketo.open({ grant, settings: {}, timeoutMs: 1_000 })).toThrow('MARKETO_BASE_URL');
  });
});

describe('the token', () => {
  test('is the same until it ends, so that nothing is to be gained by asking early, and a new one afterwards', async () => {
    const [first, second] = [await instance.grant(), await instance.grant()];
    expect(second.accessToken.reveal()).toBe(first.accessToken.reveal());
    expect(first.expiresAt).toBeUndefined();
    instance.clock.now += 3_600_000;
    expect((await instance.grant()).accessToken.reveal()).not.toBe(first.accessToken.reveal());
  });

  test('that ends this very second is waited for, instead of being tried and condemned', async () => {
    await instance.grant();
    instance.clock.now += 3_599_000;
    const error = await failureOf(marketo, instance.grant());
    expect(error).toMatchObject({ kind: 'throttled', details: { retryAfterMs: 2_000 } });
    instance.clock.now += 2_000;
    expect((await instance.grant()).instanceUrl).toBe(instance.settings().MARKETO_BASE_URL);
  });

  test('goes into the header and never into an address', async () => {
    const grant = await instance.grant();
    await marketo.whoAmI!({
      client: await instance.client(),
      settings: {},
      signal: AbortSignal.timeout(5_000),
    });
    const [call] = instance.calls();
    expect(call).toMatchObject({ requestHeaders: { authorization: `Bearer ${grant.accessToken.reveal()}` } });
    expect(JSON.stringify(instance.exchanges().map(({ url }) => url))).not.toContain(grant.accessToken.reveal());
  });

  test('brings the API-only user and what was typed beside the credentials', async () => {
    const grant = await instance.grant({ partition: 'Europe', programTag: 'UsedWithQualified=True' });
    expect(grant.extra).toEqual({
      apiUser: 'baton-api@brightline.example',
      partition: 'Europe',
      programTag: 'UsedWithQualified=True',
    });
  });
});

describe('credentials', () => {
  test.each([
    [{ clientId: 'another' }, 'unauthorized'],
    [{ clientSecret: 'mistyped' }, 'unauthorized'],
    [{ baseUrl: 'https://evil.example' }, 'rejected'],
  ])('%j are %s, and nothing secret is said', async (over, kind) => {
    const error = await failureOf(marketo, instance.grant(over));
    expect(error.kind).toBe(kind);
    const said = inspect(error, { depth: 10, showHidden: true });
    for (const secret of [instance.values().clientSecret, 'mistyped']) expect(said).not.toContain(secret);
  });

  test.each([
    [{ status: 500 }],
    [{ status: 200, body: { token_type: 'bearer' } }],
    [{ status: 200, malformed: '<html>maintenance</html>' }],
    [{ reset: 'after-apply' as const }],
  ])('are not to blame for %j', async fault => {
    instance.fault('marketo', { fault });
    expect((await failureOf(marketo, instance.grant())).kind).toBe('transient');
  });

  test('a tag of programs must name its value', () => {
    const typed = { ...instance.values(), programTag: 'UsedWithQualified' };
    expect(auth.fields.safeParse(typed).error?.issues[0]?.message).toContain('UsedWithQualified=True');
  });
});
