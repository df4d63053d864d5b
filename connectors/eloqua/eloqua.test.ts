import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Grant, MappedField, StepFacts } from '../../src/sdk/index.ts';
import { mappedByDefault } from '../../src/sdk/testing/mapped.ts';
import { pressConsent } from '../../test/support/consent.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { addToList } from './actions/add-to-list.ts';
import { pushRecord } from './actions/push-record.ts';
import { auth } from './auth.ts';
import eloqua from './index.ts';
import vendor from './sandbox/index.ts';

const redirectUri = 'http://127.0.0.1:3000/v1/oauth/eloqua/callback';
let now = Date.parse('2026-11-23T09:00:00Z');
let sandbox: Sandbox;
let grant: Grant;
const call = () => ({ settings: sandbox.settings(), options: {}, signal: new AbortController().signal });

async function connect(decision: 'allow' | 'deny' = 'allow'): Promise<Grant> {
  const url = await auth.authorizeUrl({ ...call(), state: 'state-1', redirectUri, scopes: auth.scopes });
  const query = Object.fromEntries((await pressConsent(url, decision)).searchParams);
  expect(query.state).toBe('state-1');
  return auth.exchange({ ...call(), code: query.code ?? '', redirectUri, query });
}
const refresh = async (held: Grant) => (await auth.refresh?.({ ...call(), grant: held }))!;

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => now });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  now += 3_600_000;
  sandbox.reset();
  grant = await connect();
});

const clientOf = (held: Grant) => eloqua.open({ grant: held, settings: sandbox.settings(), timeoutMs: 5_000 });
const asking = () => ({ ...call(), client: clientOf(grant) });
const person = (email: string, mapped?: MappedField[]): Partial<StepFacts> => {
  const visitor = { email, fields: { first_name: 'Nora', last_name: 'Body', company: 'Acme' }, external: {} };
  return { visitor, mapped: mapped ? { Contact: mapped } : mappedByDefault(eloqua, visitor) };
};
const always = (field: string, value: unknown): MappedField => ({ field, value, update: 'always' });
const step = (facts: Partial<StepFacts>) => stepOf(clientOf(grant), { facts, now });
const push = (facts: Partial<StepFacts>) => pushRecord.run(step(facts).context, {});
type Contact = { id: string; properties: Record<string, string>; values: Record<string, string> };
const contacts = () => sandbox.records('eloqua', 'contacts') as Contact[];
const contact = (id: string) => contacts().find(each => each.id === id);
const writes = () => sandbox.exchanges().filter(({ method, url }) => method !== 'GET' && url.includes('/api/'));
const nora = 'nora.body@acme.example';
const hanna = 'hanna.verbeek@northwind-freight.example';

