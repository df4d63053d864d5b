import { createHash } from 'node:crypto';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Grant, MappedField, StepFacts } from '../../src/sdk/index.ts';
import { mappedByDefault } from '../../src/sdk/testing/mapped.ts';
import { pressConsent } from '../../test/support/consent.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { addToList } from './actions/add-to-list.ts';
import { pushRecord } from './actions/push-record.ts';
import { auth } from './auth.ts';
import pardot from './index.ts';
import vendor from './sandbox/index.ts';

const redirectUri = 'http://127.0.0.1:3000/v1/oauth/pardot/callback';
const unit = { businessUnit: '0Uv5e0000004CQSCA2' };
let now = Date.parse('2026-11-23T09:00:00Z');

let sandbox: Sandbox;
let grant: Grant;
const call = (options: Record<string, string> = unit) => ({
  settings: sandbox.settings(),
  options,
  signal: new AbortController().signal,
});

async function connect(options: Record<string, string> = unit): Promise<Grant> {
  const codeVerifier = 'v'.repeat(64);
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const asked = { ...call(options), state: 'state-1', redirectUri, codeChallenge, scopes: auth.scopes };
  const query = Object.fromEntries((await pressConsent(await auth.authorizeUrl(asked), 'allow')).searchParams);
  expect(query.state).toBe('state-1');
  return auth.exchange({ ...call(options), code: query.code ?? '', redirectUri, codeVerifier, query });
}

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => now });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  now += 3_600_000;
  sandbox.reset();
  grant = await connect();
});

const clientOf = (held: Grant, onUsage?: (usage: { used: number; limit: number }) => void) =>
  pardot.open({ grant: held, settings: sandbox.settings(), timeoutMs: 5_000, onUsage });
const asking = () => ({ ...call(), client: clientOf(grant) });
const person = (email: string, mapped?: MappedField[]): Partial<StepFacts> => {
  const visitor = { email, fields: { first_name: 'Nora', last_name: 'Body', company: 'Acme' }, external: {} };
  return { visitor, mapped: mapped ? { Prospect: mapped } : mappedByDefault(pardot, visitor) };
};
const always = (field: string, value: unknown): MappedField => ({ field, value, update: 'always' });
const step = (facts: Partial<StepFacts>) => stepOf(clientOf(grant), { facts, now });
const push = (facts: Partial<StepFacts>, { context } = step(facts)) => pushRecord.run(context, {});
const prospects = () => sandbox.records('pardot', 'prospects') as (Record<string, unknown> & { id: number })[];
const prospect = (id: number) => prospects().find(each => each.id === id);
const sent = () =>
  sandbox
    .exchanges()
    .filter(({ method, url }) => method === 'POST' && url.includes('/api/'))
    .map(({ requestBody }) => JSON.parse(requestBody ?? '{}'));
const nora = 'nora.body@acme.example';

