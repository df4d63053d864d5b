import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type BatchItem, type MappedField, type PushOutput, StepError, type StepFacts } from '../../src/sdk/index.ts';
import { mappedByDefault } from '../../src/sdk/testing/mapped.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo } from '../../test/support/salesforce-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { pushRecord } from './actions/push-record.ts';
import type { SalesforceClient } from './client.ts';
import salesforce from './index.ts';
import type { SalesforcePushInput } from './push.ts';
import vendor from './sandbox/index.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
type Row = Record<string, unknown>;
let sandbox: Sandbox;
let client: SalesforceClient;

beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => NOW });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  sandbox.reset();
  client = await connectTo(sandbox);
});

const records = (type: string) => sandbox.records('salesforce', type) as Row[];
const byEmail = (type: string, email: string) => records(type).filter(({ Email }) => Email === email);
const userId = (part: string) => String(records('User').find(({ Email }) => String(Email).startsWith(part))?.Id);
const calls = () => sandbox.exchanges().length;

type Visitor = { email?: string; fields?: Row } & Partial<Pick<StepFacts, 'owners' | 'mapped'>>;
const factsOf = ({ email, fields = {}, ...more }: Visitor): Partial<StepFacts> => {
  const visitor = { email, fields, external: {} };
  return { visitor, mapped: mappedByDefault(salesforce, visitor), ...more };
};
async function push(visitor: Visitor, input: SalesforcePushInput = {}, stepKey?: string) {
  const { context, notes } = stepOf(client, { facts: factsOf(visitor), now: NOW, stepKey });
  const output: PushOutput = await pushRecord.run(context, input);
  return { output, notes };
}
async function pushMany(visitors: Visitor[]) {
  const { context } = stepOf(client, { now: NOW });
  const items: BatchItem<SalesforcePushInput>[] = visitors.map((visitor, index) => ({
    stepKey: `step-${index}-${'k'.repeat(32)}`,
    facts: stepOf(client, { facts: factsOf(visitor) }).context.facts,
    input: {},
    note: () => {},
  }));
  return pushRecord.batch!.run(context, items);
}
const mapped = (Lead: MappedField[], Contact: MappedField[] = []) => ({ Lead, Contact });
const hanna = 'hanna.verbeek@northwind-freight.example';
const amara = 'amara.diallo@lumen-robotics.example';
const ines = 'ines.duarte@cobalt-rail.example';

describe('whom a push finds', () => {
  test.each([
    ['a Contact by e-mail, in whatever case', hanna.toUpperCase(), 'Contact'],
    ['a Lead where no Contact has the e-mail', amara, 'Lead'],
    ['the Contact of a converted Lead', ines, 'Contact'],
  ])('%s', async (_what, email, recordType) => {
    const { output } = await push({ email, fields: { first_name: 'Somebody' } });
    expect(output).toMatchObject({ connector: 'salesforce', recordType, created: false });
    const idName = recordType === 'Lead' ? 'salesforceLeadId' : 'salesforceContactId';
    expect(output.externalIds).toEqual({ [idName]: output.recordId });
    expect(output.url).toBe(`${client.instanceUrl}/${output.recordId}`);
  });

  test('nobody: a Lead is created, with what is known, under the rules of owners', async () => {
    const dana = userId('dana');
    const { output, notes } = await push({
      email: 'new.person@fresh.example',
      fields: { first_name: 'New', last_name: 'Person', company: 'Fresh', employees: '120', title: '' },
      owners: { rep: dana, meeting: userId('luis') },
    });
    expect(output).toMatchObject({ recordType: 'Lead', created: true });
    expect(byEmail('Lead', 'new.person@fresh.example')).toMatchObject([
      { FirstName: 'New', LastName: 'Person', Company: 'Fresh', NumberOfEmployees: 120, OwnerId: dana },
    ]);
    expect(notes.join(' ')).toContain('belongs to the rep who chatted');
  });

  test('nobody, and hardly anything is known: the Lead is called by its address', async () => {
    const { notes } = await push({ email: 'sole@unknown.example' });
    expect(byEmail('Lead', 'sole@unknown.example')).toMatchObject([{ LastName: 'sole', Company: '[not provided]' }]);
    expect(notes.join(' ')).toMatch(/last name is not known.*company is not known/);
  });

  test('nobody, since the visitor’s e-mail is not known: the step says so', async () => {
    const before = calls();
    const error = await failureOf(salesforce, push({}));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
    expect(calls()).toBe(before);
  });
});

