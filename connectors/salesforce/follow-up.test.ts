import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { type Action, type BatchItem, type FollowUpTaskInput, StepError, type StepFacts } from '../../src/sdk/index.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo } from '../../test/support/salesforce-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import type { SalesforceClient } from './client.ts';
import salesforce from './index.ts';
import vendor from './sandbox/index.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const task = salesforce.roles!.task as Action<FollowUpTaskInput, { recordId: string; url?: string }, SalesforceClient>;
type Row = { Id: string } & Record<string, unknown>;

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

const find = (object: string, field: string, value: unknown) =>
  (sandbox.records('salesforce', object) as Row[]).find(record => record[field] === value)!;
const tasks = () => sandbox.records('salesforce', 'Task') as Row[];
const hanna = 'hanna.verbeek@northwind-freight.example';
const dana = 'dana.whitfield@brightline.example';
const input = {
  subject: 'Call Hanna back',
  dueDate: '2026-11-27',
  description: 'She asked for prices',
  ownerEmail: dana,
};
const knowing = (facts: Partial<StepFacts> = {}, stepKey?: string) => stepOf(client, { facts, now: NOW, stepKey });
const about = (visitor: Partial<StepFacts['visitor']>, more: Partial<StepFacts> = {}) =>
  knowing({ visitor: { fields: {}, external: {}, ...visitor }, ...more });

describe('a follow-up task', () => {
  test('is about the person with the visitor’s e-mail, for the user who asked for it', async () => {
    const { context, notes } = about({ email: hanna });
    const { recordId, url } = await task.run(context, input);
    expect(url).toBe(`${client.instanceUrl}/${recordId}`);
    expect(tasks()).toMatchObject([
      {
        Id: recordId,
        Subject: 'Call Hanna back',
        ActivityDate: '2026-11-27',
        Status: 'Not Started',
        Priority: 'Normal',
        WhoId: find('Contact', 'Email', hanna).Id,
        OwnerId: find('User', 'Email', dana).Id,
        Description: `She asked for prices\n\nBaton step ${context.stepKey}`,
      },
    ]);
    expect(notes).toContain('The Contact was found by e-mail.');
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('is about the record of the last push, else about the one whose id is kept', async () => {
    const lead = find('Lead', 'Email', 'amara.diallo@lumen-robotics.example').Id;
    const contact = find('Contact', 'Email', 'katrin.moser@alpenglow-foods.example').Id;
    const external = { salesforceContactId: contact };
    const lastPush = { connector: 'salesforce', recordType: 'Lead', recordId: lead };
    await task.run(about({ email: hanna, external }, { lastPush }).context, input);
    await task.run(about({ email: hanna, external }).context, input);
    await task.run(
      about({ email: hanna, external }, { lastPush: { ...lastPush, connector: 'hubspot' } }).context,
      input,
    );
    expect(tasks().map(({ WhoId }) => WhoId)).toEqual([lead, contact, contact]);
  });

  test('follows a Lead that was converted since, and passes over a record that is gone', async () => {
    const converted = find('Lead', 'IsConverted', true);
    const lead = about({ external: { salesforceLeadId: converted.Id } });
    await task.run(lead.context, input);
    expect(lead.notes).toContain('The Lead whose id is kept of this person is converted. Its Contact was used.');
    await task.run(about({ email: hanna, external: { salesforceContactId: '003000000000999AAA' } }).context, input);
    expect(tasks().map(({ WhoId }) => WhoId)).toEqual([
      converted.ConvertedContactId,
      find('Contact', 'Email', hanna).Id,
    ]);
  });

  test.each([
    [
      { ...input, ownerEmail: 'somebody@else.example' },
      'No active user of the org has the e-mail somebody@else.example',
    ],
    [{ ...input, ownerEmail: 'milo.hart@brightline.example' }, 'No active user of the org has the e-mail milo.hart'],
    [{ subject: 'Call back' }, 'The e-mail of whoever asked for it is not known'],
  ])('belongs to the integration user where the user is not known: %j', async (asked, words) => {
    const { context, notes } = about({ email: hanna });
    await task.run(context, asked);
    expect(notes.join(' ')).toContain(words);
    expect(notes.join(' ')).toContain('it belongs to the integration user');
    expect(tasks()).toMatchObject([{ OwnerId: find('User', 'FirstName', 'Integration').Id }]);
  });

  test('is written without a person where there is none, and says so', async () => {
    const { context, notes } = about({ email: 'nobody@nowhere.example' });
    await task.run(context, input);
    expect(tasks()[0]?.WhoId ?? null).toBeNull();
    expect(notes.join(' ')).toContain('WhoId is empty');
  });

  test('whose answer was lost is found again, and its twins are not taken for it', async () => {
    const step = about({ email: hanna });
    sandbox.fault('salesforce', { match: { path: '/sobjects/Task' }, fault: { reset: 'after-apply' } });
    expect((await failureOf(salesforce, task.run(step.context, input))).kind).toBe('uncertain');
    const { replay } = task;
    if (typeof replay !== 'object' || !('findMany' in replay)) throw new Error('a follow-up must be findable');
    const item = (stepKey: string) => ({ stepKey, firstTriedAt: NOW, input, facts: step.context.facts });
    const found = await replay.findMany(step.context, [item('another-key'), item(step.context.stepKey)]);
    const [stored] = tasks();
    expect(found).toEqual([undefined, { recordId: stored?.Id, url: `${client.instanceUrl}/${stored?.Id}` }]);
  });

  test('goes with others in one call, each with a result of its own', async () => {
    const heard: string[] = [];
    const item = (
      stepKey: string,
      email: string,
      more: Partial<FollowUpTaskInput> = {},
    ): BatchItem<FollowUpTaskInput> => ({
      stepKey: stepKey.repeat(32),
      facts: about({ email }).context.facts,
      input: { ...input, ...more },
      note: sentence => heard.push(sentence),
    });
    const items = [
      item('a', hanna),
      item('b', 'amara.diallo@lumen-robotics.example', { ownerEmail: 'luis.ortega@brightline.example' }),
      item('c', hanna, { description: undefined }),
    ];
    const { context } = knowing();
    const results = await task.batch!.run(context, items);
    expect(results.every(result => !(result instanceof StepError))).toBe(true);
    expect(tasks()).toHaveLength(3);
    const calls = sandbox.exchanges().filter(({ url }) => url.includes('/services/data/'));
    expect(calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
    // Contacts and Leads by e-mail, users, the write; and the object's description, where it is not kept yet.
    expect(calls.filter(({ url }) => !url.endsWith('/describe'))).toHaveLength(4);
  });
});
