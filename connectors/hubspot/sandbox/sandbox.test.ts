import { Client } from '@hubspot/api-client';
import { type Sandbox, startSandbox } from '../../../src/sandbox/server.ts';
import { pressConsent } from '../../../test/support/consent.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import hubspot from './index.ts';

const clock = { now: Date.parse('2026-11-23T09:00:00Z') };
const redirectUri = 'http://127.0.0.1:3000/v1/oauth/hubspot/callback';
const scope = [
  'oauth crm.objects.contacts.read crm.objects.contacts.write crm.schemas.contacts.read crm.objects.owners.read',
  'crm.objects.companies.read crm.objects.companies.write timeline',
].join(' ');
let sandbox: Sandbox;
let client: Client;
const seen: object[] = [];
const settings = () => sandbox.settings();
const app = () => ({ client_id: settings().HUBSPOT_CLIENT_ID!, client_secret: settings().HUBSPOT_CLIENT_SECRET! });

const post = async (path: string, form: Record<string, string>) => {
  const answer = await fetch(`${settings().HUBSPOT_API_URL}/oauth/2026-03${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
};
const authorizeUrl = (more: Record<string, string> = {}) =>
  `${settings().HUBSPOT_AUTHORIZE_URL}?${new URLSearchParams({ client_id: app().client_id, redirect_uri: redirectUri, scope, state: 's', ...more })}`;
const install = async () => {
  const code = (await pressConsent(authorizeUrl(), 'allow')).searchParams.get('code') ?? '';
  return (await post('/token', { ...app(), grant_type: 'authorization_code', code, redirect_uri: redirectUri })).body;
};
/** What a call was refused with. */
const refusalOf = (
  work: Promise<unknown>,
): Promise<{ code: number; body: Record<string, unknown>; headers: Record<string, string> }> =>
  work.then(
    () => {
      throw new Error('it was accepted');
    },
    error => error,
  );

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [hubspot], now: () => clock.now });
  // One setting for the whole process: the newest client's.
  client = new Client({
    basePath: settings().HUBSPOT_API_URL,
    accessToken: (await install()).access_token,
    numberOfApiCallRetries: 0,
  });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.reset();
});
afterEach(() => {
  seen.push(...sandbox.exchanges());
});

describe('OAuth', () => {
  test('denying sends the person back with the error, and a foreign app or scope nowhere', async () => {
    const back = await pressConsent(authorizeUrl(), 'deny');
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: 's' });
    const foreign = { client_id: 'x' };
    const refused: Record<string, string>[] = [
      foreign,
      { scope: 'oauth tickets' },
      { redirect_uri: 'javascript:alert(1)' },
    ];
    for (const wrong of refused) {
      const answer = await fetch(authorizeUrl(wrong), { redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    }
  });

  test('a token says whose it is while it lives; revoking a refresh token leaves its access token alive', async () => {
    const { access_token, refresh_token, expires_in } = await install();
    expect(expires_in).toBe(1_800);
    const introspect = async (token: string) => (await post('/token/introspect', { ...app(), token })).body;
    expect(await introspect(access_token)).toMatchObject({
      active: true,
      hub_id: 48_211_733,
      user: 'owen.price@brightline.example',
    });
    expect((await post('/token/revoke', { ...app(), token: refresh_token })).status).toBe(200);
    expect(await introspect(access_token)).toMatchObject({ active: true });
    expect(await introspect(refresh_token)).toEqual({ active: false });
    const dead = await post('/token', { ...app(), grant_type: 'refresh_token', refresh_token });
    expect(dead).toMatchObject({ status: 400, body: { error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN' } });
    clock.now += 1_800_001;
    expect(await introspect(access_token)).toEqual({ active: false });
    const fresh = await install();
    client.setAccessToken(fresh.access_token);
  });

  test('a code works once, and only for the verifier that belongs to it', async () => {
    const challenge = { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' };
    const code = (await pressConsent(authorizeUrl(challenge), 'allow')).searchParams.get('code') ?? '';
    const form = { ...app(), grant_type: 'authorization_code', code, redirect_uri: redirectUri };
    expect(await post('/token', form)).toMatchObject({ status: 400, body: { status: 'BAD_AUTH_CODE' } });
    expect(await post('/token', { ...form, client_secret: 'x' })).toMatchObject({
      body: { status: 'BAD_CLIENT_SECRET' },
    });
  });

  test('without a token, or with a dead one, nothing is answered', async () => {
    const stranger = new Client({ basePath: settings().HUBSPOT_API_URL, accessToken: 'nobody' });
    expect(await refusalOf(stranger.crm.contacts.basicApi.getById('101'))).toMatchObject({
      code: 401,
      body: { category: 'INVALID_AUTHENTICATION', correlationId: expect.stringMatching(/./) },
    });
    sandbox.control('hubspot', { expireAccessTokens: true });
    expect(await refusalOf(client.crm.contacts.basicApi.getById('101'))).toMatchObject({
      body: { category: 'EXPIRED_AUTHENTICATION' },
    });
    client.setAccessToken((await install()).access_token);
  });
});

describe('limits', () => {
  const read = () => client.crm.contacts.basicApi.getById('103');

  test('110 calls in ten seconds, counted down in the headers; the search has five a second and no headers', async () => {
    const first = await client.apiRequest({ path: '/crm/v3/objects/contacts/103' });
    expect(first.headers.get('x-hubspot-ratelimit-max')).toBe('110');
    expect(first.headers.get('x-hubspot-ratelimit-remaining')).toBe('109');
    expect(first.headers.get('x-hubspot-ratelimit-daily')).toBeNull();
    for (let call = 1; call < 110; call += 1) await read();
    expect(await refusalOf(read())).toMatchObject({
      code: 429,
      body: {
        message: 'You have reached your ten_secondly_rolling limit.',
        errorType: 'RATE_LIMIT',
        policyName: 'TEN_SECONDLY_ROLLING',
      },
    });
    const search = () => client.crm.contacts.searchApi.doSearch({ limit: 1 } as never);
    for (let call = 0; call < 5; call += 1) await search();
    const limited = await refusalOf(search());
    expect(limited).toMatchObject({ code: 429, body: { message: 'You have reached your secondly limit.' } });
    expect(limited.body).not.toHaveProperty('policyName');
    clock.now += 10_001;
    await read();
    await search();
  });

  test('the day can be used up', async () => {
    sandbox.control('hubspot', { dailyLeft: 1 });
    await read();
    expect(await refusalOf(read())).toMatchObject({ code: 429, body: { policyName: 'DAILY' } });
  });
});

describe('records', () => {
  test('an e-mail belongs to one contact', async () => {
    const twice = { properties: { email: 'ELLEN@marsh-consulting.example' }, associations: [] };
    const refused = await refusalOf(client.crm.contacts.basicApi.create(twice));
    expect(refused).toMatchObject({
      code: 409,
      body: { category: 'CONFLICT', message: expect.stringMatching(/Existing ID: \d+$/) },
    });
  });

  test('one wrong input refuses a batch as a whole, and an unknown or read-only property is named', async () => {
    const inputs: { id: string; idProperty: string; properties: Record<string, string> }[] = [
      { id: 'a@b.example', idProperty: 'email', properties: { firstname: 'A' } },
      {
        id: 'c@d.example',
        idProperty: 'email',
        properties: { shoe_size: '44', hs_object_id: '1', lifecyclestage: 'hot' },
      },
    ];
    const before = sandbox.records('hubspot', 'contacts').length;
    const { code, body } = await refusalOf(client.crm.contacts.batchApi.upsert({ inputs }));
    expect([code, body.category]).toEqual([400, 'VALIDATION_ERROR']);
    for (const words of ['PROPERTY_DOESNT_EXIST', 'READ_ONLY_VALUE', 'INVALID_OPTION'])
      expect(body.message).toContain(words);
    expect(sandbox.records('hubspot', 'contacts')).toHaveLength(before);
    const hundredAndOne = Array.from({ length: 101 }, (_, index) => ({
      id: `${index}@x.example`,
      idProperty: 'email',
      properties: {},
    }));
    expect(await refusalOf(client.crm.contacts.batchApi.upsert({ inputs: hundredAndOne }))).toMatchObject({
      code: 400,
    });
    const twins = [inputs[0]!, { ...inputs[0]!, id: 'A@B.example' }];
    expect(await refusalOf(client.crm.contacts.batchApi.upsert({ inputs: twins }))).toMatchObject({ code: 400 });
  });

  test('a merged contact answers under both ids, with the addresses of both', async () => {
    const [one, other] = ['103', '104'];
    await client.crm.contacts.basicApi.merge({ primaryObjectId: one, objectIdToMerge: other });
    const merged = await client.crm.contacts.basicApi.getById(other, ['email', 'hs_additional_emails']);
    expect(merged).toMatchObject({
      id: one,
      properties: {
        email: 'hanna.verbeek@northwind-freight.example',
        hs_additional_emails: 'tomas.lindqvist@northwind-freight.example',
      },
    });
  });

  test('the search lags behind what was written', async () => {
    const { id } = await client.crm.contacts.basicApi.create({
      properties: { email: 'new@x.example' },
      associations: [],
    });
    const search = async () => {
      const filters = [{ propertyName: 'email', operator: 'EQ' as never, value: 'new@x.example' }];
      const { results } = await client.crm.contacts.searchApi.doSearch({ filterGroups: [{ filters }] } as never);
      return results.map(each => each.id);
    };
    expect(await search()).toEqual([]);
    clock.now += 2_000;
    expect(await search()).toEqual([id]);
  });

  test('a note needs its time and an existing contact', async () => {
    const types = [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: 202 }];
    const note = (to: string, properties: Record<string, string>) =>
      client.crm.objects.notes.basicApi.create({ properties, associations: [{ to: { id: to }, types }] });
    expect(await refusalOf(note('103', { hs_note_body: 'x' }))).toMatchObject({ code: 400 });
    expect(await refusalOf(note('999', { hs_note_body: 'x', hs_timestamp: '2026-11-23T09:00:00Z' }))).toMatchObject({
      code: 400,
    });
    await note('103', { hs_note_body: 'x', hs_timestamp: '2026-11-23T09:00:00Z' });
    const { results } = await client.crm.associations.v4.basicApi.getPage('contacts', '103', 'notes');
    expect(results).toHaveLength(1);
  });
});

test('a call beyond what was granted names the scope', async () => {
  sandbox.control('hubspot', { withholdScopes: ['crm.objects.owners.read'] });
  expect(await refusalOf(client.crm.owners.ownersApi.getPage())).toMatchObject({
    code: 403,
    body: {
      category: 'MISSING_SCOPES',
      errors: [{ context: { requiredGranularScopes: ['crm.objects.owners.read'] } }],
    },
  });
});

test('the page shows a contact with what is on its timeline, and what came in is only ever text', async () => {
  const evil = '<img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a><script>alert(1)</script>';
  const link = (associationTypeId: number) => [
    { to: { id: '103' }, types: [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId }] },
  ];
  const at = '2026-12-01T09:00:00Z';
  await client.crm.contacts.basicApi.update('103', { properties: { company: evil } });
  await client.crm.timeline.eventsApi.create({
    eventTemplateId: settings().HUBSPOT_TIMELINE_TEMPLATE_ID!,
    objectId: '103',
    tokens: { title: 'Talked to us', conversation_url: 'https://app.example/c/1', rep: 'Dana' },
    extraData: { transcript: evil },
  });
  await client.crm.objects.notes.basicApi.create({
    properties: {
      hs_timestamp: at,
      hs_note_body: `<p><strong>Note</strong> &lt;b&gt;</p>${evil}<a href="https://ok.example/?a=1&amp;b=2">go</a>`,
    },
    associations: link(202),
  });
  await client.crm.objects.meetings.basicApi.create({
    properties: {
      hs_timestamp: at,
      hs_meeting_title: 'Demo',
      hs_meeting_start_time: at,
      hs_meeting_end_time: '2026-12-01T09:30:00Z',
      hs_meeting_outcome: 'SCHEDULED',
      hubspot_owner_id: '71002',
      hs_attendee_owner_ids: '71002;71003',
      hs_meeting_external_url: 'javascript:alert(1)',
    },
    associations: link(200),
  });
  const page = await (await fetch(sandbox.url)).text();
  expect(page).not.toMatch(/<script|<img|href="javascript/);
  expect(page).toContain('<a href="https://ok.example/?a=1&amp;b=2" rel="noreferrer">go</a>');
  expect(page).toContain('<strong>Note</strong> &lt;b&gt;');
  const text = page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  for (const words of [
    'Hanna Verbeek Contact 103',
    'Owner Dana Whitfield Company record Northwind Freight',
    'Timeline event 2026-11-23',
    'Demo Starts 2026-12-01 09:00 UTC Ends 2026-12-01 09:30 UTC Outcome SCHEDULED Organised by Dana Whitfield Attended by Dana Whitfield, Luis Ortega',
  ])
    expect(text).toContain(words);
});

test('every exchange of these tests keeps to the vendor’s contract', async () => {
  expect(seen.length).toBeGreaterThan(50);
  const { passed, output } = await checkExchanges(seen);
  expect(passed ? '' : output).toBe('');
});
