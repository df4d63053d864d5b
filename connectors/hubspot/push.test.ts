import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type BatchItem, type MappedField, StepError, type StepFacts } from '../../src/sdk/index.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo } from '../../test/support/hubspot-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { pushRecord } from './actions/push-record.ts';
import type { HubSpotClient } from './client.ts';
import hubspot from './index.ts';
import type { HubSpotPushInput } from './push.ts';
import vendor from './sandbox/index.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
type Held = Record<string, string | null>;
type Row = { id: string; properties: Held; associations: string[] };
const clock = { now: START };
let sandbox: Sandbox;
let client: HubSpotClient;
const seen: object[] = [];
/** What happens at HubSpot while a call that is scripted to take a while is on its way. */
let meanwhile = (): unknown => undefined;

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => clock.now, wait: async () => meanwhile() });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  // Later than what an earlier test made the connector remember of the account.
  clock.now += 3_600_000;
  sandbox.reset();
  client = await connectTo(sandbox);
  await push({ email: 'warm.up@elsewhere.example' });
  sandbox.reset();
});
afterEach(() => {
  seen.push(...sandbox.exchanges());
});

const contacts = () => sandbox.records('hubspot', 'contacts') as Row[];
const byEmail = (email: string) => contacts().find(({ properties }) => properties.email === email);
const idOf = (email: string) => byEmail(email)!.id;
const wire = () => sandbox.exchanges().map(({ method, url }) => `${method} ${new URL(url).pathname}`);

type Visitor = { email?: string; fields?: Record<string, unknown> } & Partial<StepFacts>;
const factsOf = ({ email, fields = {}, ...more }: Visitor): Partial<StepFacts> => ({
  visitor: { email, fields, external: {} },
  ...more,
});
async function push(visitor: Visitor) {
  const { context, notes } = stepOf(client, { facts: factsOf(visitor), now: clock.now });
  const output = await pushRecord.run(context, {});
  return { output, notes: notes.join(' ') };
}
async function pushMany(visitors: Visitor[]) {
  const { context } = stepOf(client, { now: clock.now });
  const items: BatchItem<HubSpotPushInput>[] = visitors.map((visitor, index) => ({
    stepKey: `step-${index}-${'k'.repeat(32)}`,
    facts: stepOf(client, { facts: factsOf(visitor) }).context.facts,
    input: {},
    note: () => {},
  }));
  return pushRecord.batch!.run(context, items);
}
const mapped = (...contacts: MappedField[]) => ({ mapped: { contacts } });
const line = (field: string, value: unknown, update: MappedField['update'] = 'always') => ({ field, value, update });
const hanna = 'hanna.verbeek@northwind-freight.example';
const ellen = 'ellen.marsh@harborpine.example';
const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    email: `person${index}@many.example`,
    fields: { first_name: `Person ${index}` },
  }));

describe('whom a push finds', () => {
  test('the contact with the e-mail, in whatever case', async () => {
    const { output } = await push({ email: hanna.toUpperCase(), fields: { phone: '+31 20 555 0100' } });
    const id = idOf(hanna);
    expect(output).toEqual({
      connector: 'hubspot',
      recordType: 'contacts',
      recordId: id,
      created: false,
      url: `${sandbox.url}/hubspot/contacts/48211733/record/0-1/${id}`,
      externalIds: { hubspotContactId: id },
    });
    expect(byEmail(hanna)?.properties).toMatchObject({ phone: '+31 20 555 0100', firstname: 'Hanna' });
  });

  test('nobody: it is created with what is known', async () => {
    const fields = { first_name: 'New', last_name: 'Person', company: 'Fresh', title: 'Buyer', industry: ' ' };
    const { output, notes } = await push({ email: 'new.person@fresh.example', fields });
    expect(output.created).toBe(true);
    expect(byEmail('new.person@fresh.example')).toMatchObject({
      id: output.recordId,
      properties: { firstname: 'New', lastname: 'Person', company: 'Fresh', jobtitle: 'Buyer' },
    });
    expect(byEmail('new.person@fresh.example')?.properties).not.toHaveProperty('industry');
    expect(notes).toContain('was created');
  });

  test('a contact that has the e-mail as a further address, which keeps its primary one', async () => {
    const before = contacts().length;
    const { output, notes } = await push({
      email: 'Ellen@Marsh-Consulting.example',
      ...mapped(line('jobtitle', 'Consultant', 'if_blank'), line('firstname', 'Elaine', 'if_blank')),
    });
    expect(output).toMatchObject({ recordId: idOf(ellen), created: false });
    expect(byEmail(ellen)?.properties).toMatchObject({ firstname: 'Ellen', jobtitle: 'Consultant' });
    expect(contacts()).toHaveLength(before);
    expect(notes).toContain('further address');
  });

  test('a contact that was merged into another is that other', async () => {
    const tomas = 'tomas.lindqvist@northwind-freight.example';
    const [primary, other] = [idOf(hanna), idOf(tomas)];
    sandbox.control('hubspot', { merge: { primary, other } });
    const { output } = await push({ email: tomas, ...mapped(line('phone', '+1', 'always')) });
    expect(output.recordId).toBe(primary);
    expect(byEmail(tomas)).toBeUndefined();
  });

  test('nobody, since the visitor’s e-mail is not known: the step says so without a call', async () => {
    const error = await failureOf(hubspot, push({}));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
    expect(wire()).toEqual([]);
  });
});

