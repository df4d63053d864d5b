import { startSandbox } from '../../../src/sandbox/server.ts';
import { makeId } from './ids.ts';
import { errorOf, idOf, useSandbox } from './test-client.ts';

const { connect, sandbox } = useSandbox(startSandbox);

describe('records', () => {
  test('a task is created, read, changed and deleted', async () => {
    const connection = await connect();
    const who = await idOf(
      connection,
      "SELECT Id FROM Contact WHERE Email = 'HANNA.verbeek@northwind-freight.example'",
    );
    const created = await connection
      .sobject('Task')
      .create({ Subject: ' Call back ', WhoId: who, ActivityDate: '2026-11-25' });
    expect(created).toEqual({ id: expect.stringMatching(/^00T\w{15}$/), success: true, errors: [] });
    const task = await connection.sobject('Task').retrieve(String(created.id));
    expect(task).toMatchObject({
      Subject: 'Call back',
      Status: 'Not Started',
      Priority: 'Normal',
      IsClosed: false,
      WhoId: who,
      CreatedDate: '2026-11-23T09:00:00.000+0000',
    });
    await connection.sobject('Task').update({ Id: String(created.id), Status: 'Completed' });
    expect(await connection.sobject('Task').retrieve(String(created.id))).toMatchObject({ IsClosed: true });
    await connection.sobject('Task').destroy(String(created.id));
    expect(await errorOf(connection.sobject('Task').retrieve(String(created.id)))).toMatchObject({
      errorCode: 'ENTITY_IS_DELETED',
    });
  });

  test('a status that no picklist offers is taken, as the standard field is not restricted', async () => {
    const connection = await connect();
    const created = await connection.sobject('Task').create({ Subject: 'x', Status: 'Parked by sales' });
    expect(created.success).toBe(true);
  });

  const contactId = makeId('003', 1);
  test.each([
    [
      'an unknown field',
      'Task',
      { Subject: 'x', Colour: 'red' },
      'INVALID_FIELD',
      "No such column 'Colour' on sobject of type Task",
    ],
    ['a subject of 256 characters', 'Task', { Subject: 'x'.repeat(256) }, 'STRING_TOO_LONG', '(max length=255)'],
    [
      'a description of 32,001 characters',
      'Task',
      { Description: 'x'.repeat(32_001) },
      'STRING_TOO_LONG',
      '(max length=32000)',
    ],
    [
      'a value outside a restricted picklist',
      'Task',
      { TaskSubtype: 'Fax' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'Fax',
    ],
    ['an id that is none', 'Task', { WhoId: 'nobody' }, 'MALFORMED_ID', 'id value of incorrect type: nobody'],
    ['an owner who is no user', 'Task', { OwnerId: contactId }, 'MALFORMED_ID', contactId],
    [
      'a person who does not exist',
      'Task',
      { WhoId: makeId('003', 999) },
      'INVALID_CROSS_REFERENCE_KEY',
      'invalid cross reference id',
    ],
    ['an owner who has left', 'Task', { OwnerId: makeId('005', 5) }, 'INACTIVE_OWNER_OR_USER', 'inactive user'],
    [
      'a field that is read-only',
      'Task',
      { CreatedDate: '2026-01-01T00:00:00Z' },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'CreatedDate',
    ],
    ['a date that is none', 'Task', { ActivityDate: '2026-02-30' }, 'JSON_PARSER_ERROR', 'date'],
    ['a number for a text', 'Task', { Subject: 7 }, 'JSON_PARSER_ERROR', 'VALUE_NUMBER_INT'],
    ['a lead without its company', 'Lead', { LastName: 'Silva' }, 'REQUIRED_FIELD_MISSING', '[Company]'],
    [
      'an e-mail address that is none',
      'Contact',
      { LastName: 'Silva', Email: 'silva' },
      'INVALID_EMAIL_ADDRESS',
      'silva',
    ],
  ])('%s is refused in the vendor’s words', async (_name, type, fields, errorCode, words) => {
    const connection = await connect();
    const before = sandbox().records('salesforce', type).length;
    const error = await errorOf(connection.sobject(type).create(fields));
    expect(error.errorCode).toBe(errorCode);
    expect(error.message).toContain(words);
    expect(sandbox().records('salesforce', type)).toHaveLength(before);
  });

  test('broken JSON is answered with the vendor’s own list of errors', async () => {
    const { accessToken } = await connect();
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const url = `${sandbox().url}/salesforce/services/data/v64.0/sobjects/Task`;
    const answer = await fetch(url, { method: 'POST', headers, body: '{"Subject": ' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual([{ errorCode: 'JSON_PARSER_ERROR', message: expect.any(String) }]);
  });

  test('a lead says whether and into which contact it was converted, and nobody may write that', async () => {
    const connection = await connect();
    const { records } = await connection.query(
      "SELECT Id, IsConverted, ConvertedContactId FROM Lead WHERE Email = 'ben.castellano@oakridge-health.example' ORDER BY IsConverted ASC, LastModifiedDate DESC LIMIT 10",
    );
    expect(records).toMatchObject([{ IsConverted: false, ConvertedContactId: null }]);
    const { fields } = await connection.sobject('Lead').describe();
    expect(fields.find(({ name }) => name === 'ConvertedContactId')).toMatchObject({
      type: 'reference',
      referenceTo: ['Contact'],
      createable: false,
      updateable: false,
    });
  });

  test('a describe tells lengths, picklists and what may be written', async () => {
    const connection = await connect();
    const { fields } = await connection.sobject('Task').describe();
    const named = (name: string) => fields.find(field => field.name === name);
    expect(named('Subject')).toMatchObject({ length: 255, createable: true });
    expect(named('Description')).toMatchObject({ type: 'textarea', length: 32_000, filterable: false });
    expect(named('Status')?.picklistValues?.map(({ value }) => value)).toContain('Not Started');
    expect(named('CreatedDate')).toMatchObject({ createable: false, updateable: false });
  });
});
