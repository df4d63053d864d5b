import { inspect } from 'node:util';
import { HttpFailure } from '../../src/sdk/http.ts';
import { StepError } from '../../src/sdk/index.ts';
import { CallFailure } from '../../src/sdk/json-call.ts';
import { classify } from './errors.ts';
import { searchFor, searchPart } from './search.ts';

const answered = (status: number, body: string, { write = true } = {}) => {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  return classify(new CallFailure({ write, json, answer: { status, headers: {}, body, complete: true } }));
};
const complaint = (more: object) => JSON.stringify([{ type: 'ObjectValidationError', ...more }]);

describe('what an answer means', () => {
  // [status, body, kind for a write, kind for a read]
  test.each([
    [200, '<html>Down for maintenance</html>', 'uncertain', 'transient'],
    [200, '{"id": "1"', 'uncertain', 'transient'],
    [301, '', 'unauthorized', 'unauthorized'],
    [400, '', 'rejected', 'rejected'],
    [400, complaint({ property: 'name' }), 'rejected', 'rejected'],
    [400, '{"type":"EndpointParameterError","parameter":"id"}', 'rejected', 'rejected'],
    [401, '"Not authenticated."', 'unauthorized', 'unauthorized'],
    [403, '"This service has not been enabled for your site."', 'forbidden', 'forbidden'],
    [404, '', 'rejected', 'rejected'],
    [408, '', 'uncertain', 'transient'],
    [409, '', 'rejected', 'rejected'],
    [410, '', 'rejected', 'rejected'],
    [412, '', 'rejected', 'rejected'],
    [413, '', 'forbidden', 'forbidden'],
    [418, '', 'rejected', 'rejected'],
    [429, '', 'throttled', 'throttled'],
    [429, 'Too Many Requests', 'throttled', 'throttled'],
    [500, '', 'uncertain', 'transient'],
    [502, '<html></html>', 'uncertain', 'transient'],
    [503, '"Timeout"', 'uncertain', 'transient'],
  ])('HTTP %i with %j: %s for a write, %s for a read', (status, body, forWrite, forRead) => {
    const [write, read] = [answered(status, body), answered(status, body, { write: false })];
    expect([write.kind, read.kind]).toEqual([forWrite, forRead]);
    if (forWrite === 'throttled') expect(write.details.retryAfterMs).toBeGreaterThan(0);
  });

  test.each([
    ['BooleanRequirement', 'true or false'],
    ['DateRequirement', 'a date'],
    ['EmailAddressRequirement', 'an e-mail address'],
    ['IdRequirement', 'an id'],
    ['ImmutabilityRequirement', 'cannot be changed'],
    ['IntegerRequirement', 'a whole number'],
    ['NotNullRequirement', 'must not be empty'],
    ['RelationshipRequirement', 'does not go together'],
    ['UniquenessRequirement', 'Another record has this value'],
    ['ValidTextLengthRequirement', 'too long'],
    ['SomethingNewRequirement', 'Change the step or its data'],
  ])('%s names the property, the value and what to do', (type, advice) => {
    const error = answered(400, complaint({ property: 'city', requirement: { type }, value: 'Delft' }));
    expect(error.details).toEqual({
      vendorCode: type,
      field: 'city',
      vendorMessage: `ObjectValidationError at city (${type}) for “Delft”`,
    });
    expect(error.message).toContain(advice);
  });

  it('reads a complaint about a parameter, as a list and alone', () => {
    const one = {
      type: 'EndpointParameterError',
      parameter: 'id',
      requirement: { type: 'IdRequirement' },
      value: 'sandwich',
    };
    for (const body of [one, [one]])
      expect(answered(400, JSON.stringify(body)).details).toMatchObject({ field: 'id', vendorCode: 'IdRequirement' });
  });

  it('shows the words of an answer that has no form, but no pages and no tokens', () => {
    expect(answered(403, 'XSRF Protection Failure').details.vendorMessage).toBe('XSRF Protection Failure');
    expect(answered(403, '<html>No</html>').details.vendorMessage).toBeUndefined();
    expect(inspect(answered(400, '"Bearer abc.def is wrong"'), { depth: 10 })).not.toContain('abc.def');
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

test.each([
  ['ann@acme.example', "emailAddress='ann@acme.example'"],
  ["o'neil@acme.example", "emailAddress='o*neil@acme.example'"],
  ['a*b"c\\d@acme.example', "emailAddress='a*b*c*d@acme.example'"],
])('searches for %s without words that Eloqua would read', (email, search) => {
  expect(searchFor('emailAddress', email)).toBe(search);
});

test('searches for a part of a name', () => {
  expect(searchPart('name', " Q1 '26 ")).toBe("name='*Q1 *26*'");
});