describe('who owns a contact', () => {
  const [dana, luis] = ['dana.whitfield@brightline.example', 'luis.ortega@brightline.example'];
  const meetingOf = (email: string) => ({ id: 'm1', owner: { email } });
  test.each([
    ['the rep who chatted', { rep: { email: dana.toUpperCase() }, meeting: meetingOf(luis) }, '71002'],
    [
      'the owner of the meeting, where no rep is a user',
      { rep: { email: 'x@y.example' }, meeting: meetingOf(luis) },
      '71003',
    ],
    ['nobody, where both are strangers', { rep: { email: 'milo.hart@brightline.example' } }, null],
  ])('a new one belongs to %s', async (_who, facts, owner) => {
    const { notes } = await push({ email: 'new@owner.example', ...facts });
    expect(byEmail('new@owner.example')?.properties.hubspot_owner_id ?? null).toBe(owner);
    if (owner === null) expect(notes).toContain('has no owner');
  });

  test('an existing one keeps its owner, even where the owner is mapped', async () => {
    const { notes } = await push({
      email: hanna,
      rep: { email: luis },
      ...mapped(line('hubspot_owner_id', '71003'), line('phone', '1')),
    });
    expect(byEmail(hanna)?.properties.hubspot_owner_id).toBe('71002');
    expect(notes).toContain('decides it by itself');
  });

  test('a connection that may not see owners leaves a new contact without one, and says so', async () => {
    sandbox.control('hubspot', { withholdScopes: ['crm.objects.owners.read'] });
    client = await connectTo(sandbox);
    clock.now += 3_600_000;
    client = await connectTo(sandbox);
    const { output, notes } = await push({ email: 'new@owner.example', rep: { email: dana } });
    expect(output.created).toBe(true);
    expect(notes).toContain('crm.objects.owners.read');
  });
});

