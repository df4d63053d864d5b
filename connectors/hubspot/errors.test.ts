import { inspect } from 'node:util';
import { classify, fromFailure } from './errors.ts';
import { errorBody, type Failure, HubSpotFailure } from './wire.ts';

const failure = (status: number, json: object = {}, more: Partial<Failure> = {}): Failure => ({
  write: true,
  sent: true,
  status,
  body: errorBody({ status: 'error', correlationId: 'c', ...json }),
  requestId: 'corr-7',
  ...more,
});
const limit = (message: string, policyName?: string) => failure(429, { message, policyName, category: 'RATE_LIMITS' });

const told: [what: string, given: Failure, kind: string, retryAfterMs?: number][] = [
  [
    'the rolling ten seconds',
    limit('You have reached your ten_secondly_rolling limit.', 'TEN_SECONDLY_ROLLING'),
    'throttled',
    10_000,
  ],
  ['the second, by policy', limit('You have reached your limit.', 'SECONDLY'), 'throttled', 1_000],
  ['the search’s second, by its words alone', limit('You have reached your secondly limit.'), 'throttled', 1_000],
  ['the day, by policy', limit('You have reached your daily limit.', 'DAILY'), 'throttled', 900_000],
  ['the day, by words', limit('You have reached your daily limit.'), 'throttled', 900_000],
  ['a limit of no name', failure(429), 'throttled', 10_000],
  ['a limit with Retry-After', failure(429, {}, { retryAfterMs: 3_000 }), 'throttled', 3_000],
  ['a locked record', failure(423), 'transient', 2_000],
  ['a move with Retry-After', failure(477, {}, { retryAfterMs: 86_400_000 }), 'throttled', 86_400_000],
  ['a move without', failure(477), 'throttled', 3_600_000],
  ['an expired token', failure(401, { category: 'EXPIRED_AUTHENTICATION' }), 'unauthorized'],
  ['an unknown token', failure(401, { category: 'INVALID_AUTHENTICATION' }), 'unauthorized'],
  ['a plain 401', failure(401), 'unauthorized'],
  ['no right', failure(403, { category: 'FORBIDDEN' }), 'forbidden'],
  ['a record that is gone', failure(404, { category: 'OBJECT_NOT_FOUND' }), 'rejected'],
  ['a value that is taken', failure(409, { category: 'CONFLICT' }), 'rejected'],
  ['wrong input', failure(400, { category: 'VALIDATION_ERROR' }), 'rejected'],
  ['too long an address', failure(414), 'rejected'],
  ['a write that met 500', failure(500), 'uncertain'],
  ['a read that met 500', failure(500, {}, { write: false }), 'transient'],
  ['a write that met 502', failure(502), 'uncertain'],
  ['a write that met 504', failure(504), 'uncertain'],
  ['a write that timed out behind Cloudflare', failure(524), 'uncertain'],
  ['a write that Cloudflare could not hand on', failure(521), 'transient'],
  ['a write whose certificate failed behind Cloudflare', failure(526), 'transient'],
  ['a write answered by a page', failure(200, {}, { reason: 'the answer was not JSON' }), 'uncertain'],
  ['a read answered by a page', failure(200, {}, { write: false, reason: 'the answer was not JSON' }), 'transient'],
  ['a redirect', failure(302), 'transient'],
  ['a write without an answer', { write: true, sent: true, reason: 'ECONNRESET' }, 'uncertain'],
  ['a read without an answer', { write: false, sent: true, reason: 'ECONNRESET' }, 'transient'],
  ['a write that never left', { write: true, sent: false, reason: 'ECONNREFUSED' }, 'transient'],
];
test.each(told.map(([what, given, kind, retryAfterMs]) => ({ what, given, kind, retryAfterMs })))(
  '$what is $kind',
  one => {
    const { given, kind, retryAfterMs } = one;
    const error = fromFailure(given);
    expect([error.kind, error.details.retryAfterMs]).toEqual([kind, retryAfterMs]);
    if (given.status !== undefined) expect(error.details.vendorRequestId).toBe('corr-7');
  },
);

test('missing scopes are named', () => {
  const errors = [
    {
      message: 'One or more of the following scopes are required.',
      context: { requiredGranularScopes: ['crm.objects.contacts.write'] },
    },
  ];
  const error = fromFailure(
    failure(403, { category: 'MISSING_SCOPES', message: 'This app hasn’t been granted all required scopes', errors }),
  );
  expect(error).toMatchObject({ kind: 'forbidden' });
  expect(error.message).toContain('Needed: crm.objects.contacts.write. Give the app this scope');
});

test('of property errors the words about the property are shown, not the JSON around them', () => {
  const message =
    'Property values were not valid: [{"isValid":false,"message":"hot was not one of the allowed options: [lead, customer]","error":"INVALID_OPTION","name":"lifecyclestage"}]';
  const error = fromFailure(failure(400, { category: 'VALIDATION_ERROR', message }));
  expect(error.details).toMatchObject({
    field: 'lifecyclestage',
    vendorCode: 'INVALID_OPTION',
    vendorMessage: 'hot was not one of the allowed options: [lead, customer]',
    schemaDrift: true,
  });
  expect(error.message).not.toContain('isValid');
});

test('markup, long texts and what looks like a token do not get through', () => {
  const message = `<b>no</b> Bearer CN1.secret refresh_token=eu1-secret ${'x'.repeat(1_000)}`;
  const error = fromFailure(failure(400, { message }));
  expect(error.details.vendorMessage?.length).toBeLessThanOrEqual(400);
  expect(inspect(error, { depth: 9 })).not.toMatch(/CN1|eu1|<b>/);
});

test('whatever else is thrown is a defect', () => {
  expect(classify(new TypeError('x is not a function')).kind).toBe('defect');
  expect(classify(new HubSpotFailure(failure(404))).kind).toBe('rejected');
});
