import { startSandbox } from '../../../src/sandbox/server.ts';
import { makeId } from './ids.ts';
import { errorOf, useSandbox, zipOf } from './test-client.ts';

const { checkContract, connect, sandbox } = useSandbox(startSandbox);
type Client = Awaited<ReturnType<typeof connect>>;

const keyField = (
  fields = '<type>Text</type><length>64</length><unique>true</unique><caseSensitive>true</caseSensitive>',
) =>
  `<?xml version="1.0" encoding="UTF-8"?><CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">
  <!-- one field --><fields><fullName>Key__c</fullName><label>Key &amp; more</label><externalId>true</externalId>${fields}</fields></CustomObject>`;
const granted = ['Task', 'Event', 'Lead', 'CampaignMember'].map(
  object =>
    `<fieldPermissions><field>${object}.Key__c</field><readable>true</readable><editable>true</editable></fieldPermissions>`,
);
const files = {
  'package.xml': `<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types>
    <members>Activity.Key__c</members><members>Lead.Key__c</members><members>CampaignMember.Key__c</members>
    <name>CustomField</name></types><types><members>Writer</members><name>PermissionSet</name></types><version>64.0</version></Package>`,
  'objects/Activity.object': keyField(),
  'objects/Lead.object': keyField(),
  'objects/CampaignMember.object': keyField(),
  'permissionsets/Writer.permissionset': `<PermissionSet><label>Writer</label>${granted.join('')}</PermissionSet>`,
};
const deploy = async (connection: Client, changed: Record<string, string> = {}) => {
  const { metadata } = connection;
  metadata.pollInterval = 1;
  return metadata.deploy(zipOf({ ...files, ...changed }), { rollbackOnError: true }).complete(true);
};
const assign = async (connection: Client) => {
  const set = await connection.sobject('PermissionSet').findOne({ Name: 'Writer' });
  return connection
    .sobject('PermissionSetAssignment')
    .create({ AssigneeId: makeId('005', 1), PermissionSetId: String(set?.Id) });
};
const ready = async () => {
  const connection = await connect();
  await deploy(connection);
  await assign(connection);
  return connection;
};
const tasks = () => sandbox().records('salesforce', 'Task');

