import type { Connection } from 'jsforce';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { makeId } from './ids.ts';
import { errorOf, idOf, useSandbox } from './test-client.ts';

const { checkContract, connect, sandbox } = useSandbox(startSandbox);
const control = (body: object) => sandbox().control('salesforce', body);
const hanna = 'hanna.verbeek@northwind-freight.example';
const silva = { LastName: 'Silva', Company: 'Acme', Email: 'ana.silva@acme.example' };
const [integration, dana, luis] = [1, 2, 3].map(sequence => makeId('005', sequence));

describe('duplicate rules', () => {
  test('a blocked Lead names the records that it would double', async () => {
    const connection = await connect();
    control({ duplicateRules: 'block' });
    const contactId = await idOf(connection, `SELECT Id FROM Contact WHERE Email = '${hanna}'`);
    const error = await errorOf(connection.sobject('Lead').create({ ...silva, Email: hanna.toUpperCase() }));
    expect(error).toMatchObject({ errorCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?' });
    expect(error).toMatchObject({
      data: {
        duplicateResult: {
          allowSave: false,
          duplicateRule: 'Standard_Lead_Duplicate_Rule',
          duplicateRuleEntityType: 'Lead',
          matchResults: [{ entityType: 'Contact', size: 1, matchRecords: [{ record: { Id: contactId } }] }],
        },
      },
    });
  });

  test('some API versions misspell the member with the finds', async () => {
    const connection = await connect();
    control({ duplicateRules: 'block', duplicateResultName: 'duplicateResut' });
    const error = await errorOf(connection.sobject('Lead').create({ ...silva, Email: hanna }));
    expect(error).toMatchObject({ data: { duplicateResut: { allowSave: false } } });
  });

  const allow = { headers: { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } };
  test.each([
    ['an alert is passed with the header', 'alert', allow, true],
    ['an alert stops a save without the header', 'alert', {}, false],
    ['a block is not passed with the header', 'block', allow, false],
    ['no rule stops nothing', 'off', {}, true],
  ])('%s', async (_name, duplicateRules, options, saved) => {
    const connection = await connect();
    control({ duplicateRules });
    const attempt = connection.sobject('Lead').create({ ...silva, Email: hanna }, options);
    if (saved) expect((await attempt).success).toBe(true);
    else expect(await errorOf(attempt)).toMatchObject({ errorCode: 'DUPLICATES_DETECTED' });
  });

  test('in a collection the finds are left out, and only the double is refused', async () => {
    const connection = await connect();
    control({ duplicateRules: 'block' });
    const results = await connection.sobject('Lead').create([silva, { ...silva, Email: hanna }]);
    expect(results).toEqual([
      { id: expect.any(String), success: true, errors: [] },
      {
        success: false,
        errors: [{ statusCode: 'DUPLICATES_DETECTED', message: 'Use one of these records?', fields: [] }],
      },
    ]);
  });

  test('an edit counts only where it changes the e-mail', async () => {
    const connection = await connect();
    control({ duplicateRules: 'block' });
    const Id = await idOf(connection, "SELECT Id FROM Lead WHERE Email = 'noah.becker@cobalt-rail.example' LIMIT 1");
    await connection.sobject('Lead').update({ Id, Title: 'Director' });
    const error = await errorOf(connection.sobject('Lead').update({ Id, Email: hanna }));
    expect(error).toMatchObject({ errorCode: 'DUPLICATES_DETECTED' });
  });
});

describe('converted Leads', () => {
  const converted = "FROM Lead WHERE Email = 'ines.duarte@cobalt-rail.example'";

  test('one says which Contact it became, and cannot be changed or named any more', async () => {
    const connection = await connect();
    const { records } = await connection.query(`SELECT Id, ConvertedContactId, ConvertedContact.Email ${converted}`);
    expect(records).toMatchObject([{ ConvertedContact: { Email: 'ines.duarte@cobalt-rail.example' } }]);
    const Id = String(records[0]?.Id);
    const refused = { errorCode: 'CANNOT_UPDATE_CONVERTED_LEAD', message: 'cannot reference converted lead' };
    expect(await errorOf(connection.sobject('Lead').update({ Id, Title: 'CTO' }))).toMatchObject(refused);
    expect(await errorOf(connection.sobject('Task').create({ Subject: 'Call', WhoId: Id }))).toMatchObject(refused);
  });
});

describe('owners', () => {
  const ownerOf = async (connection: Connection, fields: object, headers: Record<string, string>) => {
    const { id } = await connection.sobject('Lead').create({ ...silva, ...fields }, { headers });
    return (await connection.sobject('Lead').retrieve(String(id))).OwnerId;
  };

  test.each([
    ['the assignment rule takes a new Lead where nobody says otherwise', {}, {}, luis],
    ['it wins over the owner that was named', { OwnerId: dana }, {}, luis],
    ['it stands back where it is told to', { OwnerId: dana }, { 'Sforce-Auto-Assign': 'FALSE' }, dana],
    ['then the user who creates is the owner', {}, { 'Sforce-Auto-Assign': 'FALSE' }, integration],
  ])('%s', async (_name, fields, headers, expected) => {
    expect(await ownerOf(await connect(), fields, headers as Record<string, string>)).toBe(expected);
  });

  test.each([
    ['takes a changed Lead too where nobody says otherwise', {}, luis],
    ['leaves a changed Lead to its owner where it is told to', { 'Sforce-Auto-Assign': 'FALSE' }, dana],
  ])('the assignment rule %s', async (_name, headers, expected) => {
    const connection = await connect();
    const Id = await idOf(connection, "SELECT Id FROM Lead WHERE Email = 'ben.castellano@oakridge-health.example'");
    await connection.sobject('Lead').update({ Id, Title: 'CIO' }, { headers: headers as Record<string, string> });
    expect((await connection.sobject('Lead').retrieve(Id)).OwnerId).toBe(expected);
  });

  test('without an active rule the owner is whoever was named', async () => {
    control({ assignmentOwner: null });
    expect(await ownerOf(await connect(), { OwnerId: dana }, {})).toBe(dana);
  });
});

describe('rules of the org', () => {
  test.each([
    ['at its field', { field: 'Phone' }, ['Phone']],
    ['at the top of the page', {}, []],
  ])('a validation rule speaks %s', async (_name, place, fields) => {
    const connection = await connect();
    const rule = { object: 'Lead', when: { Rating: 'Hot' }, require: 'Phone', message: 'A hot lead needs a phone.' };
    control({ validationRules: [{ ...rule, ...place }] });
    const error = await errorOf(connection.sobject('Lead').create({ ...silva, Rating: 'Hot' }));
    expect(error).toMatchObject({
      errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'A hot lead needs a phone.',
      data: { fields },
    });
    await connection.sobject('Lead').create({ ...silva, Rating: 'Hot', Phone: '+1 555 0100' });
    await connection.sobject('Lead').create({ ...silva, Rating: 'Warm' });
  });

  test('a trigger refuses with its name', async () => {
    const connection = await connect();
    control({ validationRules: [{ object: 'Lead', message: 'No leads today', trigger: 'LeadGuard' }] });
    expect(await errorOf(connection.sobject('Lead').create(silva))).toMatchObject({
      errorCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      message: 'LeadGuard: execution of BeforeInsert\n\ncaused by: No leads today',
    });
  });

  test('a locked record refuses as often as it was told, itself and what names it', async () => {
    const connection = await connect();
    const Id = await idOf(connection, `SELECT Id FROM Contact WHERE Email = '${hanna}'`);
    control({ lockRows: [{ id: Id, times: 2 }] });
    const locked = {
      errorCode: 'UNABLE_TO_LOCK_ROW',
      message: `unable to obtain exclusive access to this record or 1 records: ${Id}`,
    };
    expect(await errorOf(connection.sobject('Contact').update({ Id, Title: 'COO' }))).toMatchObject(locked);
    expect(await errorOf(connection.sobject('Task').create({ Subject: 'Call', WhoId: Id }))).toMatchObject(locked);
    await connection.sobject('Contact').update({ Id, Title: 'COO' });
  });
});

checkContract();
