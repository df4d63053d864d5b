import { inspect } from 'node:util';
import { HttpFailure } from '../../src/sdk/http.ts';
import { StepError } from '../../src/sdk/index.ts';
import { CallFailure } from '../../src/sdk/json-call.ts';
import { usageOf } from './client.ts';
import { classify } from './errors.ts';

const answered = (status: number, body: string, { write = true, complete = true } = {}) => {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    json = undefined;
  }
  return classify(new CallFailure({ write, json, answer: { status, headers: {}, body, complete } }));
};
const code = (number: number, status = 400, write = true) =>
  answered(status, JSON.stringify({ code: number, message: 'Its own words' }), { write });

describe('what the codes mean', () => {
  // [code, HTTP status of the field, kind for a write, kind for a read]
  test.each([
    [66, 429, 'throttled', 'throttled'],
    [66, 400, 'throttled', 'throttled'],
    [122, 403, 'throttled', 'throttled'],
    [202, 400, 'throttled', 'throttled'],
    [1, 400, 'unauthorized', 'unauthorized'],
    [184, 401, 'unauthorized', 'unauthorized'],
    [184, 400, 'unauthorized', 'unauthorized'],
    [46, 405, 'forbidden', 'forbidden'],
    [49, 405, 'forbidden', 'forbidden'],
    [76, 400, 'forbidden', 'forbidden'],
    [181, 400, 'forbidden', 'forbidden'],
    [201, 400, 'forbidden', 'forbidden'],
    [62, 400, 'transient', 'transient'],
    [85, 400, 'transient', 'transient'],
    [183, 400, 'uncertain', 'transient'],
    [183, 500, 'uncertain', 'transient'],
    [214, 400, 'uncertain', 'transient'],
    [4, 400, 'rejected', 'rejected'],
    [54, 400, 'rejected', 'rejected'],
    [55, 400, 'rejected', 'rejected'],
    [56, 400, 'rejected', 'rejected'],
    [58, 400, 'rejected', 'rejected'],
    [108, 405, 'rejected', 'rejected'],
    [109, 404, 'rejected', 'rejected'],
    [132, 400, 'rejected', 'rejected'],
    [153, 400, 'rejected', 'rejected'],
    [154, 400, 'rejected', 'rejected'],
    [180, 400, 'rejected', 'rejected'],
    [9_999, 400, 'rejected', 'rejected'],
    [9_999, 404, 'rejected', 'rejected'],
    [9_999, 401, 'unauthorized', 'unauthorized'],
    [9_999, 403, 'forbidden', 'forbidden'],
    [9_999, 429, 'throttled', 'throttled'],
    [9_999, 502, 'uncertain', 'transient'],
  ])('code %i under HTTP %i is %s for a write and %s for a read', (number, status, forWrite, forRead) => {
    const [write, read] = [code(number, status), code(number, status, false)];
    expect([write.kind, read.kind]).toEqual([forWrite, forRead]);
    expect(write.details).toMatchObject({ vendorCode: String(number), vendorMessage: 'Its own words' });
    expect(write.message).toContain(`Its own words (code ${number})`);
    if (forWrite === 'throttled') expect(write.details.retryAfterMs).toBeGreaterThan(0);
  });

  test.each([
    [201, { park: true }],
    [76, { park: true }],
    [180, { schemaDrift: true }],
    [224, { schemaDrift: true }],
    [122, { retryAfterMs: 30 * 60_000 }],
  ])('code %i also says %j', (number, details) => {
    expect(code(number).details).toMatchObject(details);
  });

  it('reads the complaint that the gateway writes in XML', () => {
    const xml =
      '<?xml version="1.0"?><rsp stat="fail" version="1.0"><err code="184">access_token is invalid</err></rsp>';
    expect(answered(400, xml)).toMatchObject({
      kind: 'unauthorized',
      details: { vendorCode: '184', vendorMessage: 'access_token is invalid' },
    });
  });
});

describe('what answers without a code mean', () => {
  test.each([
    [200, '<html>Down for maintenance</html>', 'uncertain', 'transient'],
    [200, '{"id": 1', 'uncertain', 'transient'],
    [302, '', 'transient', 'transient'],
    [400, '', 'rejected', 'rejected'],
    [401, '', 'unauthorized', 'unauthorized'],
    [403, '', 'forbidden', 'forbidden'],
    [408, '', 'uncertain', 'transient'],
    [429, '', 'throttled', 'throttled'],
    [503, '<html></html>', 'uncertain', 'transient'],
  ])('HTTP %i with %j: %s, %s', (status, body, forWrite, forRead) => {
    expect([answered(status, body).kind, answered(status, body, { write: false }).kind]).toEqual([forWrite, forRead]);
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

  it('says nothing that looks like a token', () => {
    const words = { code: 9_999, message: '<b>Bearer abc.def</b> 00D5e0000000001!AQEAQ.secret\n was refused' };
    const error = answered(400, JSON.stringify(words));
    expect(error.details.vendorMessage).toBe('‹secret› ‹secret› was refused');
    expect(inspect(error, { depth: 10 })).not.toContain('AQEAQ');
  });
});

test.each([
  ['18/25000', { used: 18, limit: 25_000 }],
  ['api-usage=18/25000', { used: 18, limit: 25_000 }],
  ['', undefined],
  [undefined, undefined],
])('reads the header of used calls %j', (header, usage) => {
  expect(usageOf(header)).toEqual(usage);
});
