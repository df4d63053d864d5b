import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import vendor from './index.ts';

const redirectUri = 'http://127.0.0.1:1/back';
let now = Date.parse('2026-11-23T09:00:00Z');
let sandbox: Sandbox;
let base: string;
let token: string;

const authorize = (more: Record<string, string> = {}) => {
  const query = {
    response_type: 'code',
    client_id: sandbox.settings().ELOQUA_CLIENT_ID ?? '',
    redirect_uri: redirectUri,
    scope: 'full',
    state: 's',
    ...more,
  };
  return fetch(`${base}/auth/oauth2/authorize?${new URLSearchParams(query)}`, { redirect: 'manual' });
};
const codeOf = async () => new URL((await authorize()).headers.get('location') ?? '').searchParams.get('code') ?? '';
const basic = (secret = sandbox.settings().ELOQUA_CLIENT_SECRET) =>
  `Basic ${Buffer.from(`${sandbox.settings().ELOQUA_CLIENT_ID}:${secret}`).toString('base64')}`;
const ask = async (form: Record<string, string>, authorization = basic(), json = false) => {
  const answer = await fetch(`${base}/auth/oauth2/token`, {
    method: 'POST',
    headers: { authorization, ...(json && { 'content-type': 'application/json' }) },
    body: json ? JSON.stringify(form) : new URLSearchParams(form),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
};
const trade = (code: string, more = {}) =>
  ask({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more });

const api = async (
  path: string,
  { method, body, pod = 'p03' }: { method?: string; body?: object; pod?: string } = {},
) => {
  const answer = await fetch(`${base}/${pod}/api/REST/${path}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
};
const put = (path: string, body: object) => api(path, { method: 'PUT', body });
const identity = async (bearer = token) => {
  const answer = await fetch(`${base}/id`, { headers: { authorization: `Bearer ${bearer}` } });
  return { status: answer.status, body: answer.status === 200 ? await answer.json() : undefined };
};
const found = async (search: string, kind = 'data/contacts') => {
  const { body } = await api(`1.0/${kind}?search=${encodeURIComponent(search)}`);
  return body.elements.map(({ id }: { id: string }) => id);
};
const refusal = (type: string, name: object, requirement: string) => [
  expect.objectContaining({ type, ...name, requirement: { type: requirement }, value: expect.any(String) }),
];

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], consent: 'auto', now: () => now });
  base = `${sandbox.url}/eloqua`;
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  token = (await trade(await codeOf())).body.access_token ?? '';
});

describe('signing in', () => {
  test('a code works once, for a minute, with its redirect address', async () => {
    const code = await codeOf();
    expect(await trade(code)).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 28_800 } });
    expect(await trade(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const old = await codeOf();
    now += 60_000;
    expect(await trade(old)).toMatchObject({ status: 400 });
    expect(await trade(await codeOf(), { redirect_uri: 'http://127.0.0.1:1/else' })).toMatchObject({ status: 400 });
  });

  test('a refresh token works once, sent as a form or as JSON; the access token before lives on for its eight hours', async () => {
    const first = (await trade(await codeOf())).body;
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '', scope: 'full' };
    const second = await ask(form, basic(), true);
    expect(second).toMatchObject({ status: 200, body: { refresh_token: expect.any(String) } });
    expect(await ask(form)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    token = first.access_token ?? '';
    expect((await api('1.0/data/contacts')).status).toBe(200);
    now += 28_800_000;
    expect((await api('1.0/data/contacts')).status).toBe(401);
  });

  test('takes the app’s secret as it is, and no other', async () => {
    const escaped = encodeURIComponent(sandbox.settings().ELOQUA_CLIENT_SECRET ?? '').replace(/[~.-]/g, '%7E');
    for (const secret of ['wrong', escaped])
      expect(await ask({ grant_type: 'refresh_token' }, basic(secret))).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
  });

  test.each([
    [{ client_id: 'stranger' }, 'not a known client identifier'],
    [{ redirect_uri: 'javascript:alert(1)' }, 'redirect_uri'],
  ])('%j is shown as a page with a status of success', async (more, words) => {
    const answer = await authorize(more);
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(await answer.text()).toContain(words);
  });

  test.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'some' }, 'invalid_scope'],
  ])('%j goes back to the app as %s', async (more, error) => {
    const { searchParams } = new URL((await authorize(more)).headers.get('location') ?? '');
    expect([searchParams.get('error'), searchParams.get('state')]).toEqual([error, 's']);
  });
});

describe('where a site is', () => {
  test('says the address to who is known, and “Not authenticated.” with a status of success to all others', async () => {
    expect(await identity()).toMatchObject({
      status: 200,
      body: { site: { id: 4242 }, urls: { base: `${base}/p03`, apis: { rest: { standard: expect.any(String) } } } },
    });
    expect(await identity('nobody')).toEqual({ status: 200, body: 'Not authenticated.' });
  });

  test('a site that has moved is not known where it was', async () => {
    sandbox.control('eloqua', { pod: 'p06' });
    expect((await identity()).body).toMatchObject({ urls: { base: `${base}/p06` } });
    expect(await api('1.0/data/contacts')).toMatchObject({ status: 401, body: 'Not authenticated.' });
    expect((await api('1.0/data/contacts', { pod: 'p06' })).status).toBe(200);
  });

  test('the question is throttled, by the minute', async () => {
    sandbox.control('eloqua', { identityLimit: 1 });
    expect([(await identity()).status, (await identity()).status]).toEqual([200, 429]);
    now += 60_000;
    expect((await identity()).status).toBe(200);
  });

  test('429 has no headers that say when to come back', async () => {
    sandbox.control('eloqua', { throttled: true });
    const { status, headers, body } = await api('1.0/data/contacts');
    expect([status, headers.get('retry-after'), body]).toEqual([429, null, undefined]);
  });
});

describe('contacts', () => {
  test.each([
    ["emailAddress='HANNA.verbeek@northwind-freight.example'", ['201']],
    ['emailAddress=hanna.verbeek@northwind-freight.example', ['201']],
    ["emailAddress='hanna.verbeek@northwind-freight'", []],
    ["emailAddress='*@cobalt-rail.example'", ['202']],
    ["emailAddress='shane.o*neil@cobalt-rail.example'", ['202']],
    ["C_Company='Northwind*'", ['201']],
    ["C_Industry1='Logistics'", ['201']],
    ["C_Company=''", ['202']],
    ["emailAddress!='hanna*'", ['202']],
  ])('a search for %s finds %j', async (search, ids) => {
    expect(await found(search)).toEqual(ids);
  });

  test.each([
    ["search=emailAddress='shane.o'neil@x'", 'search', 'SyntaxRequirement'],
    ["search=nothing='x'", 'search', 'SyntaxRequirement'],
    ['count=0', 'count', 'IntegerRequirement'],
    ['count=1001', 'count', 'IntegerRequirement'],
    ['page=one', 'page', 'IntegerRequirement'],
  ])('?%s is refused', async (query, parameter, requirement) => {
    const encoded = query.replace(/=(.*)/, (_, value) => `=${encodeURIComponent(value)}`);
    expect(await api(`1.0/data/contacts?${encoded}`)).toMatchObject({
      status: 400,
      body: refusal('EndpointParameterError', { parameter }, requirement),
    });
  });

  test('answers pages, whole contacts or few of their properties', async () => {
    const { body } = await api('1.0/data/contacts?count=1&page=2&depth=minimal');
    expect(body).toMatchObject({ page: 2, pageSize: 1, total: 2, elements: [{ id: '202', type: 'Contact' }] });
    expect(body.elements[0]).not.toHaveProperty('firstName');
    expect((await api('1.0/data/contact/201')).body).toMatchObject({
      firstName: 'Hanna',
      isSubscribed: 'false',
      fieldValues: expect.arrayContaining([
        { type: 'FieldValue', id: '100190', value: 'Logistics' },
        { type: 'FieldValue', id: '100191' },
      ]),
    });
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('an update blanks what it does not name', async () => {
    const emailAddress = 'hanna.verbeek@northwind-freight.example';
    expect((await put('1.0/data/contact/201', { id: '201', emailAddress, firstName: 'H.' })).status).toBe(200);
    const { body } = await api('1.0/data/contact/201');
    expect(body).toMatchObject({ emailAddress, firstName: 'H.' });
    expect(body).not.toHaveProperty('lastName');
    expect(body.fieldValues.some(({ value }: { value?: string }) => value !== undefined)).toBe(false);
  });

  test('keeps each e-mail once, also that of a contact that is not shown', async () => {
    const emailAddress = 'HANNA.verbeek@northwind-freight.example';
    sandbox.control('eloqua', { hideContacts: [emailAddress] });
    expect(await found(`emailAddress='${emailAddress}'`)).toEqual([]);
    expect(await api('1.0/data/contact', { body: { emailAddress } })).toMatchObject({
      status: 409,
      body: refusal('ObjectValidationError', { property: 'emailAddress' }, 'UniquenessRequirement'),
    });
  });

  const email = 'a@b.example';
  test.each<[object, string, string]>([
    [{ firstName: 'A' }, 'emailAddress', 'EmailAddressRequirement'],
    [{ emailAddress: 'nobody' }, 'emailAddress', 'EmailAddressRequirement'],
    [{ emailAddress: email, firstName: 7 }, 'firstName', 'SyntaxRequirement'],
    [{ emailAddress: email, city: 'x'.repeat(101) }, 'city', 'ValidTextLengthRequirement'],
    [{ emailAddress: email, fieldValues: {} }, 'fieldValues', 'SyntaxRequirement'],
    [{ emailAddress: email, fieldValues: [{ id: '1', value: 'x' }] }, 'fieldValues', 'IdRequirement'],
    [{ emailAddress: email, fieldValues: [{ id: '100193', value: '2027-01-31' }] }, 'value', 'DateRequirement'],
    [{ emailAddress: email, fieldValues: [{ id: '100192', value: 'many' }] }, 'value', 'IntegerRequirement'],
    [
      { emailAddress: email, fieldValues: [{ id: '100190', value: 'x'.repeat(101) }] },
      'value',
      'ValidTextLengthRequirement',
    ],
  ])('a contact of %j is refused at %s: %s', async (body, property, requirement) => {
    expect(await api('1.0/data/contact', { body })).toMatchObject({
      status: 400,
      body: refusal('ObjectValidationError', { property }, requirement),
    });
    expect(sandbox.records('eloqua', 'contacts')).toHaveLength(2);
  });

  test.each([
    ['1.0/data/contact/sandwich', 400],
    ['1.0/data/contact/0', 400],
    ['1.0/data/contact/999', 404],
    ['1.0/data/people', 404],
    ['2.0/data/contacts', 404],
  ])('%s: HTTP %i', async (path, status) => {
    expect((await api(path)).status).toBe(status);
  });
});

describe('contact lists', () => {
  test('an update adds and takes out members, and blanks a description that it does not name', async () => {
    const body = { id: '52', name: 'Autumn Fleet Webinar', membershipAdditions: ['201', '202'] };
    expect(await put('1.0/assets/contact/list/52', body)).toMatchObject({ status: 200, body: { count: '2' } });
    expect((await put('1.0/assets/contact/list/52', { ...body, membershipDeletions: ['202'] })).body.count).toBe('1');
    expect(sandbox.records('eloqua', 'lists')).toContainEqual(
      expect.objectContaining({ id: '52', description: '', scope: 'global', members: ['201'] }),
    );
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test.each<[object, string, string]>([
    [{}, 'name', 'NotNullRequirement'],
    [{ name: 'A', membershipAdditions: ['999'] }, 'membershipAdditions', 'RelationshipRequirement'],
    [{ name: 'A', membershipAdditions: [201] }, 'membershipAdditions', 'SyntaxRequirement'],
  ])('an update with %j is refused at %s: %s', async (body, property, requirement) => {
    expect(await put('1.0/assets/contact/list/52', body)).toMatchObject({
      status: 400,
      body: refusal('ObjectValidationError', { property }, requirement),
    });
  });

  test('are found by name, exactly or in part', async () => {
    expect(await found("name='Newsletter'", 'assets/contact/lists')).toEqual(['53', '54']);
    expect(await found("name='*fleet*'", 'assets/contact/lists')).toEqual(['52']);
  });
});

test('shows what arrived as a person would see it, and nothing of it as markup', async () => {
  const fieldValues = [
    { id: '100193', value: '1798675200' },
    { id: '100195', value: '<b>bold</b>' },
  ];
  await api('1.0/data/contact', {
    body: { emailAddress: 'a@b.example', firstName: '<script>alert(1)</script>', fieldValues },
  });
  const shown = await (await fetch(sandbox.url)).text();
  expect(shown).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(shown).toContain('Renewal Date: 2026-12-31 · Last Conversation: &lt;b&gt;bold&lt;/b&gt;');
  expect(shown).not.toContain('<script>alert');
});

test('a control that is none says what it would have taken', () => {
  expect(() => sandbox.control('eloqua', { pod: 'six' })).toThrow(/pod/);
});
