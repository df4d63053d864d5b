import { startSandbox } from '../../../src/sandbox/server.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import { useSandbox } from './test-client.ts';

const { connect, sandbox } = useSandbox(startSandbox);

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

  test('their exchanges keep to the vendor’s contract', async () => {
    const connection = await connect();
    const created = await connection.sobject('Task').create([{ Subject: 'one' }, { Subject: 'two' }]);
    await connection.sobject('Task').destroy(created.map(({ id }) => String(id)));
    await connection.requestPost('/composite', composite(true, 'Call'));
    const { passed, output } = await checkExchanges(sandbox().exchanges());
    expect(passed ? '' : output).toBe('');
  });
});
