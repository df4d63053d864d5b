import { HttpFailure } from '../../src/sdk/http.ts';
import { StepError } from '../../src/sdk/index.ts';
import { CallFailure } from '../../src/sdk/json-call.ts';
import { classify } from './errors.ts';

const answer = (status: number, json: Record<string, unknown>, headers: Record<string, string> = {}) =>
  new CallFailure({ write: true, json, answer: { status, headers, body: JSON.stringify(json), complete: true } });

describe('what the vendor’s answers mean', () => {
  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'rejected'],
    [422, 'rejected'],
    [429, 'throttled'],
    [500, 'uncertain'],
    [503, 'uncertain'],
  ])('HTTP %i: %s', (status, kind) => {
    expect(classify(answer(status, { error: 'code', message: 'words' })).kind).toBe(kind);
  });

  it('names the field and the vendor’s words', () => {
    const error = classify(
      answer(422, { error: 'invalid', message: 'too long', field: 'title' }, { 'x-request-id': 'r1' }),
    );
    expect(error.details).toMatchObject({ field: 'title', vendorMessage: 'too long', vendorRequestId: 'r1' });
  });

  it('waits as long as the vendor says, by the vendor’s clock', () => {
    const date = 'Mon, 23 Nov 2026 10:00:00 GMT';
    const later = 'Mon, 23 Nov 2026 10:01:00 GMT';
    expect(classify(answer(429, {}, { 'retry-after': '7' })).details.retryAfterMs).toBe(7_000);
    expect(classify(answer(429, {}, { date, 'retry-after': later })).details.retryAfterMs).toBe(60_000);
    expect(classify(answer(429, {})).details.retryAfterMs).toBe(10_000);
  });
});

describe('what silence means', () => {
  test.each([
    ['a write that may have arrived', true, true, 'uncertain'],
    ['a write that never left', true, false, 'transient'],
    ['a read', false, true, 'transient'],
  ])('%s', (_what, write, sent, kind) => {
    const cause = new HttpFailure('No answer.', { sent, code: 'timeout' });
    expect(classify(new CallFailure({ write, cause })).kind).toBe(kind);
  });

  it('leaves a verdict that was given already', () => {
    const verdict = new StepError('forbidden', 'No.');
    expect(classify(verdict)).toBe(verdict);
  });
});
