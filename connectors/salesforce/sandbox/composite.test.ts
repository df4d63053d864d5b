import { startSandbox } from '../../../src/sandbox/server.ts';
import { makeId } from './ids.ts';
import { errorOf, useSandbox } from './test-client.ts';

type Batch = { hasErrors: boolean; results: { statusCode: number }[] };
const { checkContract, connect, sandbox } = useSandbox(startSandbox);

describe('many records in one call', () => {
  const subjects = () =>
    (sandbox().records('salesforce', 'Task') as { Subject: string }[]).map(({ Subject }) => Subject);

  test('a collection answers one result per record, in order, and keeps the good ones', async () => {
    const connection = await connect();
    const results = await connection
      .sobject('Task')
      .create([{ Subject: 'one' }, { Subject: 'x'.repeat(256) }, { Subject: 'three' }]);
    expect(results).toEqual([
      { id: expect.stringMatching(/^00T/), success: true, errors: [] },
      { success: false, errors: [{ statusCode: 'STRING_TOO_LONG', message: expect.any(String), fields: ['Subject'] }] },
      { id: expect.stringMatching(/^00T/), success: true, errors: [] },
    ]);
    expect(subjects()).toEqual(['one', 'three']);
  });

  test('with allOrNone one failure takes the others back', async () => {
    const connection = await connect();
    const tasks = [{ Subject: 'one' }, { Colour: 'red' }];
    const results = await connection.sobject('Task').create(tasks, { allOrNone: true });
    const codes = results.map(({ errors }) => (errors[0] as { statusCode?: string }).statusCode);
    expect(codes).toEqual(['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'INVALID_FIELD']);
    expect(subjects()).toEqual([]);
  });

  test('a collection is changed and deleted', async () => {
    const connection = await connect();
    const created = await connection.sobject('Task').create([{ Subject: 'one' }, { Subject: 'two' }]);
    const ids = created.map(({ id }) => String(id));
    await connection.sobject('Task').update(ids.map(Id => ({ Id, Subject: `${Id.slice(0, 3)} changed` })));
    expect(subjects()).toEqual(['00T changed', '00T changed']);
    await connection.sobject('Task').destroy(ids);
    expect(subjects()).toEqual([]);
  });

  const composite = (allOrNone: boolean, subject: string) => ({
    allOrNone,
    compositeRequest: [
      {
        method: 'POST',
        url: '/services/data/v64.0/sobjects/Lead',
        referenceId: 'lead',
        body: { LastName: 'Silva', Company: 'Acme' },
      },
      {
        method: 'POST',
        url: '/services/data/v64.0/sobjects/Task',
        referenceId: 'task',
        body: { Subject: subject, WhoId: '@{lead.id}' },
      },
    ],
  });
  const codesOf = (answer: unknown) => {
    const { compositeResponse } = answer as {
      compositeResponse: { httpStatusCode: number; body: { errorCode?: string }[] }[];
    };
    return compositeResponse.map(({ httpStatusCode, body }) => body?.[0]?.errorCode ?? httpStatusCode);
  };

  test('a composite call names what an earlier part made', async () => {
    const connection = await connect();
    const before = sandbox().records('salesforce', 'Lead').length;
    expect(codesOf(await connection.requestPost('/composite', composite(true, 'Call')))).toEqual([201, 201]);
    const lead = sandbox().records('salesforce', 'Lead')[before] as { Id: string };
    expect(sandbox().records('salesforce', 'Task')).toMatchObject([{ WhoId: lead.Id }]);
  });

  test('a composite call with allOrNone halts the others and leaves nothing behind', async () => {
    const connection = await connect();
    const before = sandbox().records('salesforce', 'Lead').length;
    const answer = await connection.requestPost('/composite', composite(true, 'x'.repeat(256)));
    expect(codesOf(answer)).toEqual(['PROCESSING_HALTED', 'STRING_TOO_LONG']);
    expect(sandbox().records('salesforce', 'Lead')).toHaveLength(before);
  });

  test('a part after a failed one is not even tried', async () => {
    const connection = await connect();
    const parts = composite(true, 'Call');
    const answer = await connection.requestPost('/composite', {
      allOrNone: true,
      compositeRequest: [
        { ...parts.compositeRequest[1], body: { WhoId: makeId('003', 999) }, referenceId: 'broken' },
        ...parts.compositeRequest,
      ],
    });
    expect(codesOf(answer)).toEqual(['INVALID_CROSS_REFERENCE_KEY', 'PROCESSING_HALTED', 'PROCESSING_HALTED']);
  });

  test('a part names what a query found, and its headers are its own', async () => {
    const connection = await connect();
    const found = "SELECT Id FROM Contact WHERE LastName = 'Verbeek'";
    const create = { method: 'POST', url: '/services/data/v64.0/sobjects/Lead' };
    const dana = makeId('005', 2);
    const answer = await connection.requestPost('/composite', {
      compositeRequest: [
        { method: 'GET', url: `/services/data/v64.0/query?q=${encodeURIComponent(found)}`, referenceId: 'found' },
        {
          method: 'POST',
          url: '/services/data/v64.0/sobjects/Task',
          referenceId: 'task',
          body: { Subject: 'Call', WhoId: '@{found.records[0].Id}' },
        },
        {
          ...create,
          referenceId: 'lead',
          httpHeaders: { 'Sforce-Auto-Assign': 'FALSE' },
          body: { LastName: 'Silva', Company: 'Acme', OwnerId: dana },
        },
      ],
    });
    expect(codesOf(answer)).toEqual([200, 201, 201]);
    expect(sandbox().records('salesforce', 'Task')).toMatchObject([{ WhoId: makeId('003', 1) }]);
    expect(sandbox().records('salesforce', 'Lead').at(-1)).toMatchObject({ OwnerId: dana });
  });

  test.each([
    [false, [200, 400, 204]],
    [true, [200, 400, 412]],
  ])('a batch goes on after a failure unless it is told to halt: %s', async (haltOnError, expected) => {
    const connection = await connect();
    const { results, hasErrors } = await connection.requestPost<Batch>('/composite/batch', {
      haltOnError,
      batchRequests: [
        { method: 'GET', url: 'v64.0/limits' },
        { method: 'POST', url: 'v64.0/sobjects/Lead', richInput: { LastName: 'Silva' } },
        { method: 'PATCH', url: `v64.0/sobjects/Lead/${makeId('00Q', 1)}`, richInput: { Title: 'COO' } },
      ],
    });
    expect(results.map(({ statusCode }) => statusCode)).toEqual(expected);
    expect(hasErrors).toBe(true);
  });

  test('25 parts are enough', async () => {
    const connection = await connect();
    const batchRequests = Array.from({ length: 26 }, () => ({ method: 'GET', url: 'v64.0/limits' }));
    const refused = await errorOf(connection.requestPost('/composite/batch', { batchRequests }));
    expect(refused).toMatchObject({ errorCode: 'LIMIT_EXCEEDED' });
  });
});

describe('reading many', () => {
  test('records come in the order of their ids, null for those that are not there', async () => {
    const connection = await connect();
    const ids = [2, 999, 1].map(sequence => makeId('003', sequence));
    const url = `/composite/sobjects/Contact?ids=${ids.join(',')}&fields=LastName`;
    const expected = [{ LastName: 'Lindqvist' }, null, { LastName: 'Verbeek' }];
    expect(await connection.requestGet(url)).toMatchObject(expected);
    const body = { ids, fields: ['LastName'] };
    expect(await connection.requestPost('/composite/sobjects/Contact', body)).toMatchObject(expected);
    const unknown = connection.requestPost('/composite/sobjects/Contact', { ids, fields: ['Colour'] });
    expect(await errorOf(unknown)).toMatchObject({ errorCode: 'INVALID_FIELD' });
  });

  test('more than 200 records do not go into one call', async () => {
    const connection = await connect();
    const records = Array.from({ length: 201 }, () => ({ attributes: { type: 'Task' }, Subject: 'x' }));
    const url = `${connection.instanceUrl}/services/data/v64.0/composite/sobjects`;
    const headers = { authorization: `Bearer ${connection.accessToken}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ records }) });
    expect(await answer.json()).toMatchObject([{ errorCode: 'EXCEEDED_ID_LIMIT' }]);
  });
});

checkContract();
