import { contextFor, describeReply, knowTasks, server } from '../../test/support/scripted-salesforce.ts';
import { createTask } from './actions/create-task.ts';

beforeEach(knowTasks);

const codes: [string, string][] = [
  ['INSUFFICIENT_ACCESS_OR_READONLY', 'forbidden'],
  ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 'forbidden'],
  ['STORAGE_LIMIT_EXCEEDED', 'forbidden'],
  ['ENTITY_IS_DELETED', 'rejected'],
  ['INVALID_CROSS_REFERENCE_KEY', 'rejected'],
  ['MALFORMED_ID', 'rejected'],
  ['DUPLICATES_DETECTED', 'rejected'],
  ['DUPLICATE_VALUE', 'rejected'],
  ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'rejected'],
  ['REQUIRED_FIELD_MISSING', 'rejected'],
  ['STRING_TOO_LONG', 'rejected'],
  ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'rejected'],
  ['INVALID_EMAIL_ADDRESS', 'rejected'],
  ['FIELD_FILTER_VALIDATION_EXCEPTION', 'rejected'],
  ['INVALID_FIELD_FOR_INSERT_UPDATE', 'rejected'],
  ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'rejected'],
  ['UNABLE_TO_LOCK_ROW', 'transient'],
  ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'transient'],
  ['PROCESSING_HALTED', 'transient'],
];

describe('one record of a collection that Salesforce refuses', () => {
  const two = () =>
    createTask.batch?.run(
      contextFor().context,
      ['a', 'b'].map(name => ({
        stepKey: name.repeat(40),
        facts: contextFor().context.facts,
        input: { subject: name },
        note: () => {},
      })),
    );

  test.each(codes)('%s is %s, in Salesforce’s own words, and takes no other with it', async (statusCode, kind) => {
    server.answer(({ path }) =>
      path.endsWith('/describe')
        ? describeReply('Task')
        : {
            json: [
              { success: false, errors: [{ statusCode, message: 'their words', fields: ['Subject'] }] },
              { id: '00T000000000001AAA', success: true, errors: [] },
            ],
          },
    );
    const results = await two();
    expect(results).toMatchObject([
      { kind, details: { vendorCode: statusCode, vendorMessage: 'their words', field: 'subject' } },
      { taskId: '00T000000000001AAA' },
    ]);
    expect(server.seen).toHaveLength(1);
  });

  test('a whole call that is refused is one failure for each, and one request', async () => {
    const message = 'TotalRequests Limit exceeded.';
    server.answer(() => ({ status: 403, json: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message }] }));
    expect(await two()).toMatchObject([{ kind: 'throttled' }, { kind: 'throttled' }]);
    expect(server.seen).toHaveLength(1);
  });

  test('an answer that leaves a record out makes that one uncertain', async () => {
    server.answer(() => ({ json: [{ id: '00T000000000001AAA', success: true, errors: [] }] }));
    expect(await two()).toMatchObject([{ taskId: '00T000000000001AAA' }, { kind: 'uncertain' }]);
  });
});
