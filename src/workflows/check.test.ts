import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as z from 'zod';
import { type VisitorField, workflowDocument } from '../model/workflow.ts';
import type { Action } from '../sdk/connector.ts';
import { type CheckContext, checkWorkflow, type Mistake } from './check.ts';

const folder = new URL('../../test/fixtures/workflows/', import.meta.url);
type Case = { document: unknown; mistakes?: Record<string, string>; warnings?: Record<string, string> };
const cases = (kind: 'valid' | 'invalid') =>
  readdirSync(new URL(`${kind}/`, folder)).map(name => {
    const text = readFileSync(new URL(`${kind}/${name}`, folder), 'utf8');
    return [name.replace('.json', ''), JSON.parse(text) as Case] as const;
  });

const action = (id: string, input: z.ZodType, more: Partial<Action> = {}): [string, Action] => [
  id,
  {
    id,
    title: id,
    description: id,
    input,
    output: z.object({}),
    fits: {},
    replay: 'safe',
    run: async () => ({}),
    ...more,
  },
];
const actions = new Map<string, Action>([
  action('push_record', z.strictObject({ destination: z.string().optional() }), {
    output: z.object({ recordType: z.string(), recordId: z.string() }),
  }),
  action('set_visitor_field', z.strictObject({ field: z.string(), value: z.unknown() })),
  action(
    'crm.create_task',
    z.strictObject({
      subject: z.string().min(1).max(255),
      description: z.string(),
      dueInDays: z.int().optional(),
      fields: z.record(z.string(), z.unknown()).optional(),
    }),
    {
      defaults: { description: "{{ conversation.transcript | default: '' }}" },
      output: z.object({ taskId: z.string() }),
    },
  ),
  action('crm.add_to_campaign', z.strictObject({ campaignId: z.string() }), { needsPush: true }),
  action('crm.create_meeting', z.strictObject({ subject: z.string() }), {
    fits: { only: [{ type: 'meeting_booked' }] },
  }),
  action(
    'chat.send_alert',
    z.strictObject({
      to: z
        .union([z.strictObject({ channel: z.string().min(2) }), z.strictObject({ email: z.email() })])
        .default({ channel: '#all' }),
      message: z.string().min(1),
      priority: z.enum(['low', 'high']).optional(),
    }),
  ),
  action('mail.send', z.object({ address: z.email() })),
]);
const visitorFields: VisitorField[] = ['first_name', 'employees', 'lead_score', 'score'].map(name => ({
  name,
  label: name,
  type: 'text',
  category: 'person',
}));
const context: CheckContext = {
  actions,
  visitorFields,
  connected: new Set(['crm', 'chat']),
  connectorOf: id => (id.includes('.') ? { id: id.split('.')[0] ?? '', needsConnection: true } : undefined),
};

/** The n-th mistake at one place has the key `path#n`. */
function byPath(found: Mistake[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { path, message } of found) {
    const before = Object.keys(result).filter(key => key === path || key.startsWith(`${path}#`)).length;
    result[before === 0 ? path : `${path}#${before}`] = message;
  }
  return result;
}
const containing = (expected: Record<string, string> = {}) =>
  Object.fromEntries(Object.entries(expected).map(([path, part]) => [path, expect.stringContaining(part)]));

test.each(cases('valid'))(
  '%s is accepted, with exactly the warnings it should have',
  (_name, { document, warnings }) => {
    const result = checkWorkflow(document, context);
    expect(result.mistakes).toEqual([]);
    expect(byPath(result.warnings)).toEqual(containing(warnings));
    expect(result.document).toEqual(workflowDocument.parse(document));
  },
);

test.each(cases('invalid'))(
  '%s is refused with every mistake at its path and no other',
  (_name, { document, mistakes }) => {
    const result = checkWorkflow(document, context);
    expect(byPath(result.mistakes)).toEqual(containing(mistakes));
    expect(result.document).toBeUndefined();
  },
);

const nested = (depth: number) =>
  JSON.parse(`${'{"not":'.repeat(depth)}{"field":"visitor.email","op":"is_known"}${'}'.repeat(depth)}`);
const withCondition = (when: unknown) => ({
  name: 'Deep',
  trigger: { type: 'lead_captured', timing: 'immediately' },
  steps: [{ id: 'a', action: 'branch', paths: [{ when, goto: 'end' }] }],
});