describe('who owns a Lead', () => {
  test.each([
    { name: 'the rep who chatted', owners: { rep: 'dana', meeting: 'luis' }, owner: 'dana' },
    { name: 'the owner of the meeting, where no rep has a connection', owners: { meeting: 'luis' }, owner: 'luis' },
    { name: 'the integration user, where neither has', owners: {}, owner: 'integration' },
  ])('$name', async ({ owners, owner }) => {
    const ids = Object.fromEntries(Object.entries(owners).map(([role, part]) => [role, userId(part)]));
    await push({ email: 'new@owner.example', owners: ids });
    expect(byEmail('Lead', 'new@owner.example')[0]?.OwnerId).toBe(userId(owner));
  });

  test('assignment rules run only where the step says so', async () => {
    sandbox.control('salesforce', { assignmentOwner: 'priya.raman@brightline.example' });
    await push({ email: 'off@rules.example' });
    await push({ email: 'on@rules.example' }, { assignmentRules: true });
    expect(byEmail('Lead', 'off@rules.example')[0]?.OwnerId).toBe(userId('integration'));
    expect(byEmail('Lead', 'on@rules.example')[0]?.OwnerId).toBe(userId('priya'));
  });

  test('an assignment rule takes no Lead from its owner when it is updated', async () => {
    sandbox.control('salesforce', { assignmentOwner: 'priya.raman@brightline.example' });
    const email = 'ben.castellano@oakridge-health.example';
    await push({ email, mapped: mapped([{ field: 'Phone', value: '+1 503 555 0190', update: 'always' }], []) });
    expect(byEmail('Lead', email)[0]).toMatchObject({ Phone: '+1 503 555 0190', OwnerId: userId('dana') });
  });

  test('the owner of an existing record stays, even where OwnerId is mapped', async () => {
    const before = byEmail('Contact', hanna)[0]?.OwnerId;
    const { notes } = await push({
      email: hanna,
      owners: { rep: userId('priya') },
      mapped: mapped([], [{ field: 'OwnerId', value: userId('priya'), update: 'always' }]),
    });
    expect(byEmail('Contact', hanna)[0]?.OwnerId).toBe(before);
    expect(notes.join(' ')).toContain('decides it by itself');
  });
});

describe('what a push writes into an existing record', () => {
  const title = 'VP Operations';
  test.each([
    ['always', 'COO', 'COO'],
    ['always', '', title],
    ['if_blank', 'COO', title],
    ['never', 'COO', title],
  ] as const)('%s with "%s" leaves the title %s', async (update, value, expected) => {
    await push({ email: hanna, mapped: mapped([], [{ field: 'Title', value, update }]) });
    expect(byEmail('Contact', hanna)[0]?.Title).toBe(expected);
  });

  test('if_blank fills what is empty', async () => {
    await push({ email: hanna, mapped: mapped([], [{ field: 'Phone', value: '+31 10 1', update: 'if_blank' }]) });
    expect(byEmail('Contact', hanna)[0]?.Phone).toBe('+31 10 1');
  });

  test('nothing is sent where the record holds all of it already', async () => {
    await push({ email: hanna });
    const before = calls();
    const { output, notes } = await push({
      email: hanna,
      mapped: mapped([], [{ field: 'Title', value: title, update: 'always' }]),
    });
    expect(output.created).toBe(false);
    expect(notes.at(-1)).toContain('nothing was changed');
    expect(calls() - before).toBe(1);
  });

  test('values become what the fields take', async () => {
    await push({
      email: amara,
      mapped: mapped([
        { field: 'NumberOfEmployees', value: '42', update: 'always' },
        { field: 'Engagement_Score__c', value: '7.5', update: 'always' },
        { field: 'region__c', value: 'emea', update: 'always' },
        { field: 'Products_of_Interest__c', value: ['fleet', 'Billing'], update: 'always' },
        { field: 'Trial_Ends__c', value: '2026-12-24T23:00:00Z', update: 'always' },
        { field: 'Website_Opt_Out__c', value: 'true', update: 'always' },
      ]),
    });
    expect(byEmail('Lead', amara)[0]).toMatchObject({
      NumberOfEmployees: 42,
      Engagement_Score__c: 7.5,
      Region__c: 'EMEA',
      Products_of_Interest__c: 'Fleet;Billing',
      Trial_Ends__c: '2026-12-24',
      Website_Opt_Out__c: true,
    });
  });

  test.each([
    ['a field that was deleted', 'Gone__c', 'x', /no such field/],
    ['a field for reading only', 'LastActivityDate', '2026-01-01', /may not change it/],
    ['a value that is too long', 'FirstName', 'x'.repeat(41), /holds 40 characters; the value has 41/],
    ['a value outside of a picklist', 'Region__c', 'Moon', /one of AMER, EMEA, APAC; it was "Moon"/],
    ['text for a number', 'NumberOfEmployees', 'many', /takes a whole number; it was "many"/],
    ['no date', 'Trial_Ends__c', 'soon', /takes a date/],
    ['no yes or no', 'Website_Opt_Out__c', 'maybe', /true or false/],
  ])('%s fails by name, before anything is written', async (_what, field, value, words) => {
    const error = await failureOf(
      salesforce,
      push({ email: amara, mapped: mapped([{ field, value, update: 'always' }]) }),
    );
    expect(error).toMatchObject({ kind: 'rejected', details: { field: `Lead.${field}` } });
    expect(error.message).toMatch(words);
  });

  test('fields of the standard mapping that the user may not see are left out, and the step says so', async () => {
    sandbox.control('salesforce', { withhold: { fields: { Lead: ['Industry'] } } });
    const fresh = await connectTo(sandbox);
    const { context, notes } = stepOf(fresh, {
      facts: factsOf({ email: amara, fields: { industry: 'Shipping' } }),
      now: NOW + 3_600_000,
    });
    await pushRecord.run(context, {});
    expect(notes.join(' ')).toContain('Lead.Industry was left out');
  });
});