describe('connecting', () => {
  test('finds the data centre of the site, and says whose site it is', async () => {
    const { ELOQUA_LOGIN_URL: base } = sandbox.settings();
    expect([grant.instanceUrl, grant.expiresAt, grant.scopes]).toEqual([`${base}/p03`, expect.any(Number), ['full']]);
    expect(await eloqua.whoAmI?.(asking())).toEqual({
      id: '4242',
      name: 'BrightlineFreight',
      user: 'Integration User',
      url: `${base}/p03`,
      details: { siteId: '4242', userId: '77', email: 'integration@brightline.example' },
    });
  });

  test('a denied consent is a refusal', async () => {
    const error = await failureOf(eloqua, connect('deny'));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: 'access_denied' } });
  });

  test('a refresh token works once, and the old access token lives on', async () => {
    const next = await refresh(grant);
    expect(next.refreshToken?.reveal()).not.toBe(grant.refreshToken?.reveal());
    expect(next.extra).toEqual(grant.extra);
    expect((await failureOf(eloqua, refresh(grant))).kind).toBe('unauthorized');
    expect(await push(person(nora))).toMatchObject({ created: true });
  });

  test('a site that has moved refuses the old address, and a refresh finds the new one', async () => {
    sandbox.control('eloqua', { pod: 'p06' });
    expect((await failureOf(eloqua, push(person(nora)))).kind).toBe('unauthorized');
    grant = await refresh(grant);
    expect(grant.instanceUrl).toMatch(/\/p06$/);
    expect(await push(person(nora))).toMatchObject({ created: true });
  });

  test.each<[string, object]>([
    ['throttled', { status: 429 }],
    ['down', { status: 503, malformed: '<html>down</html>' }],
    ['silent', { reset: 'before' }],
    ['unable to name a site', { status: 200, body: {} }],
    ['naming a stranger', { body: { site: { id: 1 }, urls: { base: 'https://evil.example' } } }],
  ])('a new refresh token is kept where the question for the address is %s', async (_what, fault) => {
    sandbox.fault('eloqua', { match: { path: '/id' }, fault });
    const next = await refresh(grant);
    expect([next.instanceUrl, next.refreshToken?.reveal()]).toEqual([grant.instanceUrl, expect.any(String)]);
    expect(next.refreshToken?.reveal()).not.toBe(grant.refreshToken?.reveal());
    expect((await refresh(next)).accessToken.reveal()).not.toBe(next.accessToken.reveal());
  });

  test('nothing is connected at an address that is not Eloqua’s', async () => {
    const body = { site: { id: 1 }, urls: { base: 'https://eloqua.com.evil.example' } };
    sandbox.fault('eloqua', { match: { path: '/id' }, fault: { body } });
    expect(await failureOf(eloqua, connect())).toMatchObject({ kind: 'rejected' });
  });

  test('calls of steps never ask where the site is: that question is throttled', async () => {
    sandbox.control('eloqua', { identityLimit: 0 });
    expect(await push(person(nora))).toMatchObject({ created: true });
    expect((await failureOf(eloqua, Promise.resolve(eloqua.whoAmI?.(asking())))).kind).toBe('throttled');
  });

  test('wrong credentials of the app are for the operator to mend', async () => {
    const settings = { ...sandbox.settings(), ELOQUA_CLIENT_SECRET: 'wrong' };
    const asked = auth.refresh?.({ ...call(), settings, grant }) ?? Promise.resolve();
    expect(await failureOf(eloqua, asked)).toMatchObject({ kind: 'forbidden', details: { park: true } });
  });
});

