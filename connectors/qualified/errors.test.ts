import { HttpFailure } from '../../src/sdk/http.ts';
import { classify, QualifiedFailure } from './errors.ts';
import { createQuota } from './quota.ts';

const answer = (status: number, json: unknown, headers: Record<string, string> = {}, path = '/v2/leads') =>
  classify(
    new QualifiedFailure({ path, json, answer: { status, headers, body: JSON.stringify(json), complete: true } }),
  );

describe('what Qualified’s answers mean', () => {
  test.each([
    [400, { error: 'Invalid cursor' }, 'rejected', 'Invalid cursor'],
    [400, { code: 'bad_request', message: 'Invalid request' }, 'rejected', 'Invalid request'],
    [401, { code: 'invalid_token' }, 'unauthorized', undefined],
    [403, { code: 'insufficient_scope' }, 'forbidden', undefined],
    [404, { message: 'No meeting was found' }, 'rejected', 'No meeting was found'],
    [422, { error: 'Unknown field', details: { failed_field: 'age' } }, 'rejected', 'Unknown field (age)'],
    [429, { code: 'rate_limited', message: 'Too many' }, 'throttled', 'Too many'],
    [500, { error: 'Internal server error' }, 'transient', 'Internal server error'],
    [500, { error: { message: 'It is nested here.' } }, 'transient', 'It is nested here'],
    [503, undefined, 'transient', undefined],
    [302, undefined, 'transient', undefined],
    [200, undefined, 'transient', undefined],
  ])('HTTP %i with %j: %s', (status, json, kind, vendorMessage) => {
    const error = answer(status, json, { 'x-request-id': 'r1' });
    expect(error.kind).toBe(kind);
    expect(error.details).toMatchObject({ vendorMessage, vendorRequestId: 'r1' });
  });

  test.each([
    ['/v2/leads', 'lead:view'],
    ['/v2/sessions', 'session:view'],
    ['/v2/conversations/c1/messages', 'conversation:view'],
    ['/v2/messages', 'conversation:view'],
    ['/v2/meetings/m1', 'meeting:view'],
  ])('a refusal of %s names the scope %s', (path, scope) => {
    expect(answer(403, { code: 'insufficient_scope' }, {}, path).message).toContain(`lacks the scope ${scope}`);
  });

  it('says nothing that looks like a credential', () => {
    expect(answer(500, { error: 'Bearer abc-123 is odd' }).details.vendorMessage).toBe('‹secret› is odd');
  });

  it('waits as long as it is told, else until one of ten calls has come to its end', () => {
    expect(answer(429, {}, { 'retry-after': '70' }).details.retryAfterMs).toBe(70_000);
    expect(answer(429, {}).details.retryAfterMs).toBe(2_000);
  });

  it('takes no answer for no harm, and its own mistakes for its own', () => {
    const cause = new HttpFailure('No answer came in time.', { sent: true, code: 'timeout' });
    expect(classify(new QualifiedFailure({ path: '/v2/leads', cause })).kind).toBe('transient');
    expect(classify(new TypeError('x')).kind).toBe('defect');
  });
});

describe('the calls of a quarter of an hour', () => {
  const headers = (remaining: number) => ({
    'ratelimit-limit': '2000',
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': '900',
  });

  it('are left to others at the end, until the window is over', () => {
    const quota = createQuota();
    quota.check(0);
    quota.hear(headers(101));
    quota.check(0);
    quota.hear(headers(100));
    expect(() => quota.check(0)).toThrow(
      expect.objectContaining({ kind: 'throttled', details: { retryAfterMs: 900_000 } }),
    );
    quota.check(900_000);
  });

  it('are not believed where the answer does not tell them', () => {
    const quota = createQuota();
    quota.hear(headers(0));
    quota.hear({});
    expect(() => quota.check(0)).toThrow();
    const other = createQuota();
    other.hear({ 'ratelimit-limit': 'x' });
    other.check(0);
  });
});
