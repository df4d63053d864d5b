import { HttpFailure } from '../../src/sdk/http.ts';
import { classify, MarketoFailure } from './errors.ts';
import { untilNewQuota } from './quota.ts';

const HOUR = 3_600_000;
const said = (code: string, message = 'words') => ({ code, message });
const failed = (facts: Partial<ConstructorParameters<typeof MarketoFailure>[0]>) =>
  classify(new MarketoFailure({ write: true, status: 200, requestId: 'e42b#14272d07d78', ...facts }));

test.each([
  ['600', 'unauthorized'],
  ['601', 'unauthorized'],
  ['602', 'unauthorized'],
  ['603', 'forbidden'],
  ['604', 'transient'],
  ['605', 'rejected'],
  ['606', 'throttled'],
  ['607', 'throttled'],
  ['608', 'transient'],
  ['609', 'rejected'],
  ['610', 'rejected'],
  ['611', 'transient'],
  ['614', 'transient'],
  ['615', 'throttled'],
  ['699', 'rejected'],
  ['703', 'forbidden'],
  ['713', 'transient'],
  ['719', 'transient'],
  ['1003', 'rejected'],
  ['1999', 'rejected'],
])('%s in an HTTP 200 is %s, for a write and for a read', (code, kind) => {
  for (const write of [true, false]) expect(failed({ said: said(code), write }).kind).toBe(kind);
});

test.each([
  [{ said: said('502') }, 'uncertain', 'transient'],
  [{ said: said('500') }, 'uncertain', 'transient'],
  [{}, 'uncertain', 'transient'],
  [{ status: 503 }, 'uncertain', 'transient'],
  [{ status: 408 }, 'uncertain', 'transient'],
  [{ status: 301 }, 'transient', 'transient'],
  [{ status: 400 }, 'rejected', 'rejected'],
  [{ status: 401 }, 'unauthorized', 'unauthorized'],
  [{ status: 403 }, 'forbidden', 'forbidden'],
  [{ status: 413 }, 'rejected', 'rejected'],
  [{ status: 414 }, 'rejected', 'rejected'],
  [{ status: 429 }, 'throttled', 'throttled'],
])('%j is %s for a write and %s for a read', (facts, write, read) => {
  expect(failed({ ...facts, write: true }).kind).toBe(write);
  expect(failed({ ...facts, write: false }).kind).toBe(read);
});

test.each([
  [{ sent: true, code: 'timeout' }, 'uncertain'],
  [{ sent: false, code: 'ECONNREFUSED' }, 'transient'],
  [{ sent: false, code: 'private_address', refused: true }, 'rejected'],
])('a write without an answer (%j) is %s', (how, kind) => {
  const cause = new HttpFailure('No answer came.', how);
  expect(classify(new MarketoFailure({ write: true, cause })).kind).toBe(kind);
});

test('what Marketo said is there to be read: code, words, request, field', () => {
  expect(failed({ said: said('1006', "Field 'shoeSize'\n<b>not</b> found") })).toMatchObject({
    message: expect.stringContaining("Field 'shoeSize' not found (1006)"),
    details: {
      vendorCode: '1006',
      vendorMessage: "Field 'shoeSize' not found",
      vendorRequestId: 'e42b#14272d07d78',
      field: 'shoeSize',
      schemaDrift: true,
    },
  });
});

test.each([
  ['606', 20_000],
  ['615', 3_000],
])('%s says when to come back', (code, wait) => {
  expect(failed({ said: said(code) }).details.retryAfterMs).toBe(wait);
});

test('the quota of the day comes back at midnight in the US Central time zone, reckoned from when Marketo answered', () => {
  const headers = { date: 'Mon, 23 Nov 2026 10:00:00 GMT' };
  expect(failed({ said: said('607'), headers }).details.retryAfterMs).toBe(20 * HOUR);
});

test.each([
  ['a winter night', '2026-01-15T05:59:00Z', 60_000],
  ['midnight itself', '2026-01-15T06:00:00Z', 24 * HOUR],
  ['a summer afternoon', '2026-07-01T20:00:00Z', 9 * HOUR],
  ['the day that has 23 hours', '2026-03-08T06:00:00Z', 23 * HOUR],
  ['the day that has 25 hours', '2026-11-01T05:00:00Z', 25 * HOUR],
])('%s', (_name, at, wait) => {
  expect(untilNewQuota(Date.parse(at))).toBe(wait);
});