describe('connecting', () => {
  test('names the business unit, the user and how many calls are used', async () => {
    const used: object[] = [];
    const client = clientOf(grant, usage => used.push(usage));
    expect(await pardot.whoAmI?.({ ...call(), client })).toEqual({
      id: unit.businessUnit,
      name: 'Brightline Freight Software',
      user: 'integration@brightline.example',
      url: sandbox.settings().PARDOT_API_URL,
      details: {
        businessUnitId: unit.businessUnit,
        accountId: '481232',
        edition: 'Advanced',
        orgId: expect.stringMatching(/^00D/),
        userId: expect.stringMatching(/^005/),
      },
    });
    expect(used).toEqual([{ used: 1, limit: 25_000 }]);
  });

  test('a role that may not see the account is connected under the id of its business unit', async () => {
    sandbox.control('pardot', { withholdAbilities: ['accounts.view'] });
    expect(await pardot.whoAmI?.(asking())).toMatchObject({ name: `Business unit ${unit.businessUnit}` });
  });

  test.each([
    ['one that nobody has', '0Uv5e000000XXXXXX2'],
    ['one that was switched off', '0Uv5e0000004CQcCAM'],
  ])('a business unit is looked at before anything is kept: %s', async (_what, businessUnit) => {
    const held = await connect({ businessUnit });
    const error = await failureOf(pardot, Promise.resolve(pardot.whoAmI?.({ ...call(), client: clientOf(held) })));
    expect(error).toMatchObject({ kind: 'forbidden', details: { vendorCode: '201', park: true } });
    expect(error.message).toContain('--option businessUnit=');
  });

  test.each([[{}], [{ businessUnit: '0Uv5e0000004CQS' }], [{ businessUnit: '00D5e0000004CQSCA2' }]])(
    'no code is traded without a business unit: %j',
    async options => {
      expect(auth.options?.safeParse(options).success).toBe(false);
      const asked = { ...call(options as Record<string, string>), code: 'c', query: { code: 'c' }, redirectUri };
      const error = await failureOf(pardot, auth.exchange(asked));
      expect(error).toMatchObject({ kind: 'rejected', details: { field: 'businessUnit' } });
      expect(sandbox.exchanges()).toHaveLength(0);
    },
  );

  test('an app without the scope pardot_api is told what it lacks', async () => {
    sandbox.control('pardot', { withholdScopes: ['pardot_api'] });
    const error = await failureOf(pardot, connect());
    expect([error.kind, error.message]).toEqual(['forbidden', expect.stringContaining('pardot_api')]);
  });

  test('a user who is not synced to the business unit is not accepted', async () => {
    sandbox.control('pardot', { userSynced: false });
    const error = await failureOf(pardot, push(person(nora)));
    expect([error.kind, error.message]).toEqual(['unauthorized', expect.stringContaining('synced')]);
  });

  test('a denied consent is a refusal', async () => {
    const asked = { ...call(), state: 's', redirectUri, codeChallenge: 'c'.repeat(43), scopes: auth.scopes };
    const query = Object.fromEntries((await pressConsent(await auth.authorizeUrl(asked), 'deny')).searchParams);
    expect(query).toMatchObject({ error: 'access_denied', state: 's' });
    const error = await failureOf(pardot, auth.exchange({ ...call(), code: '', query, redirectUri }));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: 'access_denied' } });
  });
});