describe('what a push writes into a contact that is there', () => {
  test.each([
    ['always', 'COO', 'COO'],
    ['always', '', 'VP Operations'],
    ['if_blank', 'COO', 'VP Operations'],
    ['never', 'COO', 'VP Operations'],
  ] as const)('%s with “%s” leaves %s', async (update, value, left) => {
    await push({ email: hanna, ...mapped(line('jobtitle', value, update)) });
    expect(byEmail(hanna)?.properties.jobtitle).toBe(left);
  });

  test('is read first only where a rule looks at it', async () => {
    await push({ email: hanna, ...mapped(line('jobtitle', 'COO'), line('phone', '1')) });
    expect(wire()).toEqual(['POST /crm/v3/objects/contacts/batch/upsert']);
    await push({ email: hanna, ...mapped(line('jobtitle', 'CEO', 'if_blank')) });
    // Filled already: nothing is written.
    expect(wire().slice(1)).toEqual(['POST /crm/v3/objects/contacts/batch/read']);
  });

  test('is turned into what each property takes', async () => {
    await push({
      email: hanna,
      ...mapped(
        line('fleet_size', '120.5'),
        line('renewal_date', '2027-03-01T22:00:00-05:00'),
        line('last_chat_at', '2026-11-23T10:00:00+01:00'),
        line('is_partner', true),
        line('product_interest', ['Live tracking', 'billing']),
        line('lifecyclestage', 'Sales Qualified Lead'),
      ),
    });
    expect(byEmail(hanna)?.properties).toMatchObject({
      fleet_size: '120.5',
      renewal_date: '2027-03-01',
      last_chat_at: '2026-11-23T09:00:00.000Z',
      is_partner: 'true',
      product_interest: 'tracking;billing',
      lifecyclestage: 'salesqualifiedlead',
    });
  });

  test.each([
    ['an option that it has not', line('lifecyclestage', 'Hot'), /lifecyclestage.*subscriber, lead.*"Hot"/],
    ['a word for a number', line('fleet_size', 'many'), /fleet_size.*takes a number; it was "many"/],
    ['a property that is not there', line('shoe_size', '44'), /names `shoe_size`, but .*no such contact property/],
    ['one that HubSpot works out', line('hs_email_domain', 'x'), /hs_email_domain.*takes no value/],
  ])('is refused before anything is written where it is %s', async (_what, wrong, words) => {
    const error = await failureOf(hubspot, push({ email: 'x@y.example', ...mapped(wrong) }));
    expect(error).toMatchObject({
      kind: 'rejected',
      details: { field: wrong.field },
    });
    expect(error.message).toMatch(words);
    expect(byEmail('x@y.example')).toBeUndefined();
  });

  test('a property that was taken away since it was described is a drift of the schema', async () => {
    const body = {
      status: 'error',
      message:
        'Property values were not valid: [{"isValid":false,"message":"Property \\"jobtitle\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"jobtitle"}]',
      correlationId: 'corr-1',
      category: 'VALIDATION_ERROR',
    };
    sandbox.fault('hubspot', { match: { path: 'batch/upsert' }, fault: { status: 400, body } });
    const error = await failureOf(hubspot, push({ email: hanna, ...mapped(line('jobtitle', 'COO')) }));
    expect(error).toMatchObject({
      kind: 'rejected',
      details: {
        field: 'jobtitle',
        vendorCode: 'PROPERTY_DOESNT_EXIST',
        schemaDrift: true,
        vendorMessage: 'Property "jobtitle" does not exist',
      },
    });
    sandbox.reset();
    // The properties are asked for anew.
    await push({ email: hanna, ...mapped(line('jobtitle', 'COO')) });
    expect(wire()[0]).toBe('GET /crm/v3/properties/contacts');
  });

  test('a contact that is deleted between reading and writing is made anew, with an owner', async () => {
    const id = idOf(hanna);
    sandbox.fault('hubspot', { match: { path: 'batch/upsert' }, fault: { delayMs: 1 } });
    meanwhile = () => sandbox.control('hubspot', { delete: id });
    const { output, notes } = await push({
      email: hanna,
      rep: { email: 'luis.ortega@brightline.example' },
      ...mapped(line('firstname', 'Hanna', 'if_blank'), line('phone', '1')),
    });
    expect(output.recordId).not.toBe(id);
    expect(byEmail(hanna)?.properties).toMatchObject({ firstname: 'Hanna', phone: '1', hubspot_owner_id: '71003' });
    expect(notes).toContain('made anew');
  });
});