test('conditions may be nested 20 levels deep and no deeper', () => {
  expect(checkWorkflow(withCondition(nested(20)), context).mistakes).toEqual([]);
  const { mistakes } = checkWorkflow(withCondition(nested(21)), context);
  expect(mistakes.map(mistake => mistake.message)).toEqual(['Conditions are nested more than 20 levels deep.']);
});

test('a document nested a hundred thousand levels deep gets a clear answer', () => {
  const { mistakes } = checkWorkflow(withCondition(nested(100_000)), context);
  expect(mistakes).toEqual([{ path: '', message: 'The document is nested more than 64 levels deep.' }]);
});

test('a hundred steps that branch to each other are checked without a walk of every path', () => {
  const ids = Array.from({ length: 100 }, (_, index) => `s${index}`);
  const steps = ids.map(id => ({
    id,
    action: 'branch',
    paths: ids.slice(0, 50).map(goto => ({ when: { field: 'visitor.email', op: 'is_known' }, goto })),
  }));
  const document = { name: 'Web', trigger: { type: 'lead_captured', timing: 'immediately' }, steps };
  expect(checkWorkflow(document, context).mistakes).toEqual([]);
});

test('names of prototypes are unknown like any other', () => {
  const document = {
    name: 'x',
    trigger: { type: 'constructor', timing: 'toString' },
    steps: [
      {
        id: 'a',
        action: 'constructor',
        input: { x: '{{ constructor }} {{ visitor.constructor }} {{ steps.constructor.y }}' },
      },
    ],
  };
  expect(byPath(checkWorkflow(document, context).mistakes)).toEqual({
    'trigger.type': expect.stringContaining('There is no trigger `constructor`'),
    'trigger.timing': expect.stringContaining('must be `immediately`'),
    'steps[0].action': expect.stringContaining('There is no action `constructor`'),
    'steps[0].input.x': expect.stringContaining('no data called `constructor`'),
    'steps[0].input.x#1': expect.stringContaining('`visitor` has no `constructor`'),
    'steps[0].input.x#2': expect.stringContaining('There is no step `constructor`'),
  });
});

const oneStep = (input: unknown, schema: z.ZodType) => {
  const document = {
    name: 'x',
    trigger: { type: 'lead_captured', timing: 'immediately' },
    steps: [{ id: 'a', action: 'crm.odd', input }],
  };
  return byPath(checkWorkflow(document, { ...context, actions: new Map([action('crm.odd', schema)]) }).mistakes);
};

test("a schema's rule over a whole object waits for the run where a part is a template, and holds where all is known", () => {
  const schema = z
    .strictObject({ from: z.string(), to: z.string() })
    .refine(({ from, to }) => from < to, 'from must be before to');
  expect(oneStep({ from: 'b', to: 'a' }, schema)).toEqual({ 'steps[0].input': 'From must be before to.' });
  expect(oneStep({ from: '{{ visitor.email }}', to: 'a' }, schema)).toEqual({});
});

test('a schema that transforms is not tripped by the text of a template', () => {
  const schema = z.strictObject({ body: z.string().transform(text => JSON.parse(text)) });
  expect(oneStep({ body: '{{ event.data.body }}' }, schema)).toEqual({});
});

test('an open input takes any further field', () => {
  expect(oneStep({ whatever: '{{ visitor.email }}' }, z.looseObject({}))).toEqual({});
});

test('any JSON at all gets an answer, and a document exactly where there is no mistake', () => {
  const word = fc.constantFrom(
    'a',
    'b',
    'end',
    'branch',
    'jump',
    'push_record',
    'crm.create_task',
    '{{ steps.a.x }}',
    '{{',
    'visitor.email',
    'eq',
  );
  const key = fc.constantFrom(
    'id',
    'action',
    'goto',
    'paths',
    'when',
    'else',
    'input',
    'all',
    'not',
    'field',
    'op',
    'value',
    '__proto__',
    'subject',
  );
  const { json } = fc.letrec(tie => ({
    json: fc.oneof(
      { depthSize: 'small' },
      word,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json'), { maxKeys: 5 }),
    ),
  }));
  const step = fc.record({ id: word, action: word, goto: word, input: json, paths: json }, { requiredKeys: [] });
  const document = fc.record({
    name: fc.constant('x'),
    trigger: fc.constant({ type: 'lead_captured', timing: 'immediately' }),
    steps: fc.array(fc.oneof(step, json), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.oneof(document, json), input => {
      const result = checkWorkflow(input, context);
      expect(result.document === undefined).toBe(result.mistakes.length > 0);
    }),
    { numRuns: 1000 },
  );
});
