import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import vendor from './index.ts';

let now = Date.parse('2026-11-23T10:00:00Z');
let sandbox: Sandbox;
let token = '';
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => now });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  now += 60_000;
  token = (await identity()).body.access_token;
});

type Body = { access_token: string; errors?: { code: string }[]; result: unknown[]; nextPageToken?: string };
type Answer = { status: number; headers: Headers; body: Body };
const send = async (
  method: string,
  path: string,
  options: { headers?: object; body?: string } = {},
): Promise<Answer> => {
  const { headers, ...rest } = options;
  const answer = await fetch(`${sandbox.url}/marketo${path}`, { method, ...rest, headers: { ...headers } });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
};
const identity = (over: Record<string, string> = {}) => {
  const { MARKETO_CLIENT_ID: id = '', MARKETO_CLIENT_SECRET: secret = '' } = sandbox.settings();
  const query = { grant_type: 'client_credentials', client_id: id, client_secret: secret, ...over };
  return send('GET', `/identity/oauth/token?${new URLSearchParams(query)}`);
};
const bearer = () => ({ authorization: `Bearer ${token}` });
const get = (path: string, headers: object = bearer()) => send('GET', `/rest${path}`, { headers });
const post = (path: string, body: unknown, headers: object = {}) =>
  send('POST', `/rest${path}`, {
    headers: { ...bearer(), 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const codeOf = ({ status, body }: Answer) => (status === 200 ? body.errors?.[0]?.code : status);

describe('identity', () => {
  test('hands out the same token with its remaining seconds, then another', async () => {
    now += 1_000_000;
    expect((await identity()).body).toEqual({
      access_token: token,
      token_type: 'bearer',
      expires_in: 2_600,
      scope: 'baton-api@brightline.example',
    });
    now += 2_600_000;
    expect((await identity()).body.access_token).not.toBe(token);
    expect(codeOf(await get('/v1/stats/usage.json'))).toBe('602');
  });

  test.each([
    [{ client_id: 'x' }, 401, 'unauthorized'],
    [{ client_secret: 'x' }, 401, 'invalid_client'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('%j is refused', async (over, status, error) => {
    expect(await identity(over as Record<string, string>)).toMatchObject({ status, body: { error } });
  });
});

test('a token is taken in the header alone', async () => {
  expect(codeOf(await get(`/v1/stats/usage.json?access_token=${token}`, {}))).toBe('600');
  expect(codeOf(await get('/v1/stats/usage.json', { authorization: 'Bearer nobody' }))).toBe('601');
  expect((await get('/v1/stats/usage.json')).body).toMatchObject({
    success: true,
    requestId: expect.stringMatching(/#/),
  });
});

const lead = (over: object = {}) => ({
  action: 'createOrUpdate',
  lookupField: 'email',
  input: [{ email: 'a@b.example', ...over }],
});
test.each([
  ['a body that is no JSON', () => post('/v1/leads.json', '{"input": ['), '609'],
  ['a body that is a form', () => post('/v1/leads.json', 'a=1', { 'content-type': 'text/plain' }), '612'],
  ['no input', () => post('/v1/leads.json', { input: [] }), '701'],
  ['301 people', () => post('/v1/leads.json', { input: Array(301).fill({ email: 'a@b.example' }) }), '1003'],
  ['an unknown action', () => post('/v1/leads.json', { ...lead(), action: 'upsert' }), '1001'],
  ['a key that cannot be looked up', () => post('/v1/leads.json', { ...lead(), lookupField: 'company' }), '1011'],
  ['more than 1 MB', () => post('/v1/leads.json', lead({ personNotes: 'n'.repeat(1024 * 1024) })), 413],
  ['an address of more than 8 KB', () => get(`/v1/leads.json?filterType=email&filterValues=${'a'.repeat(8_200)}`), 414],
  ['a question without a filter', () => get('/v1/leads.json'), '1002'],
  ['a question for an unknown field', () => get('/v1/leads.json?filterType=email&filterValues=a&fields=shoe'), '1006'],
  ['a list that is not there', () => post('/v1/lists/7/leads.json', { input: [{ id: 1 }] }), '1013'],
  ['an address that is not there', () => get('/v1/nothing.json'), '610'],
  ['a method that is not there', () => send('DELETE', '/rest/v1/leads.json', { headers: bearer() }), '605'],
])('refuses %s', async (_what, ask, code) => {
  expect(codeOf(await ask())).toBe(code);
});

test.each([
  [{ shoeSize: 44 }, '1006'],
  [{ numberOfEmployees: 'many' }, '1001'],
  [{ company: 'c'.repeat(256) }, '1003'],
  [{ createdAt: '2026-01-01T00:00:00Z' }, '1003'],
  [{ email: 'änne@b.example' }, '1001'],
  [{ email: '' }, '1001'],
  [{ email: null }, '1002'],
])('passes over a person with %j, and takes the neighbours', async (over, code) => {
  const input = [{ email: 'one@b.example' }, { email: 'a@b.example', ...over }, { email: 'two@b.example' }];
  const { body } = await post('/v1/leads.json', { input });
  expect(body.result).toMatchObject([
    { status: 'created' },
    { status: 'skipped', reasons: [{ code }] },
    { status: 'created' },
  ]);
});

test.each([
  ['createOnly', 'hanna.verbeek@northwind-freight.example', '1005'],
  ['updateOnly', 'nobody@b.example', '1004'],
])('%s of %s is passed over', async (action, email, code) => {
  const { body } = await post('/v1/leads.json', { action, input: [{ email }] });
  expect(body.result).toMatchObject([{ status: 'skipped', reasons: [{ code }] }]);
});

test('a question that is too long for an address comes in a form', async () => {
  const form = 'filterType=email&filterValues=HANNA.verbeek@northwind-freight.example,x@y.example&fields=email,title';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { body } = await post('/v1/leads.json?_method=GET', form, headers);
  expect(body.result).toMatchObject([{ id: 318_581, title: 'Head of Operations' }]);
});

test('more people than fit on a page come with a token for the next', async () => {
  for (let n = 0; n < 301; n += 1) sandbox.control('marketo', { duplicate: 'many@b.example' });
  const ask = '/v1/leads.json?filterType=email&filterValues=many@b.example';
  const first = (await get(ask)).body;
  const second = (await get(`${ask}&nextPageToken=${first.nextPageToken}`)).body;
  expect([first.result.length, second.result.length, second.nextPageToken]).toEqual([300, 1, undefined]);
});

test('the limits that all callers share: calls in 20 seconds, calls at once, calls in a day', async () => {
  sandbox.control('marketo', { ratePoints: 1 });
  expect(codeOf(await get('/v1/stats/usage.json'))).toBeUndefined();
  expect(codeOf(await get('/v1/stats/usage.json'))).toBe('606');
  now += 20_000;
  expect(codeOf(await get('/v1/stats/usage.json'))).toBeUndefined();
  sandbox.control('marketo', { ratePoints: 100, concurrency: 0 });
  expect(codeOf(await get('/v1/stats/usage.json'))).toBe('615');
  sandbox.control('marketo', { concurrency: 10, dailyQuota: 2 });
  const refused = await get('/v1/stats/usage.json');
  expect([codeOf(refused), refused.headers.get('date')]).toEqual(['607', new Date(now).toUTCString()]);
});

test('what a control does not know is named', () => {
  expect(() => sandbox.control('marketo', { quota: 1 })).toThrow('quota');
});
