import type { Connection } from 'jsforce';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { makeId } from './ids.ts';
import { errorOf, idOf, useSandbox } from './test-client.ts';

const { checkContract, connect, sandbox } = useSandbox(startSandbox);
const [website, webinar] = [1, 2].map(sequence => makeId('701', sequence)) as [string, string];
const amara = makeId('00Q', 1);
const hanna = makeId('003', 1);

const add = async (connection: Connection, fields: object) => {
  const { id } = await connection.sobject('CampaignMember').create({ CampaignId: webinar, LeadId: amara, ...fields });
  return connection.sobject('CampaignMember').retrieve(String(id));
};

describe('campaign members', () => {
  test.each([
    ['a status of the campaign', 'Attended', 'Attended', true],
    ['in any case', 'no show', 'No Show', false],
    ['the default one where none is named', undefined, 'Invited', false],
    ['the default one where the campaign does not know it', 'Sent', 'Invited', false],
  ])('a member gets %s', async (_name, Status, expected, HasResponded) => {
    const member = await add(await connect(), { ...(Status && { Status }) });
    expect(member).toMatchObject({ Status: expected, HasResponded, Type: 'Lead', Name: 'Amara Diallo' });
  });

  test('where a Lead and a Contact are named, the Contact is the member', async () => {
    const member = await add(await connect(), { ContactId: hanna });
    expect(member).toMatchObject({
      LeadId: null,
      ContactId: hanna,
      LeadOrContactId: hanna,
      CompanyOrAccount: 'Northwind Freight',
    });
  });

  test('nobody is a member twice', async () => {
    const connection = await connect();
    await add(connection, {});
    expect(await errorOf(add(connection, { Status: 'Attended' }))).toMatchObject({
      errorCode: 'DUPLICATE_VALUE',
      message: 'Already a campaign member.',
    });
  });

  const converted = makeId('00Q', 9);
  test.each([
    ['nobody', { LeadId: null }, 'REQUIRED_FIELD_MISSING'],
    ['no campaign', { CampaignId: null }, 'REQUIRED_FIELD_MISSING'],
    ['a converted Lead', { LeadId: converted }, 'CANNOT_UPDATE_CONVERTED_LEAD'],
    ['a campaign of another org', { CampaignId: '7015g00000AbCdEAAV' }, 'INVALID_CROSS_REFERENCE_KEY'],
    ['a campaign that is none', { CampaignId: hanna }, 'MALFORMED_ID'],
    ['a name of its own', { FirstName: 'Zoe' }, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
  ])('a member with %s is refused', async (_name, fields, errorCode) => {
    // A nonsense write is what the test is about, so its request is not the contract's business.
    expect(await errorOf(add(await connect(), fields))).toMatchObject({ errorCode });
  });

  test('a changed status counts in the campaign, and the campaign itself cannot be changed', async () => {
    const connection = await connect();
    const { Id } = await add(connection, {});
    await connection.sobject('CampaignMember').update({ Id: String(Id), Status: 'Registered' });
    expect(await connection.sobject('Campaign').retrieve(webinar)).toMatchObject({
      NumberOfLeads: 2,
      NumberOfContacts: 1,
      NumberOfResponses: 2,
    });
    const moved = connection.sobject('CampaignMember').update({ Id: String(Id), CampaignId: website });
    expect(await errorOf(moved)).toMatchObject({ errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE' });
  });

  test('a member is found through campaign and person', async () => {
    const connection = await connect();
    const { records } = await connection.query(
      "SELECT Id, Status, Campaign.Name, Lead.Email FROM CampaignMember WHERE Campaign.Name LIKE 'Autumn%' AND LeadId != null",
    );
    expect(records).toMatchObject([
      {
        Status: 'Invited',
        Campaign: { Name: 'Autumn Fleet Webinar' },
        Lead: { Email: 'derek.nystrom@tundra-tools.example' },
      },
    ]);
  });

  test('with its Lead a membership goes', async () => {
    const connection = await connect();
    await add(connection, {});
    await connection.sobject('Lead').destroy(amara);
    const gone = `SELECT Id FROM CampaignMember WHERE LeadId = '${amara}'`;
    expect(await connection.query(gone)).toMatchObject({ totalSize: 0 });
    expect(await errorOf(add(connection, {}))).toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
  });
});

describe('campaigns', () => {
  test('a new one has the two usual statuses', async () => {
    const connection = await connect();
    const { id } = await connection.sobject('Campaign').create({ Name: 'Winter', IsActive: true });
    const { records } = await connection.query(
      `SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus WHERE CampaignId = '${id}' ORDER BY SortOrder`,
    );
    expect(records).toMatchObject([
      { Label: 'Sent', IsDefault: true, HasResponded: false },
      { Label: 'Responded', IsDefault: false, HasResponded: true },
    ]);
  });

  test('there is one default status', async () => {
    const connection = await connect();
    const status = await idOf(connection, `SELECT Id FROM CampaignMemberStatus WHERE Label = 'Attended'`);
    await connection.sobject('CampaignMemberStatus').update({ Id: status, IsDefault: true });
    const { records } = await connection.query(
      `SELECT Label FROM CampaignMemberStatus WHERE CampaignId = '${webinar}' AND IsDefault = true`,
    );
    expect(records).toMatchObject([{ Label: 'Attended' }]);
  });

  test('a query with 200 ids finds all that are there', async () => {
    const connection = await connect();
    const ids = Array.from({ length: 200 }, (_, index) => `'${makeId('00Q', index + 1)}'`).join(',');
    const found = await connection.query(`SELECT Id FROM Lead WHERE Id IN (${ids})`);
    expect(found.totalSize).toBe(sandbox().records('salesforce', 'Lead').length);
  });
});

checkContract();
