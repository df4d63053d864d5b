import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { StepFacts } from '../../src/sdk/index.ts';
import { checkExchanges } from '../../test/support/contracts.ts';
import { connectTo } from '../../test/support/salesforce-sandbox.ts';
import { failureOf, stepOf } from '../../test/support/step.ts';
import { addToCampaign } from './actions/add-to-campaign.ts';
import { setOptOut } from './actions/set-opt-out.ts';
import type { SalesforceClient } from './client.ts';
import salesforce from './index.ts';
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
const idOf = (type: string, email: string) => String(records(type).find(({ Email }) => Email === email)?.Id);
const campaignId = (name: string) => String(records('Campaign').find(({ Name }) => Name === name)?.Id);
const webinar = 'Autumn Fleet Webinar';
const hanna = () => idOf('Contact', 'hanna.verbeek@northwind-freight.example');
const amara = () => idOf('Lead', 'amara.diallo@lumen-robotics.example');
const ellen = () => idOf('Contact', 'ellen.marsh@harborpine.example');
const pushedTo = (recordType: string, recordId: string): Partial<StepFacts> => ({
  lastPush: { connector: 'salesforce', recordType, recordId },
});
const members = (id: string) => records('CampaignMember').filter(row => row.ContactId === id || row.LeadId === id);

async function add(input: Row, facts: Partial<StepFacts>) {
  const { context, notes } = stepOf(client, { facts, now: NOW });
  return { output: await addToCampaign.run(context, addToCampaign.input.parse(input)), notes };
}

describe('salesforce.add_to_campaign', () => {
  test('adds the Contact or the Lead of the last push, to a campaign by id or by name', async () => {
    const one = await add({ campaignId: campaignId(webinar), status: 'attended' }, pushedTo('Contact', hanna()));
    const two = await add({ campaignId: webinar }, pushedTo('Lead', amara()));
    expect(one.output).toMatchObject({ created: true, status: 'Attended', campaignName: webinar });
    expect(two.output).toMatchObject({ created: true, status: 'Invited' });
    expect(members(hanna())).toMatchObject([{ Id: one.output.campaignMemberId, Status: 'Attended' }]);
    expect(members(amara())).toMatchObject([{ CampaignId: campaignId(webinar), Status: 'Invited' }]);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });

  test('adds the person that is known, Contact before Lead, where nothing was pushed in this run', async () => {
    const external = { salesforceLeadId: amara(), salesforceContactId: hanna() };
    await add({ campaignId: webinar }, { visitor: { fields: {}, external } });
    expect([members(hanna()).length, members(amara()).length]).toEqual([1, 0]);
  });

  test('fails by name where no record is known, and asks Salesforce nothing', async () => {
    const before = sandbox.exchanges().length;
    const error = await failureOf(salesforce, add({ campaignId: webinar }, {}));
    expect(error.kind).toBe('rejected');
    expect(error.message).toMatch(/Put a step that pushes to Salesforce before this one/);
    expect(sandbox.exchanges()).toHaveLength(before);
  });

  test.each([
    ['left as they are', {}, 'Registered'],
    ['left as they are, where told to', { ifMember: 'leave', status: 'Attended' }, 'Registered'],
    ['given the status', { ifMember: 'update_status', status: 'Attended' }, 'Attended'],
  ])('members are %s', async (_what, input, status) => {
    const { output } = await add({ campaignId: webinar, ...input }, pushedTo('Contact', ellen()));
    expect(output).toMatchObject({ created: false, status });
    expect(members(ellen())).toMatchObject([{ Status: status }]);
  });

  test('somebody who became a member since we looked is left or updated all the same', async () => {
    await add({ campaignId: webinar }, pushedTo('Lead', amara()));
    const nobody = { totalSize: 0, done: true, records: [] };
    sandbox.fault('salesforce', { match: { method: 'GET', path: '/query' }, fault: { status: 200, body: nobody } });
    const input = { campaignId: webinar, status: 'Attended', ifMember: 'update_status' };
    const { output } = await add(input, pushedTo('Contact', ellen()));
    expect(output).toMatchObject({ created: false, status: 'Attended' });
    expect(members(ellen())).toMatchObject([{ Status: 'Attended' }]);
  });

  test('a member whose answer was lost is found to be one, and made no second time', async () => {
    const match = { method: 'POST', path: '/sobjects/CampaignMember' };
    sandbox.fault('salesforce', { match, fault: { reset: 'after-apply' } });
    const asked = () => add({ campaignId: webinar }, pushedTo('Contact', hanna()));
    expect((await failureOf(salesforce, asked())).kind).toBe('uncertain');
    expect((await asked()).output.created).toBe(false);
    expect(members(hanna())).toHaveLength(1);
  });

  test.each([
    ['a campaign of another org', { campaignId: '7015e0000000999AAA' }, 'campaignId', /no campaign with the id/],
    ['a campaign that nobody knows', { campaignId: 'Summer' }, 'campaignId', /no campaign with the name “Summer”/],
    [
      'a status that the campaign does not have',
      { campaignId: webinar, status: 'Responded' },
      'status',
      /It has Invited, Registered, Attended, No Show/,
    ],
  ])('%s fails by name', async (_what, input, field, words) => {
    const error = await failureOf(salesforce, add(input, pushedTo('Contact', hanna())));
    expect(error).toMatchObject({ kind: 'rejected', details: { field } });
    expect(error.message).toMatch(words);
    expect(members(hanna())).toEqual([]);
  });
});

describe('salesforce.set_opt_out', () => {
  const optOut = async (input: Row) => {
    const { context, notes } = stepOf(client, { now: NOW });
    return { output: await setOptOut.run(context, setOptOut.input.parse(input)), notes };
  };

  test('ticks the opt-out of everybody with the e-mail, once', async () => {
    const input = { email: 'HANNA.verbeek@northwind-freight.example', field: 'Website_Opt_Out__c' };
    expect((await optOut(input)).output).toEqual({ recordIds: [hanna()], changed: 1 });
    expect((await optOut(input)).output).toEqual({ recordIds: [hanna()], changed: 0 });
    expect(records('Contact').filter(row => row.Website_Opt_Out__c)).toHaveLength(1);
  });

  test('only notes that nobody has the e-mail', async () => {
    const { output, notes } = await optOut({ email: 'nobody@x.example', field: 'Website_Opt_Out__c' });
    expect(output.changed).toBe(0);
    expect(notes.join(' ')).toContain('nothing was changed');
  });

  test('names the field that the user may not tick', async () => {
    const error = await failureOf(salesforce, optOut({ email: 'a@b.co' }));
    expect(error).toMatchObject({ kind: 'forbidden', details: { field: 'field' } });
    expect(error.message).toContain('HasOptedOutOfEmail');
  });
});
