import type { Condition, Operator } from '../model/workflow.ts';
import { compilePattern, conditionFields, conditionReadsAny, evaluateCondition } from './conditions.ts';

const scope = {
  visitor: {
    email: 'Ann@Example.com',
    fields: {
      employees: '1200',
      lead_score: 7.5,
      country: '',
      industry: null,
      vip: true,
      products: ['Chat', 'Meetings'],
      none: [],
      padded: ' 12 ',
    },
  },
  session: { startedAt: '2026-11-20T10:00:00Z', pageViews: [{ url: '/a' }, { url: '/b' }] },
  event: { data: { foo: { bar: 'x' }, when: '2026-11-20', local: '2026-11-20T23:30:00-05:00' } },
  steps: { push: { recordId: '003' } },
};
const met = (field: string, op: Operator, value?: unknown) => evaluateCondition({ field, op, value }, scope).result;

const f = 'visitor.fields.';
const missing = 'visitor.fields.nowhere.at.all';
const table: [field: string, op: Operator, value: unknown, result: boolean][] = [
  ['steps.push.recordId', 'eq', '003', true],
  ['event.data.foo.bar', 'eq', 'X', true],
  ['session.pageViews[1].url', 'eq', '/b', true],
  ['session.pageViews.size', 'gte', 2, true],
  ['session.pageViews.last.url', 'eq', '/b', true],
  ['session.pageViews[2].url', 'is_known', undefined, false],

  ['visitor.email', 'eq', 'ann@example.COM', true],
  ['visitor.email', 'neq', 'ann@example.com', false],
  ['visitor.email', 'eq', 'bob@example.com', false],
  ['visitor.email', 'neq', 'bob@example.com', true],
  [`${f}employees`, 'eq', 1200, true],
  [`${f}employees`, 'eq', '1200.0', false],
  [`${f}lead_score`, 'eq', '7.50', true],
  [`${f}vip`, 'eq', true, true],
  [`${f}vip`, 'eq', 'TRUE', true],
  [`${f}vip`, 'eq', 1, false],
  [`${f}products`, 'eq', ['meetings', 'chat'], true],
  [`${f}products`, 'eq', ['chat'], false],
  [`${f}products`, 'eq', 'chat', false],
  ['event.data.foo', 'eq', 'x', false],

  ['visitor.email', 'contains', '@EXAMPLE', true],
  ['visitor.email', 'not_contains', '@example', false],
  ['visitor.email', 'starts_with', 'ann', true],
  ['visitor.email', 'ends_with', '.com', true],
  ['visitor.email', 'ends_with', '.co', false],
  [`${f}products`, 'contains', 'chat', true],
  [`${f}products`, 'contains', 'cha', false],
  [`${f}products`, 'not_contains', 'Calls', true],
  [`${f}products`, 'starts_with', 'Chat', false],
  ['event.data.foo', 'contains', 'x', false],

  ['visitor.email', 'in', ['x', 'ANN@example.com'], true],
  ['visitor.email', 'not_in', ['x'], true],
  ['visitor.email', 'not_in', ['ann@example.com'], false],
  [`${f}products`, 'in', ['meetings'], true],
  [`${f}employees`, 'in', [1200], true],
  ['visitor.email', 'in', 'ann@example.com', false],

  [`${f}employees`, 'gt', 1000, true],
  [`${f}employees`, 'gt', '1200', false],
  [`${f}employees`, 'gte', '1200', true],
  [`${f}lead_score`, 'lt', 7.6, true],
  [`${f}lead_score`, 'lte', 7.4, false],
  [`${f}padded`, 'lt', 13, true],
  ['visitor.email', 'gt', 0, false],
  ['visitor.email', 'lt', 0, false],
  [`${f}vip`, 'gt', 0, false],
  [`${f}employees`, 'gt', 'many', false],

  ['session.startedAt', 'before', '2026-11-20T12:00:00+01:00', true],
  ['session.startedAt', 'before', '2026-11-20T10:00:00Z', false],
  ['session.startedAt', 'after', '2026-11-20T09:59:59.999Z', true],
  ['session.startedAt', 'after', '2026-11-20T10:00:00Z', false],
  ['session.startedAt', 'before', '2026-11-20', false],
  ['session.startedAt', 'after', '2026-11-20', false],
  ['session.startedAt', 'before', '2026-11-21', true],
  ['session.startedAt', 'after', '2026-11-19', true],
  ['event.data.when', 'after', '2026-11-20', false],
  ['event.data.when', 'before', '2026-11-21', true],
  ['event.data.local', 'after', '2026-11-20', true],
  ['visitor.email', 'after', '2026-11-20', false],
  ['session.startedAt', 'after', 'yesterday', false],
  ['session.startedAt', 'before', '2026-13-45', false],

  ['visitor.email', 'matches', '^Ann@', true],
  ['visitor.email', 'matches', '^ann@', false],
  ['visitor.email', 'matches', '(?i)^ann@', true],
  ['visitor.email', 'matches', '(unclosed', false],
  ['visitor.email', 'matches', 5, false],
  [`${f}products`, 'matches', '^Meet', true],
  [`${f}lead_score`, 'matches', '^7', true],

  ['visitor.email', 'is_known', undefined, true],
  ['visitor.email', 'is_unknown', undefined, false],
  ['visitor.constructor', 'is_known', undefined, false],
  ['visitor.__proto__', 'is_known', undefined, false],
  ['visitor.fields.products.constructor', 'is_known', undefined, false],
  ['not a path', 'is_known', undefined, false],
];
test.each(table)('%s %s %j is %s', (field, op, value, result) => {
  expect(met(field, op, value)).toBe(result);
});

