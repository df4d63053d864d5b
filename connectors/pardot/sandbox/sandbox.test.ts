import { createHash } from 'node:crypto';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import vendor from './index.ts';

const unit = '0Uv5e0000004CQSCA2';
const verifier = 'v'.repeat(64);
const redirectUri = 'http://127.0.0.1:1/back';
let now = Date.parse('2026-11-23T09:00:00Z');
let sandbox: Sandbox;
let base: string;
let token: string;

const authorizeUrl = (more: Record<string, string> = {}) => {
  const url = new URL(`${base}/services/oauth2/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: sandbox.settings().SALESFORCE_CLIENT_ID ?? '',
    redirect_uri: redirectUri,
    scope: 'pardot_api refresh_token id',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }).toString();
  return url.href;
};
const codeOf = async (url = authorizeUrl()) => {
  const answer = await fetch(url, { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
};
const post = async (path: string, form: Record<string, string>) => {
  const { SALESFORCE_CLIENT_ID: client_id = '', SALESFORCE_CLIENT_SECRET: client_secret = '' } = sandbox.settings();
  const body = new URLSearchParams({ client_id, client_secret, ...form });
  const answer = await fetch(`${base}/services/oauth2/${path}`, { method: 'POST', body });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : undefined };
};
const trade = (code: string, more = {}) =>
  post('token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...more,
  });

type Asked = { method?: string; body?: object; headers?: Record<string, string> };
const api = async (path: string, { method, body, headers }: Asked = {}) => {
  const answer = await fetch(`${base}/api/v5/objects/${path}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    headers: {
      authorization: `Bearer ${token}`,
      'pardot-business-unit-id': unit,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, usage: answer.headers.get('x-api-usage'), body: text ? JSON.parse(text) : undefined };
};
const upsert = (matchEmail: unknown, prospect: unknown, more: object = { fields: ['id', 'email'] }) =>
  api('prospects/do/upsertLatestByEmail', { body: { matchEmail, prospect, ...more } });

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], consent: 'auto', now: () => now });
  base = `${sandbox.url}/pardot`;
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  token = (await trade(await codeOf())).body.access_token;
});