describe('what the org has to say about a push', () => {
  test.each(['duplicateResult', 'duplicateResut'] as const)('a duplicate rule is a match (%s)', async spelling => {
    sandbox.control('salesforce', { duplicateRules: 'block', duplicateResultName: spelling });
    const [existing] = byEmail('Lead', amara);
    // The match finds nobody, as when a rep creates the same person at that very moment.
    sandbox.fault('salesforce', {
      match: { method: 'POST', path: '/sobjects/Lead' },
      times: 1,
      fault: {
        status: 400,
        body: [
          {
            errorCode: 'DUPLICATES_DETECTED',
            message: 'Use one of these records?',
            fields: [],
            [spelling]: {
              allowSave: false,
              matchResults: [
                {
                  entityType: 'Lead',
                  matchRecords: [{ matchConfidence: 100, record: { attributes: { type: 'Lead' }, Id: existing?.Id } }],
                },
              ],
            },
          },
        ],
      },
    });
    const { output, notes } = await push({ email: 'twin@dup.example', fields: { title: 'CTO' } });
    expect(output).toMatchObject({ recordType: 'Lead', recordId: existing?.Id, created: false });
    expect(notes.join(' ')).toContain('duplicate rule');
    expect(byEmail('Lead', 'twin@dup.example')).toEqual([]);
  });

  test.each([
    [
      { validationRules: [{ object: 'Lead', require: 'Rating', message: 'Say how hot it is', field: 'Rating' }] },
      'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      /Rating.*Say how hot it is/,
    ],
    [
      { validationRules: [{ object: 'Lead', message: 'No', trigger: 'LeadGuard' }] },
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      /No/,
    ],
  ])('a validation rule or trigger is shown in Salesforce’s own words (%#)', async (control, code, words) => {
    sandbox.control('salesforce', control);
    const error = await failureOf(salesforce, push({ email: 'new@rule.example' }));
    expect(error).toMatchObject({ kind: 'rejected', details: { vendorCode: code } });
    expect(error.message).toMatch(words);
  });

  test('a locked row is tried again', async () => {
    const [lead] = byEmail('Lead', amara);
    sandbox.control('salesforce', { lockRows: [{ id: lead?.Id }] });
    const changed = { email: amara, mapped: mapped([{ field: 'Title', value: 'CEO', update: 'always' }]) } as const;
    expect(await failureOf(salesforce, push(changed))).toMatchObject({ kind: 'transient' });
    expect((await push(changed)).output.recordId).toBe(lead?.Id);
  });
});

describe('many pushes at once', () => {
  test('two hundred people take a handful of calls, and each gets a result of its own', async () => {
    await push({ email: hanna });
    const before = calls();
    const people = Array.from({ length: 197 }, (_, index) => ({
      email: `person.${index}@bulk.example`,
      fields: { last_name: `P${index}`, company: 'Bulk' },
    }));
    const results = await pushMany([
      ...people,
      { email: hanna, mapped: mapped([], [{ field: 'Title', value: 'COO', update: 'always' }]) },
      { email: amara, mapped: mapped([{ field: 'Region__c', value: 'Moon', update: 'always' }]) },
      {},
    ]);
    expect(results.slice(0, 197).every(result => !(result instanceof StepError) && result.created)).toBe(true);
    expect(results[197]).toMatchObject({ recordType: 'Contact', created: false });
    expect(results[198]).toMatchObject({ kind: 'rejected', details: { field: 'Lead.Region__c' } });
    expect(results[199]).toMatchObject({ kind: 'rejected', details: { field: 'visitor.email' } });
    expect(records('Lead').filter(({ Company }) => Company === 'Bulk')).toHaveLength(197);
    expect(calls() - before).toBeLessThanOrEqual(8);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('the same new person twice makes one Lead', async () => {
    const results = await pushMany([{ email: 'Twice@bulk.example' }, { email: 'twice@bulk.example' }]);
    expect(results).toMatchObject([{ created: true }, { created: false }]);
    expect(records('Lead').filter(({ Email }) => /^twice@/i.test(String(Email)))).toHaveLength(1);
  });

  test('an answer that is lost leaves the created ones uncertain, and running again makes no second Lead', async () => {
    sandbox.fault('salesforce', {
      match: { method: 'POST', path: '/composite/sobjects' },
      fault: { reset: 'after-apply' },
    });
    const people = [{ email: 'one@lost.example' }, { email: 'two@lost.example' }];
    expect(await pushMany(people)).toMatchObject([{ kind: 'uncertain' }, { kind: 'uncertain' }]);
    expect(await pushMany(people)).toMatchObject([{ created: false }, { created: false }]);
    expect(records('Lead').filter(({ Email }) => String(Email).endsWith('@lost.example'))).toHaveLength(2);
  });
});