describe('pushing people', () => {
  test('creates a contact, then changes nothing where it holds all of it', async () => {
    const first = await push(person(nora));
    expect(first).toMatchObject({ connector: 'eloqua', recordType: 'Contact', created: true });
    expect(first.externalIds).toEqual({ eloquaContactId: first.recordId });
    expect(contact(first.recordId)?.properties).toMatchObject({
      emailAddress: nora,
      firstName: 'Nora',
      accountName: 'Acme',
    });
    const { context, notes } = step(person(nora.toUpperCase()));
    expect(await pushRecord.run(context, {})).toMatchObject({ recordId: first.recordId, created: false });
    expect(notes.at(-1)).toContain('nothing was changed');
    expect(writes()).toHaveLength(1);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('wipes nothing that the mapping does not name', async () => {
    const before = contact('201')!;
    await push(person(hanna, [always('C_Title', 'Chief'), always('C_Fleet_Size1', 12)]));
    expect(contact('201')).toMatchObject({
      properties: { ...before.properties, title: 'Chief' },
      values: { ...before.values, '100192': '12' },
    });
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('keeps the rule of each line: always, if blank, never', async () => {
    const mapped: MappedField[] = [
      always('C_City', 'Delft'),
      { field: 'C_Company', value: 'Other', update: 'if_blank' },
      { field: 'C_BusPhone', value: '+31 20 1', update: 'if_blank' },
      { field: 'C_Industry1', value: 'Other', update: 'if_blank' },
      { field: 'C_Country', value: 'NL', update: 'never' },
      always('C_FirstName', ' '),
    ];
    const { context, notes } = step(person(hanna, mapped));
    await pushRecord.run(context, {});
    expect(notes.at(-1)).toBe('Changed: C_City, C_BusPhone.');
    expect(contact('201')).toMatchObject({
      properties: { city: 'Delft', accountName: 'Northwind Freight', businessPhone: '+31 20 1', firstName: 'Hanna' },
      values: { '100190': 'Logistics' },
    });
    const made = await push(person(nora, mapped));
    expect(contact(made.recordId)).toMatchObject({ properties: { country: 'NL' }, values: { '100190': 'Other' } });
  });

  test('an e-mail that stands for half the database costs one call, and makes nobody', async () => {
    const body = { elements: [], page: 1, pageSize: 200, total: 40_000 };
    sandbox.fault('eloqua', { match: { path: 'data/contacts' }, fault: { status: 200, body } });
    const asked = () => sandbox.exchanges().filter(({ url }) => url.includes('data/contacts')).length;
    expect(await failureOf(eloqua, push(person("'*@*.example")))).toMatchObject({
      kind: 'rejected',
      details: { field: 'visitor.email' },
    });
    expect(asked()).toBe(1);
    expect(writes()).toEqual([]);
  });

  test('finds people whose e-mail has a quote or a star in it, and nobody else', async () => {
    expect(await push(person("Shane.O'Neil@cobalt-rail.example"))).toMatchObject({ recordId: '202', created: false });
    const star = await push(person('*@cobalt-rail.example'));
    expect(star).toMatchObject({ created: true });
    expect(await push(person('*@cobalt-rail.example'))).toMatchObject({ recordId: star.recordId, created: false });
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('writes values as Eloqua keeps them', async () => {
    const { recordId } = await push(
      person(nora, [
        always('C_Renewal_Date1', '2027-01-31'),
        always('C_Fleet_Size1', '120'),
        always('C_Trial1', true),
        always('C_Interests1', ['Routing', 'Compliance']),
        always('C_Last_Conversation1', 'x'.repeat(5_000)),
      ]),
    );
    expect(contact(recordId)?.values).toMatchObject({
      '100191': 'Routing::Compliance',
      '100192': '120',
      '100193': String(Date.parse('2027-01-31T00:00:00Z') / 1000),
      '100194': 'Yes',
      '100195': expect.stringMatching(/^x{5000}$/),
    });
  });

  test.each<[string, MappedField, object]>([
    ['a field that is not there', always('C_Nothing1', 'x'), { field: 'C_Nothing1', schemaDrift: true }],
    ['a field that is read-only', always('C_DateCreated', '2026-01-01'), { field: 'C_DateCreated' }],
    ['text for a number', always('C_Fleet_Size1', 'many'), { field: 'C_Fleet_Size1' }],
    ['text for a day', always('C_Renewal_Date1', 'soon'), { field: 'C_Renewal_Date1' }],
    ['a text that is too long', always('C_City', 'x'.repeat(101)), { field: 'C_City' }],
    ['perhaps for a checkbox', always('C_Trial1', 'perhaps'), { field: 'C_Trial1' }],
  ])('refuses %s before anything is sent', async (_what, line, details) => {
    expect(await failureOf(eloqua, push(person(nora, [line])))).toMatchObject({ kind: 'rejected', details });
    expect(writes()).toEqual([]);
  });

  test.each([
    ['property', 'C_Title', { objectType: 'Contact' }, 'title'],
    ['value of a field', 'C_Industry1', { objectType: 'ContactField', objectId: '100190' }, 'value'],
  ])('names the field of the mapping where Eloqua complains of a %s', async (_what, field, container, property) => {
    const complaint = {
      type: 'ObjectValidationError',
      container,
      property,
      requirement: { type: 'TextWithNoUrlRequirement' },
      value: 'http://x',
    };
    sandbox.fault('eloqua', { match: { method: 'POST' }, fault: { status: 400, body: [complaint] } });
    const error = await failureOf(eloqua, push(person(nora, [always(field, 'http://x')])));
    expect(error).toMatchObject({
      kind: 'rejected',
      details: { field, vendorCode: 'TextWithNoUrlRequirement', vendorMessage: expect.stringContaining('http://x') },
    });
    expect(error.message).toContain('It takes no addresses of websites.');
  });

  test('an address that is none is refused in Eloqua’s words', async () => {
    const error = await failureOf(eloqua, push({ visitor: { email: 'nobody', fields: {}, external: {} } }));
    expect(error).toMatchObject({
      kind: 'rejected',
      details: { vendorCode: 'EmailAddressRequirement', field: 'emailAddress' },
    });
    expect((await failureOf(eloqua, push({ visitor: { fields: {}, external: {} } }))).details.field).toBe(
      'visitor.email',
    );
  });

  test('a contact that somebody made meanwhile is matched anew and updated', async () => {
    const { recordId } = await push(person(nora, [always('C_City', 'Delft')]));
    sandbox.fault('eloqua', {
      match: { path: '/data/contacts' },
      fault: { body: { elements: [], page: 1, pageSize: 200, total: 0 } },
    });
    const { context, notes } = step(person(nora));
    expect(await pushRecord.run(context, {})).toMatchObject({ recordId, created: false });
    expect(notes).toContain('The contact was made by somebody else at this moment.');
    expect(contact(recordId)?.properties).toMatchObject({ city: 'Delft', firstName: 'Nora' });
    expect(contacts().filter(({ properties }) => properties.emailAddress === nora)).toHaveLength(1);
  });

  test('a contact that the user may not see is said to be there', async () => {
    sandbox.control('eloqua', { hideContacts: [hanna] });
    const error = await failureOf(eloqua, push(person(hanna)));
    expect([error.kind, error.message]).toEqual(['forbidden', expect.stringContaining('does not show it')]);
  });

  test('a contact that was deleted after the look is matched anew', async () => {
    sandbox.fault('eloqua', { match: { method: 'PUT' }, fault: { status: 404 } });
    const line = always('C_City', 'Delft');
    expect((await failureOf(eloqua, push(person(hanna, [line])))).kind).toBe('transient');
  });

  test('a site without the API says so', async () => {
    sandbox.control('eloqua', { apiEnabled: false });
    const error = await failureOf(eloqua, push(person(nora)));
    expect([error.kind, error.message]).toEqual(['forbidden', expect.stringContaining('has not been enabled')]);
  });

  test('two steps with one person never run at once', () => {
    const keys = [nora, ` ${nora.toUpperCase()}`].map(email =>
      pushRecord.exclusive?.({}, step(person(email)).context.facts),
    );
    expect(new Set(keys).size).toBe(1);
  });

  test('describes the fields that may be written, the required one first', async () => {
    const fields = (await eloqua.mappable?.describe(asking(), 'Contact')) ?? [];
    expect(fields[0]).toMatchObject({ name: 'C_EmailAddress', required: true });
    expect(fields).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'C_Fleet_Size1', label: 'Fleet Size', type: 'number' }),
        expect.objectContaining({ name: 'C_Last_Conversation1', type: 'largeText', maxLength: 32_000 }),
        expect.objectContaining({ name: 'C_Trial1', type: 'boolean' }),
      ]),
    );
    expect(fields.map(({ name }) => name)).not.toContain('C_DateCreated');
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });
});

describe('lists', () => {
  type List = { id: string; name: string; description: string; members: string[] };
  const list = (id: string) => (sandbox.records('eloqua', 'lists') as List[]).find(each => each.id === id);
  const pushed: Partial<StepFacts> = { lastPush: { connector: 'eloqua', recordType: 'Contact', recordId: '201' } };
  const add = (listId: string, facts = pushed) => addToList.run(step(facts).context, { listId });

  test('takes the contact of the last push, the known one, or the one with the e-mail, and leaves the list as it is', async () => {
    const before = list('52')!;
    expect(await add('52')).toEqual({ listId: '52', listName: before.name, contactId: '201' });
    await add(before.name, { visitor: { fields: {}, external: { eloquaContactId: '201' } } });
    await add('52', person(hanna));
    expect(list('52')).toEqual({ ...before, members: ['202', '201'], updatedAt: expect.any(Number) });
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test.each([
    ['Nowhere', 'No contact list of this Eloqua site is called'],
    ['99', 'never was on this site'],
    ['Newsletter', '2 contact lists are called “Newsletter” (53, 54)'],
    ['Autumn*', 'No contact list of this Eloqua site is called'],
  ])('refuses the list “%s” with words', async (listId, words) => {
    const error = await failureOf(eloqua, add(listId));
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringContaining(words)]);
  });

  test('without any contact it says to push first', async () => {
    const error = await failureOf(eloqua, add('52', person(nora)));
    expect(error.message).toContain('Put a step that pushes');
  });

  test('a contact that is not there any more is refused in Eloqua’s words', async () => {
    const gone = { lastPush: { connector: 'eloqua', recordType: 'Contact', recordId: '999' } };
    const error = await failureOf(eloqua, add('52', gone));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: 'RelationshipRequirement' } });
  });

  test('offers lists by any part of their name', async () => {
    const found = await eloqua.pickLists?.lists?.(asking(), { search: 'fleet' });
    expect(found).toEqual({ options: [{ value: '52', label: 'Autumn Fleet Webinar' }] });
    expect((await eloqua.pickLists?.lists?.(asking(), {}))?.options).toHaveLength(4);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });
});