describe('signing in', () => {
  test('a code works once, for a quarter of an hour, with its verifier and its redirect address', async () => {
    const code = await codeOf();
    expect(await trade(code)).toMatchObject({ status: 200, body: { token_type: 'Bearer', instance_url: base } });
    expect(await trade(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const old = await codeOf();
    now += 15 * 60_000;
    expect(await trade(old)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await trade(await codeOf(), { code_verifier: 'x'.repeat(64) })).toMatchObject({ status: 400 });
    expect(await trade(await codeOf(), { redirect_uri: 'http://127.0.0.1:1/else' })).toMatchObject({ status: 400 });
  });

  test.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'everything' }, 'invalid_scope'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
  ])('%j goes back to the app as %s', async (more, error) => {
    const answer = await fetch(authorizeUrl(more), { redirect: 'manual' });
    const { searchParams } = new URL(answer.headers.get('location') ?? '');
    expect([searchParams.get('error'), searchParams.get('state')]).toEqual([error, 's']);
  });

  test.each([[{ client_id: 'stranger' }], [{ redirect_uri: 'javascript:alert(1)' }]])('%j goes nowhere', async more => {
    const answer = await fetch(authorizeUrl(more), { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  test('a revoked refresh token takes its access tokens with it', async () => {
    const { access_token, refresh_token } = (await trade(await codeOf())).body;
    expect((await post('revoke', { token: refresh_token })).status).toBe(200);
    token = access_token;
    expect(await api('account?fields=id')).toMatchObject({ status: 401, body: { code: 184 } });
    expect(await post('revoke', { token: refresh_token })).toMatchObject({ body: { error: 'invalid_token' } });
  });
});

describe('what a call must bring', () => {
  test.each<[string, Record<string, string>, number, number]>([
    ['no token', { authorization: '' }, 401, 184],
    ['a token that nobody gave', { authorization: 'Bearer 00D!x' }, 401, 184],
    ['an empty business unit', { 'pardot-business-unit-id': '' }, 400, 182],
    ['a malformed business unit', { 'pardot-business-unit-id': '0Uv5e0000004CQS' }, 400, 182],
    ['an unknown business unit', { 'pardot-business-unit-id': '0Uv5e0000009999AAA' }, 400, 201],
    ['one that was switched off', { 'pardot-business-unit-id': '0Uv5e0000004CQcCAM' }, 400, 201],
  ])('%s', async (_what, headers, status, code) => {
    expect(await api('lists?fields=id', { headers })).toMatchObject({
      status,
      body: { code, message: expect.stringMatching(/./) },
    });
  });

  test('no business unit at all', async () => {
    const answer = await fetch(`${base}/api/v5/objects/lists?fields=id`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 181 }]);
  });

  test('a token without the scope pardot_api', async () => {
    token = (await trade(await codeOf(authorizeUrl({ scope: 'api id' })))).body.access_token;
    expect(await api('lists?fields=id')).toMatchObject({ status: 401, body: { code: 184 } });
  });

  test('says how many calls are used only where it is asked', async () => {
    expect((await api('lists?fields=id')).usage).toBeNull();
    expect((await api('lists?fields=id', { headers: { 'x-return-api-usage': '1' } })).usage).toBe('2/25000');
  });

  test.each([
    [{ dailyLimit: 0 }, 122],
    [{ concurrentLimit: 0 }, 66],
  ])('%j is answered with code %i', async (control, code) => {
    sandbox.control('pardot', control);
    expect(await api('lists?fields=id')).toMatchObject({ status: 429, body: { code } });
  });

  test('a control that is none says what it would have taken', () => {
    expect(() => sandbox.control('pardot', { dailyLimits: 1 })).toThrow(/dailyLimits/);
  });
});

describe('what is refused of a call', () => {
  test.each<[string, Asked | undefined, number, number]>([
    ['lists', undefined, 400, 13],
    ['lists?fields=id,nothing', undefined, 400, 224],
    ['prospects?fields=nothing__c', undefined, 400, 224],
    ['lists/99?fields=id', undefined, 404, 109],
    ['nothing?fields=id', undefined, 404, 198],
    ['lists/33001', { method: 'PATCH' }, 404, 198],
    ['prospects', { body: { email: 'a@b.example' } }, 404, 198],
    ['list-memberships', { body: { listId: 99, prospectId: 20230101 } }, 400, 55],
    ['list-memberships', { body: { listId: 33003, prospectId: 20230101 } }, 400, 154],
    ['list-memberships', { body: { listId: 33001, prospectId: 1 } }, 400, 3],
    ['list-memberships', { body: { listId: 33001, prospectId: 20230101, more: 1 } }, 400, 180],
    ['list-memberships', { body: {}, headers: { 'content-type': 'text/plain' } }, 400, 151],
  ])('%s %j', async (path, asked, status, code) => {
    expect(await api(path, asked)).toMatchObject({ status, body: { code } });
  });

  test.each<[unknown, unknown, object | undefined, number]>([
    [undefined, { firstName: 'A' }, undefined, 207],
    ['nobody', { firstName: 'A' }, undefined, 4],
    [`${'x'.repeat(250)}@b.example`, { firstName: 'A' }, undefined, 4],
    ['a@b.example', {}, undefined, 153],
    ['a@b.example', { id: 1 }, undefined, 180],
    ['a@b.example', { createdAt: 'now' }, undefined, 180],
    ['a@b.example', { nothing__c: 'x' }, undefined, 180],
    ['a@b.example', { firstName: 7 }, undefined, 154],
    ['a@b.example', { isDoNotCall: 'true' }, undefined, 154],
    ['a@b.example', { score: 1.5 }, undefined, 154],
    ['a@b.example', { fleet_size__c: '12' }, undefined, 56],
    ['a@b.example', { renewal_date__c: 'soon' }, undefined, 57],
    ['a@b.example', { region__c: 'Moon' }, undefined, 154],
    ['a@b.example', { interests__c: 'Routing' }, undefined, 154],
    ['a@b.example', { firstName: 'A' }, { fields: ['nothing'] }, 180],
    ['a@b.example', { firstName: 'A' }, { fields: 'id' }, 206],
    ['a@b.example', { firstName: 'A' }, { anything: 1 }, 208],
  ])('an upsert of %j with %j and %j: code %i', async (email, prospect, more, code) => {
    expect(await upsert(email, prospect, more)).toMatchObject({ status: 400, body: { code } });
    expect(sandbox.records('pardot', 'prospects')).toHaveLength(3);
  });
});

describe('what the answers look like', () => {
  test('an upsert makes one, then updates the one that was active last', async () => {
    const made = await upsert('new@b.example', { firstName: 'New', region__c: 'EMEA' });
    expect(made).toMatchObject({ status: 201, body: { id: expect.any(Number), email: 'new@b.example' } });
    expect(await upsert('NEW@b.example', { lastName: null })).toMatchObject({
      status: 200,
      body: { id: made.body.id },
    });
    expect(await upsert('noah.becker@cobalt-rail.example', { city: 'X' })).toMatchObject({ body: { id: 20230103 } });
    expect(await upsert('new@b.example', { city: 'X' }, {})).toMatchObject({ status: 204, body: undefined });
  });

  test('a query answers values and a token for what comes next; a missing value is null', async () => {
    sandbox.control('pardot', { pageSize: 2 });
    const first = await api('prospects?fields=id,email,jobTitle,region__c');
    expect(first.body).toEqual({
      nextPageToken: expect.any(String),
      nextPageUrl: null,
      values: [
        expect.objectContaining({ id: 20230101, jobTitle: 'Head of Operations', region__c: null }),
        expect.objectContaining({ id: 20230102, jobTitle: null }),
      ],
    });
    const rest = await api('prospects?fields=id&orderBy=id%20ASC&idGreaterThan=20230102');
    expect(rest.body).toEqual({ nextPageToken: null, nextPageUrl: null, values: [{ id: 20230103 }] });
    expect((await api('prospects?fields=id&email=NOAH.becker@cobalt-rail.example')).body.values).toHaveLength(2);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('a membership is there once, and shows only to who may see lists', async () => {
    const body = { listId: 33001, prospectId: 20230101 };
    const path = 'list-memberships?fields=id,listId,prospectId,optedOut';
    expect(await api(path, { body })).toMatchObject({ status: 201, body: { ...body, optedOut: false } });
    expect(await api(path, { body })).toMatchObject({ status: 400, body: { code: 58 } });
    sandbox.control('pardot', { withholdAbilities: ['lists.view'] });
    expect(await api(path)).toMatchObject({ status: 405, body: { code: 49 } });
    expect(await api(path, { body: { ...body, prospectId: 20230102 } })).toMatchObject({ status: 204 });
  });

  test('business units share nothing', async () => {
    const headers = { 'pardot-business-unit-id': '0Uv5e0000004CQXCA2' };
    expect((await api('prospects?fields=id', { headers })).body.values).toEqual([]);
    expect((await api('account?fields=company', { headers })).body).toEqual({ company: 'Brightline Freight EMEA' });
  });
});

test('shows what arrived as a person would see it, and nothing of it as markup', async () => {
  await upsert('new@b.example', { firstName: '<script>alert(1)</script>', comments: '"quoted" & <b>bold</b>' });
  const shown = await (await fetch(sandbox.url)).text();
  expect(shown).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(shown).toContain('comments: &quot;quoted&quot; &amp; &lt;b&gt;bold&lt;/b&gt;');
  expect(shown).not.toContain('<script>alert');
});
