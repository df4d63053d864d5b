import { inspect } from 'node:util';
import {
  contextFor,
  createTask,
  failureOf,
  knowTasks,
  run,
  server,
  TOKEN,
  visitor,
} from '../../test/support/scripted-salesforce.ts';
import { type Reply, startScriptedServer } from '../../test/support/scripted-server.ts';
import salesforce from './index.ts';

beforeEach(knowTasks);

describe('what Salesforce answers decides what happens next', () => {
  const refusal = (status: number, errorCode: string, message = 'their words', fields?: string[]): Reply => ({
    status,
    json: [{ message, errorCode, ...(fields && { fields }) }],
  });
  const html = { text: '<html><body>Down for maintenance</body></html>' };

  test.each([
    ['INVALID_SESSION_ID', 401, 'unauthorized'],
    ['REQUEST_LIMIT_EXCEEDED', 403, 'throttled'],
    ['API_DISABLED_FOR_ORG', 403, 'forbidden'],
    ['API_CURRENTLY_DISABLED', 403, 'forbidden'],
    ['INSUFFICIENT_ACCESS', 403, 'forbidden'],
    ['INSUFFICIENT_ACCESS_OR_READONLY', 403, 'forbidden'],
    ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', 400, 'forbidden'],
    ['NOT_FOUND', 404, 'rejected'],
    ['ENTITY_IS_DELETED', 404, 'rejected'],
    ['ENTITY_IS_DELETED', 400, 'rejected'],
    ['INVALID_CROSS_REFERENCE_KEY', 400, 'rejected'],
    ['MALFORMED_ID', 400, 'rejected'],
    ['DUPLICATES_DETECTED', 400, 'rejected'],
    ['DUPLICATE_VALUE', 400, 'rejected'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 400, 'rejected'],
    ['REQUIRED_FIELD_MISSING', 400, 'rejected'],
    ['STRING_TOO_LONG', 400, 'rejected'],
    ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 400, 'rejected'],
    ['INVALID_EMAIL_ADDRESS', 400, 'rejected'],
    ['FIELD_FILTER_VALIDATION_EXCEPTION', 400, 'rejected'],
    ['INVALID_FIELD', 400, 'rejected'],
    ['INVALID_FIELD_FOR_INSERT_UPDATE', 400, 'rejected'],
    ['INVALID_TYPE', 400, 'rejected'],
    ['MALFORMED_QUERY', 400, 'rejected'],
    ['JSON_PARSER_ERROR', 400, 'rejected'],
    ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 400, 'rejected'],
    ['UNABLE_TO_LOCK_ROW', 400, 'transient'],
    ['UNABLE_TO_LOCK_ROW', 500, 'transient'],
    ['QUERY_TIMEOUT', 400, 'transient'],
    ['STORAGE_LIMIT_EXCEEDED', 403, 'forbidden'],
    ['SERVER_UNAVAILABLE', 503, 'uncertain'],
    ['UNKNOWN_EXCEPTION', 500, 'uncertain'],
    ['A_CODE_OF_TOMORROW', 400, 'rejected'],
    ['A_CODE_OF_TOMORROW', 403, 'forbidden'],
  ])('%s (%i) is %s, in one request, with words for an admin', async (code, status, kind) => {
    server.answer(() => refusal(status, code, 'their words', ['Subject']));
    const error = await failureOf(run({ subject: 's' }));
    expect({ kind: error.kind, requests: server.seen.length }).toEqual({ kind, requests: 1 });
    if (kind !== 'throttled') expect(error.message).toContain(`their words (${code}). `);
    expect(error.message).toMatch(/[a-z ]{8,}\.$/i);
    expect(error.details).toMatchObject({ vendorCode: code, vendorMessage: 'their words', field: 'subject' });
  });

  test.each([
    ['TotalRequests Limit exceeded.', 15 * 60_000, 'last 24 hours (api-usage=15000/15000)'],
    ['ConcurrentRequests (Concurrent API Requests) Limit exceeded.', 30_000, 'at once'],
  ])('the limit "%s" says when to come back', async (message, retryAfterMs, words) => {
    server.answer(() => ({
      ...refusal(403, 'REQUEST_LIMIT_EXCEEDED', message),
      headers: { 'sforce-limit-info': 'api-usage=15000/15000', 'x-request-id': 'req-7' },
    }));
    const error = await failureOf(run({ subject: 's' }));
    expect(error).toMatchObject({ kind: 'throttled', details: { retryAfterMs, vendorRequestId: 'req-7' } });
    expect(error.message).toContain(words);
  });

  test('a field that the admin wrote under `fields` is named as such', async () => {
    server.answer(() => refusal(400, 'INVALID_FIELD', 'No such column', ['Score__c']));
    const error = await failureOf(run({ subject: 's', fields: { Score__c: 4 } }));
    expect(error.details.field).toBe('fields.Score__c');
  });

  const lost: [string, Reply][] = [
    ['an HTML page with 200', { status: 200, ...html }],
    ['an HTML page with 500', { status: 500, ...html }],
    ['502 without a body', { status: 502 }],
    ['broken JSON', { status: 201, headers: { 'content-type': 'application/json' }, text: '{"id": "00T' }],
    ['a reset connection', { fault: 'reset' }],
    [
      'an answer that breaks off',
      { status: 201, headers: { 'content-length': '500' }, text: 'abcdefghi', fault: 'cut' },
    ],
  ];
  test.each(lost)('%s leaves a write uncertain and a look-up transient, in one request each', async (_what, reply) => {
    server.answer(() => reply);
    const write = await failureOf(run({ subject: 's' }));
    expect({ kind: write.kind, requests: server.seen.length }).toEqual({ kind: 'uncertain', requests: 1 });
    server.answer(() => reply);
    const lookUp = await failureOf(run({ subject: 's' }, visitor('a@b.co')));
    expect({ kind: lookUp.kind, requests: server.seen.length }).toEqual({ kind: 'transient', requests: 1 });
    expect(write.message + lookUp.message).not.toMatch(/maintenance|<html/);
  });

  test('silence ends at the timeout of the call: uncertain for a write, transient for a look-up', async () => {
    server.answer(() => ({ fault: 'hang' }));
    expect((await failureOf(run({ subject: 's' }, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
    expect((await failureOf(run({ subject: 's' }, visitor('a@b.co'), { timeoutMs: 50 }))).kind).toBe('transient');
  });

  test('an answer that stalls in its body ends at the timeout too', async () => {
    server.answer(() => ({ status: 201, headers: { 'content-length': '500' }, text: 'abc' }));
    expect((await failureOf(run({ subject: 's' }, {}, { timeoutMs: 50 }))).kind).toBe('uncertain');
  });

  test('the deadline of the step aborts the call; one that is over sends nothing', async () => {
    const deadline = new AbortController();
    server.answer(() => {
      deadline.abort();
      return { fault: 'hang' };
    });
    const context = { ...contextFor().context, signal: deadline.signal };
    const attempt = () => failureOf(Promise.resolve(createTask?.run(context, { subject: 's' })));
    expect((await attempt()).kind).toBe('uncertain');
    expect((await attempt()).kind).toBe('transient');
    expect(server.seen).toHaveLength(1);
  });

  test('a refused connection is transient even for a write: nothing left', async () => {
    const gone = await startScriptedServer();
    await gone.close();
    const error = await failureOf(run({ subject: 's' }, {}, { url: gone.url }));
    expect(error).toMatchObject({ kind: 'transient', details: { vendorCode: 'ECONNREFUSED' } });
  });

  test('a redirect is not followed: the token goes nowhere else', async () => {
    server.answer(() => ({ status: 302, headers: { location: `${server.url}/elsewhere` } }));
    expect((await failureOf(run({ subject: 's' }))).kind).toBe('transient');
    expect(server.seen).toHaveLength(1);
  });

  test('an endless 401 is one request: the engine refreshes, not jsforce', async () => {
    server.answer(() => refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid'));
    expect((await failureOf(run({ subject: 's' }))).kind).toBe('unauthorized');
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    undefined,
    null,
    'text',
    42,
    {},
    { errorCode: 7 },
    new Error(`oops ${TOKEN}`),
    new TypeError('fetch failed'),
    Object.assign(new Error('x'), { errorCode: 'INVALID_FIELD' }),
  ])('classify takes anything that is thrown (%#) and shows no secret', thrown => {
    const error = salesforce.classify(thrown);
    expect(error.name).toBe('StepError');
    expect(inspect([error, error.cause, error.details])).not.toContain('secret.token');
  });

  test('a token that Salesforce echoes is not shown', async () => {
    server.answer(() => refusal(400, 'INVALID_FIELD', `bad session ${TOKEN} <b>x</b>`));
    const error = await failureOf(run({ subject: 's' }));
    expect(JSON.stringify([error.message, error.details])).not.toContain('secret.token');
    expect(error.message).toContain('‹secret›');
  });
});