describe('many at once', () => {
  const [create, read, upsert] = ['create', 'read', 'upsert'].map(
    what => `POST /crm/v3/objects/contacts/batch/${what}`,
  );
  const many = () => contacts().filter(({ properties }) => properties.email?.endsWith('@many.example'));
  /** Looked for first, since others of whom the hub knew nothing have been met there. */
  const meetSomebody = async () => {
    await push({ email: hanna });
    return wire().length;
  };

  test('a hundred new people are made in one call', async () => {
    const results = await pushMany(people(100));
    expect(results.filter(result => result instanceof StepError)).toEqual([]);
    expect(wire()).toEqual([create]);
    expect(many()).toHaveLength(100);
  });

  test('those who turn out to be there are matched, and from then on people are looked for first', async () => {
    const visitors = people(12);
    visitors[5]!.email = hanna;
    visitors[6]!.email = 'ellen@marsh-consulting.example';
    const results = await pushMany(visitors);
    expect(results.map(result => result instanceof StepError || result.created)).toEqual(
      visitors.map((_, index) => index !== 5 && index !== 6),
    );
    expect(byEmail(hanna)?.properties).toMatchObject({ firstname: 'Hanna', hubspot_owner_id: '71002' });
    const before = wire().length;
    await pushMany(people(112).slice(12));
    expect(wire().slice(before)).toEqual([read, upsert]);
    expect(many()).toHaveLength(110);
  });

  test('people whom the hub has pushed before are looked for first', async () => {
    await pushMany(people(100));
    const known = people(100).map(person => ({
      visitor: {
        email: person.email,
        fields: { last_name: 'Known' },
        external: { hubspotContactId: idOf(person.email) },
      },
    }));
    await pushMany(known);
    expect(wire()).toEqual([create, read, upsert]);
    expect(byEmail('person99@many.example')?.properties).toMatchObject({ firstname: 'Person 99', lastname: 'Known' });
  });

  test('a thousand pushes in full batches take twenty calls where people are looked for, ten where they are new', async () => {
    sandbox.control('hubspot', { tenSecondlyLimit: 1_000 });
    const tens = Array.from({ length: 10 }, (_, part) => people(1_000).slice(part * 100, (part + 1) * 100));
    for (const ten of tens) await pushMany(ten);
    expect(wire()).toHaveLength(10);
    const before = await meetSomebody();
    const changed = (ten: (typeof tens)[number]) => ten.map(person => ({ ...person, fields: { title: 'Changed' } }));
    for (const ten of tens) await pushMany(changed(ten));
    expect(wire()).toHaveLength(before + 20);
    expect(many().filter(({ properties }) => properties.jobtitle === 'Changed')).toHaveLength(1_000);
  });

  test('where HubSpot refuses to make a batch because one of it is there, all are looked for', async () => {
    const body = {
      status: 'error',
      message: 'Contact already exists. Existing ID: 103',
      correlationId: 'c',
      category: 'CONFLICT',
    };
    sandbox.fault('hubspot', { match: { path: 'batch/create' }, fault: { status: 409, body } });
    await pushMany(people(20));
    expect(wire()).toEqual([create, read, upsert]);
    expect(many()).toHaveLength(20);
  });

  test('a batch of new people whose answer is lost makes nobody twice', async () => {
    sandbox.fault('hubspot', { match: { path: 'batch/create' }, fault: { reset: 'after-apply' } });
    const lost = await pushMany(people(20));
    expect(lost.map(result => result instanceof StepError && result.kind)).toEqual(Array(20).fill('uncertain'));
    const results = await pushMany(people(20));
    expect(results.map(result => !(result instanceof StepError) && result.recordId)).toEqual(
      people(20).map(({ email }) => idOf(email)),
    );
    expect(many()).toHaveLength(20);
  });

  test.each([
    ['made', async () => 0, [create, read, upsert]],
    ['looked for', meetSomebody, [read, upsert, upsert, upsert]],
  ])(
    'one bad item among a hundred fails alone, and its neighbours are written once, where they are %s',
    async (_how, prepare, calls) => {
      const before = await prepare();
      const visitors = people(100);
      visitors[41]!.email = 'bad.address@nowhere.invalid';
      const results = await pushMany(visitors);
      expect(results.flatMap((result, index) => (result instanceof StepError ? [index] : []))).toEqual([41]);
      expect(results[41]).toMatchObject({
        kind: 'rejected',
        details: { field: 'email', vendorCode: 'INVALID_EMAIL', vendorRequestId: expect.stringMatching(/./) },
      });
      expect(many()).toHaveLength(99);
      expect(wire().slice(before)).toEqual(calls);
    },
  );

  test('where HubSpot does not say which one is wrong, it is found by halving', async () => {
    const body = {
      status: 'error',
      message: 'Something here is wrong',
      correlationId: 'c',
      category: 'VALIDATION_ERROR',
    };
    sandbox.fault('hubspot', { match: { path: 'batch/upsert' }, times: 2, fault: { status: 400, body } });
    const results = await pushMany(people(8));
    expect(results.filter(result => result instanceof StepError)).toEqual([]);
    expect(contacts().filter(({ properties }) => properties.email?.endsWith('@many.example'))).toHaveLength(8);
  });

  test('a partial answer (207) gives each its own', async () => {
    sandbox.control('hubspot', { partialUpserts: true });
    const visitors = people(5);
    visitors[3]!.email = 'bad.address@nowhere.invalid';
    const results = await pushMany(visitors);
    expect(results.map(result => (result instanceof StepError ? result.kind : result.created))).toEqual([
      true,
      true,
      true,
      'rejected',
      true,
    ]);
    expect(results[3]).toMatchObject({ details: { field: 'email', vendorCode: 'INVALID_EMAIL' } });
    expect(wire()).toHaveLength(2);
  });

  test('a further address among others is found out by the conflict', async () => {
    const visitors = [...people(3), { email: 'e.marsh@harborpine.example', fields: { title: 'Partner' } }];
    const results = await pushMany(visitors);
    expect(results.map(result => (result instanceof StepError ? result.message : result.created))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(byEmail(ellen)?.properties.jobtitle).toBe('Partner');
  });

  test('the same e-mail twice at once is one contact, whichever way it is written', async () => {
    const results = await pushMany([
      { email: 'twin@many.example', fields: { first_name: 'Twin' } },
      { email: 'Twin@Many.example', fields: { last_name: 'Second' } },
    ]);
    expect(results.map(result => !(result instanceof StepError) && result.created)).toEqual([true, false]);
    expect(byEmail('twin@many.example')?.properties).toMatchObject({ firstname: 'Twin', lastname: 'Second' });
    const key = ({ email }: Visitor) =>
      pushRecord.exclusive?.({}, stepOf(client, { facts: factsOf({ email }) }).context.facts);
    expect(key({ email: 'Twin@Many.example ' })).toBe(key({ email: 'twin@many.example' }));
  });

  test('after a failure that concerns all, nothing further is sent', async () => {
    const body = {
      status: 'error',
      message: 'Something here is wrong',
      correlationId: 'c',
      category: 'VALIDATION_ERROR',
    };
    sandbox.fault('hubspot', { match: { path: 'batch/upsert' }, fault: { status: 400, body } });
    sandbox.fault('hubspot', { match: { path: 'batch/upsert' }, fault: { status: 502 } });
    const results = await pushMany(people(4));
    expect(results.map(result => result instanceof StepError && result.kind)).toEqual([
      'uncertain',
      'uncertain',
      'transient',
      'transient',
    ]);
    expect(wire()).toHaveLength(3);
  });

  test('the ten-second quota that is used up throttles all of them, and nothing is lost', async () => {
    sandbox.control('hubspot', { tenSecondlyLimit: 1 });
    const results = await pushMany(people(3));
    for (const result of results)
      expect(result).toMatchObject({
        kind: 'throttled',
        details: { retryAfterMs: 10_000, vendorRequestId: expect.stringMatching(/./) },
      });
    expect(contacts().filter(({ properties }) => properties.email?.endsWith('@many.example'))).toEqual([]);
    clock.now += 10_001;
    sandbox.control('hubspot', { tenSecondlyLimit: 110 });
    expect((await pushMany(people(3))).filter(result => result instanceof StepError)).toEqual([]);
  });

  test('a lost answer is uncertain, and a repeat finds the contact', async () => {
    sandbox.fault('hubspot', { match: { path: 'batch/upsert' }, fault: { reset: 'after-apply' } });
    const person = { email: 'lost@answer.example', fields: { first_name: 'Lost' } };
    expect((await failureOf(hubspot, push(person))).kind).toBe('uncertain');
    expect((await push(person)).output).toMatchObject({ created: false, recordId: idOf(person.email) });
  });
});

describe('companies, where the connection asks for them', () => {
  const companies = () => sandbox.records('hubspot', 'companies') as Row[];
  const companyOf = (email: string) => {
    const [link] = byEmail(email)?.associations.filter(each => each.startsWith('companies/')) ?? [];
    return companies().find(({ id }) => link === `companies/${id}`)?.properties.domain;
  };
  beforeEach(async () => {
    client = await connectTo(sandbox, { companies: 'link' });
  });

  test('are found by the domain or made with their contact, but not for free mail', async () => {
    const before = companies().length;
    await pushMany([
      { email: 'a@northwind-freight.example' },
      { email: 'b@brand-new.example' },
      { email: 'c@brand-new.example' },
      { email: 'd@gmail.com' },
      { email: 'e@yahoo.co.uk' },
    ]);
    expect(
      ['a@northwind-freight.example', 'b@brand-new.example', 'c@brand-new.example', 'd@gmail.com', 'e@yahoo.co.uk'].map(
        companyOf,
      ),
    ).toEqual(['northwind-freight.example', 'brand-new.example', 'brand-new.example', undefined, undefined]);
    expect(companies()).toHaveLength(before + 1);
    // The search does not know the new one yet.
    await push({ email: 'f@brand-new.example' });
    expect(companyOf('f@brand-new.example')).toBe('brand-new.example');
    expect(companies()).toHaveLength(before + 1);
  });

  test('one whose creation was not answered is not made again', async () => {
    sandbox.fault('hubspot', { match: { path: 'companies/batch/create' }, fault: { reset: 'after-apply' } });
    const person = { email: 'a@lost-company.example' };
    expect((await failureOf(hubspot, push(person))).kind).toBe('uncertain');
    await push(person);
    expect(companies().filter(({ properties }) => properties.domain === 'lost-company.example')).toHaveLength(1);
  });

  test('without the scopes the contact is pushed all the same, and the step says so', async () => {
    sandbox.control('hubspot', { withholdScopes: ['crm.objects.companies.read'] });
    const { output, notes } = await push({ email: 'a@brand-new.example' });
    expect(output.created).toBe(true);
    expect(notes).toContain('crm.objects.companies.read');
  });
});

test('every exchange of these tests keeps to the vendor’s contract', async () => {
  expect(seen.length).toBeGreaterThan(100);
  const { passed, output } = await checkExchanges(seen);
  expect(passed ? '' : output).toBe('');
});