const unknowns = [missing, `${f}country`, `${f}industry`, `${f}none`];
const values: Partial<Record<Operator, unknown>> = {
  in: ['x'],
  not_in: ['x'],
  gt: 1,
  gte: 1,
  lt: 1,
  lte: 1,
  before: '2026-01-01',
  after: '2026-01-01',
};
const whenUnknown: Record<Operator, boolean> = {
  eq: false,
  contains: false,
  starts_with: false,
  ends_with: false,
  in: false,
  gt: false,
  gte: false,
  lt: false,
  lte: false,
  before: false,
  after: false,
  matches: false,
  is_known: false,
  is_unknown: true,
  neq: true,
  not_contains: true,
  not_in: true,
};
test.each(Object.entries(whenUnknown))('%s with a value that is unknown is %s', (op, result) => {
  const answers = unknowns.map(field => met(field, op as Operator, values[op as Operator] ?? 'x'));
  expect(answers).toEqual(unknowns.map(() => result));
});

test('groups combine, and the trace shows every condition with what it saw', () => {
  const condition: Condition = {
    all: [
      {
        any: [
          { field: 'visitor.fields.employees', op: 'gt', value: 5000 },
          { field: 'visitor.fields.vip', op: 'eq', value: true },
        ],
      },
      { not: { field: 'visitor.email', op: 'is_known' } },
      { field: 'visitor.fields.country', op: 'is_unknown' },
    ],
  };
  expect(evaluateCondition(condition, scope)).toEqual({
    result: false,
    trace: {
      all: [
        {
          any: [
            { field: 'visitor.fields.employees', op: 'gt', value: 5000, actual: '1200', met: false },
            { field: 'visitor.fields.vip', op: 'eq', value: true, actual: true, met: true },
          ],
          met: true,
        },
        { not: { field: 'visitor.email', op: 'is_known', actual: 'Ann@Example.com', met: true }, met: false },
        { field: 'visitor.fields.country', op: 'is_unknown', actual: '', met: true },
      ],
      met: false,
    },
  });
  expect(conditionFields(condition)).toEqual([
    'visitor.fields.employees',
    'visitor.fields.vip',
    'visitor.email',
    'visitor.fields.country',
  ]);
});

test.each([
  ['conversation.transcript', true],
  ['conversation.transcript.size', true],
  ['conversation', true],
  ['conversation.url', false],
  ['visitor.email', false],
])('a condition on %s needs the transcript: %s', (field, result) => {
  const condition: Condition = { all: [{ not: { field, op: 'is_known' } }] };
  expect(conditionReadsAny(condition, ['conversation.transcript'])).toBe(result);
});

test('the trace keeps the beginning of a long value only', () => {
  const { trace } = evaluateCondition(
    { field: 'text', op: 'contains', value: 'zz' },
    { text: `${'a'.repeat(5000)}zz` },
  );
  expect(trace).toMatchObject({ met: true, actual: `${'a'.repeat(200)}…` });
});

test('a pattern that backtracks without end elsewhere is matched in linear time', () => {
  expect(
    evaluateCondition({ field: 'text', op: 'matches', value: '^(a+)+$' }, { text: `${'a'.repeat(9_999)}!` }).result,
  ).toBe(false);
});

test('matches looks at the first 10,000 characters', () => {
  const scopeWith = (text: unknown) => ({ text });
  const condition: Condition = { field: 'text', op: 'matches', value: 'zz' };
  expect(evaluateCondition(condition, scopeWith(`${'a'.repeat(9_998)}zz`)).result).toBe(true);
  expect(evaluateCondition(condition, scopeWith(`${'a'.repeat(9_999)}zz`)).result).toBe(false);
  expect(evaluateCondition(condition, scopeWith(['a'.repeat(9_999), 'zz'])).result).toBe(false);
});

test.each([
  ['(unclosed', 'cannot be read'],
  ['(?=ahead)', 'cannot be read'],
  ['a'.repeat(201), 'longer than 200 characters'],
  ['(a?){999}(a?){999}', 'repeats too much'],
])('the pattern %.20s is refused because it %s', (pattern, reason) => {
  expect(compilePattern(pattern)).toEqual(expect.stringContaining(reason));
});