describe('pushing people', () => {
  test('creates a prospect, then changes nothing where it holds all of it', async () => {
    const first = await push(person(nora));
    expect(first).toMatchObject({ connector: 'pardot', recordType: 'Prospect', created: true });
    expect(first.externalIds).toEqual({ pardotProspectId: first.recordId });
    expect(prospect(Number(first.recordId))).toMatchObject({ email: nora, firstName: 'Nora', company: 'Acme' });
    const { context, notes } = step(person(nora));
    expect(await pushRecord.run(context, {})).toMatchObject({ recordId: first.recordId, created: false });
    expect(notes).toEqual(['The prospect holds all of it already; nothing was changed.']);
    expect(sent()).toHaveLength(1);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('of several prospects with one e-mail the one that was active last is updated, and the step says so', async () => {
    const facts = person('noah.becker@cobalt-rail.example');
    const { context, notes } = step(facts);
    expect(await pushRecord.run(context, {})).toMatchObject({ recordId: '20230103', created: false });
    expect(notes.join(' ')).toContain('2 prospects have this e-mail');
    // What was filled is left, what was empty is filled.
    expect(prospect(20230103)).toMatchObject({ firstName: 'Noah', lastName: 'Body', company: 'Acme' });
    expect(prospect(20230102)).toMatchObject({ lastName: 'Becker', company: 'Cobalt Rail' });
  });

  test('keeps the rule of each line: always, if blank, never', async () => {
    const mapped: MappedField[] = [
      always('jobTitle', 'Chief'),
      { field: 'phone', value: '+31 20 1', update: 'if_blank' },
      { field: 'company', value: 'Other', update: 'if_blank' },
      { field: 'source', value: 'Website', update: 'never' },
      always('city', ' '),
    ];
    await push(person('hanna.verbeek@northwind-freight.example', mapped));
    expect(sent()).toEqual([expect.objectContaining({ prospect: { jobTitle: 'Chief', phone: '+31 20 1' } })]);
    const made = await push(person(nora, mapped));
    expect(prospect(Number(made.recordId))).toMatchObject({ company: 'Other', source: 'Website' });
  });

  test('a prospect that reads do not show yet is updated all the same, as if it were new', async () => {
    const { recordId } = await push(person(nora));
    sandbox.control('pardot', { readLagSeconds: 60 });
    now += 30_000;
    const later = await push(person(nora, [{ field: 'company', value: 'Acme B.V.', update: 'if_blank' }]));
    expect(later).toMatchObject({ recordId, created: true });
    expect(prospects().filter(({ email }) => email === nora)).toHaveLength(1);
    expect(prospect(Number(recordId))).toMatchObject({ company: 'Acme B.V.' });
    now += 61_000;
    const seen = await push(person(nora, [{ field: 'company', value: 'Other', update: 'if_blank' }]));
    expect([seen.created, prospect(Number(recordId))?.company]).toEqual([false, 'Acme B.V.']);
  });

  test('writes custom fields in the types that they have', async () => {
    const mapped = [
      always('fleet_size__c', '120'),
      always('interests__c', 'Routing; Compliance'),
      always('renewal_date__c', '2027-01-31T10:00:00Z'),
      always('region__c', 'EMEA'),
      always('isDoNotCall', 'true'),
      always('employees', 250),
    ];
    const { recordId } = await push(person(nora, mapped));
    expect(prospect(Number(recordId))).toMatchObject({
      fleet_size__c: 120,
      interests__c: ['Routing', 'Compliance'],
      renewal_date__c: '2027-01-31',
      isDoNotCall: true,
      employees: '250',
    });
  });

  test.each<[string, MappedField, object]>([
    ['a field that is not there', always('nothing__c', 'x'), { field: 'nothing__c', schemaDrift: true }],
    ['a default field that is misspelt', always('jobTitel', 'x'), { field: 'jobTitel' }],
    ['text for a number', always('fleet_size__c', 'many'), { field: 'fleet_size__c' }],
    ['half a number', always('score', 1.5), { field: 'score' }],
    ['an object for a text', always('company', { name: 'Acme' }), { field: 'company' }],
  ])('refuses %s before anything is sent', async (_what, line, details) => {
    const error = await failureOf(pardot, push(person(nora, [line])));
    expect(error).toMatchObject({ kind: 'rejected', details });
    expect(sent()).toEqual([]);
  });

  test('shows what Account Engagement says of a value outside of a picklist, and names the field', async () => {
    const error = await failureOf(pardot, push(person(nora, [always('region__c', 'Moon')])));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'region__c', vendorCode: '154' } });
    expect(error.details.vendorMessage).toContain('must be one of Americas');
  });

  test.each([
    [undefined, 'visitor.email', undefined],
    ['not an address', undefined, '4'],
  ])('refuses the e-mail %j', async (email, field, vendorCode) => {
    const error = await failureOf(pardot, push({ visitor: { email, fields: { company: 'A' }, external: {} } }));
    expect(error).toMatchObject({ kind: 'rejected', details: field ? { field } : { vendorCode } });
  });

  test('sends custom fields as they are where the user may not see them, and says so', async () => {
    sandbox.control('pardot', { withholdAbilities: ['fields.configure'] });
    const facts = person(nora, [always('region__c', 'EMEA')]);
    const { context, notes } = step(facts);
    const { recordId } = await pushRecord.run(context, {});
    expect(prospect(Number(recordId))).toMatchObject({ region__c: 'EMEA' });
    expect(notes.join(' ')).toContain('Configure Fields');
  });

  test('a role that may write but not see says what it lacks', async () => {
    sandbox.control('pardot', { withholdAbilities: ['prospects.view'] });
    expect(await failureOf(pardot, push(person(nora)))).toMatchObject({ kind: 'forbidden' });
  });

  test('nobody is pushed once the calls of the day are used up', async () => {
    sandbox.control('pardot', { dailyLimit: 10, dailyUsed: 10 });
    const error = await failureOf(pardot, push(person(nora)));
    expect(error).toMatchObject({ kind: 'throttled', details: { vendorCode: '122', retryAfterMs: 30 * 60_000 } });
  });

  test('two steps with one person never run at once', () => {
    const keys = [nora, ` ${nora.toUpperCase()}`].map(email =>
      pushRecord.exclusive?.({}, step(person(email)).context.facts),
    );
    expect(new Set(keys).size).toBe(1);
  });

  test('describes the default and the custom fields over several pages, the required one first', async () => {
    sandbox.control('pardot', { pageSize: 2 });
    const fields = (await pardot.mappable?.describe(asking(), 'Prospect')) ?? [];
    expect(fields[0]).toMatchObject({ name: 'email', required: true, maxLength: 255 });
    expect(fields).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'fleet_size__c', label: 'Fleet size', type: 'number' }),
        expect.objectContaining({ name: 'last_conversation__c', type: 'textarea' }),
        expect.objectContaining({ name: 'isDoNotEmail', type: 'boolean' }),
      ]),
    );
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });
});