describe('a deployed key field', () => {
  test('is unknown before', async () => {
    const connection = await connect();
    const byKey = connection.sobject('Task').upsert({ Key__c: 'a', Subject: 'x' }, 'Key__c');
    expect(await errorOf(byKey)).toMatchObject({
      errorCode: 'NOT_FOUND',
      message: 'Provided external ID field does not exist or is not accessible: Key__c',
    });
    const plain = connection.sobject('Task').create({ Key__c: 'a', Subject: 'x' });
    expect(await errorOf(plain)).toMatchObject({ errorCode: 'INVALID_FIELD' });
  });

  test('is there for those whose permission set grants it, on tasks and events alike', async () => {
    const connection = await connect();
    expect(await deploy(connection)).toMatchObject({
      success: true,
      status: 'Succeeded',
      numberComponentsDeployed: 4,
      details: { componentFailures: [] },
    });
    const described = async (name: string) =>
      (await connection.sobject(name).describe()).fields.find(field => field.name === 'Key__c');
    expect(await described('Task')).toBeUndefined();
    expect((await assign(connection)).success).toBe(true);
    expect(await errorOf(assign(connection))).toMatchObject({ errorCode: 'DUPLICATE_VALUE' });
    for (const name of ['Task', 'Event', 'Lead', 'CampaignMember'])
      expect(await described(name)).toMatchObject({
        label: 'Key & more',
        externalId: true,
        unique: true,
        idLookup: true,
        length: 64,
        createable: true,
      });
  });

  test('makes one record of the same key, and another of a key in another case', async () => {
    const connection = await ready();
    const upsert = (Key__c: string, Subject: string) =>
      connection.sobject('Task').upsert({ Key__c, Subject }, 'Key__c');
    expect(await upsert('key', 'one')).toMatchObject({ success: true, created: true });
    expect(await upsert('key', 'two')).toMatchObject({ success: true, created: false });
    expect(await upsert('KEY', 'three')).toMatchObject({ created: true });
    expect(tasks()).toMatchObject([{ Subject: 'two' }, { Subject: 'three' }]);
    const found = await connection.query("SELECT Subject FROM Task WHERE Key__c = 'key' AND Subject = 'two'");
    expect(found.totalSize).toBe(1);
  });

  test('in a collection every record is upserted on its own', async () => {
    const connection = await ready();
    await connection.sobject('Task').upsert({ Key__c: 'b', Subject: 'old' }, 'Key__c');
    const records = [
      { Key__c: 'a', Subject: 'one' },
      { Key__c: 'b', Subject: 'new' },
      { Key__c: 'c', Subject: 'x'.repeat(256) },
    ];
    const results = await connection.sobject('Task').upsert(records, 'Key__c');
    expect(results).toMatchObject([
      { success: true, created: true },
      { success: true, created: false },
      { success: false, errors: [{ statusCode: 'STRING_TOO_LONG' }] },
    ]);
    expect(tasks()).toMatchObject([{ Subject: 'new' }, { Subject: 'one' }]);
  });

  test('refuses a second record with the same key', async () => {
    const connection = await ready();
    const { id } = await connection.sobject('Task').create({ Key__c: 'a', Subject: 'one' });
    expect(await errorOf(connection.sobject('Task').create({ Key__c: 'a', Subject: 'two' }))).toMatchObject({
      errorCode: 'DUPLICATE_VALUE',
      message: `duplicate value found: Key__c duplicates value on record with id: ${String(id).slice(0, 15)}`,
    });
  });

  test('that is not unique may meet several, and then gives their addresses', async () => {
    const connection = await connect();
    await deploy(connection, { 'objects/Activity.object': keyField('<type>Text</type><length>64</length>') });
    await assign(connection);
    const created = await connection.sobject('Task').create([{ Key__c: 'a' }, { Key__c: 'A' }]);
    const url = `${connection.instanceUrl}/services/data/v64.0/sobjects/Task/Key__c/a`;
    const headers = { authorization: `Bearer ${connection.accessToken}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'PATCH', headers, body: '{"Subject":"x"}' });
    expect(answer.status).toBe(300);
    expect(await answer.json()).toEqual(created.map(({ id }) => `/services/data/v64.0/sobjects/Task/${id}`));
  });

  test('is gone with a reset', async () => {
    await ready();
    sandbox().reset();
    const { fields } = await (await connect()).sobject('Task').describe();
    expect(fields.map(({ name }) => name)).not.toContain('Key__c');
  });
});

describe('a deployment is refused', () => {
  test.each([
    ['a file that is not there', { 'objects/Lead.object': '' }, 'Lead.Key__c', 'was not found in zipped directory'],
    ['a text without a length', { 'objects/Lead.object': keyField('<type>Text</type>') }, 'Lead.Key__c', 'length'],
    [
      'a permission for a field that nobody has',
      {
        'permissionsets/Writer.permissionset': `<PermissionSet><fieldPermissions><field>Lead.Other__c</field><readable>true</readable></fieldPermissions></PermissionSet>`,
      },
      'Writer',
      'no CustomField named Lead.Other__c found',
    ],
    ['a broken package.xml', { 'package.xml': '<Package>' }, 'package.xml', 'is not closed'],
  ])('for %s, and leaves nothing behind', async (_name, changed, fullName, problem) => {
    const connection = await connect();
    const { success, status, details } = await deploy(connection, changed);
    expect({ success, status }).toEqual({ success: false, status: 'Failed' });
    expect(details.componentFailures[0]).toMatchObject({ fullName, problem: expect.stringContaining(problem) });
    expect(sandbox().records('salesforce', 'PermissionSet')).toEqual([]);
  });

  test('to a user without the right, and with an ended session', async () => {
    const connection = await connect();
    sandbox().control('salesforce', { withhold: { modifyMetadata: false } });
    expect((await errorOf(deploy(connection))).message).toContain('ModifyMetadata');
    sandbox().control('salesforce', { withhold: {}, expireAccessTokens: true });
    expect(await deploy(connection)).toMatchObject({ success: true });
  });
});

checkContract();