describe('lists', () => {
  const memberships = () => sandbox.records('pardot', 'list-memberships') as { listId: number; prospectId: number }[];
  const pushed: Partial<StepFacts> = {
    lastPush: { connector: 'pardot', recordType: 'Prospect', recordId: '20230101' },
  };
  const add = (listId: string, facts = pushed, { context } = step(facts)) => addToList.run(context, { listId });

  test('takes the prospect of the last push, the known one, or the one with the e-mail, once', async () => {
    expect(await add('33002')).toMatchObject({
      created: true,
      listName: 'Autumn Fleet Webinar',
      prospectId: '20230101',
    });
    const known = { visitor: { fields: {}, external: { pardotProspectId: '20230101' } } };
    expect(await add('Autumn Fleet Webinar', known)).toMatchObject({ created: false });
    const { context, notes } = step(person('noah.becker@cobalt-rail.example'));
    expect(await addToList.run(context, { listId: '33002' })).toMatchObject({ created: true, prospectId: '20230103' });
    expect(notes.join(' ')).toContain('2 prospects have this e-mail');
    expect(memberships()).toHaveLength(2);
  });

  test('a member that reads do not show yet is a member all the same', async () => {
    await add('33002');
    sandbox.control('pardot', { readLagSeconds: 60 });
    now += 1_000;
    const { context, notes } = step(pushed);
    expect(await addToList.run(context, { listId: '33002' })).toEqual({
      listId: '33002',
      listName: 'Autumn Fleet Webinar',
      prospectId: '20230101',
      created: false,
    });
    expect(notes).toContain('Already on “Autumn Fleet Webinar”.');
  });

  test.each([
    ['Nowhere', 'No list of this business unit is called'],
    ['99', 'The requested record was not found'],
    ['Recently active', 'dynamic list'],
    ['Newsletter', '2 lists are called “Newsletter” (33004, 33005)'],
  ])('refuses the list “%s” with words', async (listId, words) => {
    const error = await failureOf(pardot, add(listId));
    expect([error.kind, error.message]).toEqual(['rejected', expect.stringContaining(words)]);
    expect(memberships()).toHaveLength(0);
  });

  test('without any prospect it says to push first', async () => {
    const nobody = { visitor: { email: nora, fields: {}, external: {} } };
    expect((await failureOf(pardot, add('33002', nobody))).message).toContain('Put a step that pushes');
  });

  test('offers static lists by any part of their name, a page at a time', async () => {
    expect(await pardot.pickLists?.lists?.(asking(), { search: 'webinar' })).toEqual({
      options: [{ value: '33002', label: 'Autumn Fleet Webinar' }],
    });
    sandbox.control('pardot', { pageSize: 2 });
    const first = await pardot.pickLists?.lists?.(asking(), {});
    expect(first).toMatchObject({ options: [{ value: '33001' }, { value: '33002' }], next: '33002' });
    const second = await pardot.pickLists?.lists?.(asking(), { after: first?.next });
    expect(second).toMatchObject({ options: [{ value: '33004' }], next: '33004' });
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });
});
