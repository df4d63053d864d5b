import { runInNewContext } from 'node:vm';
import { createTemplates, MissingValueError, TemplateError } from './templates.ts';

const templates = createTemplates();
const scope = {
  visitor: {
    email: 'ann@example.com',
    name: '',
    nothing: null,
    zero: 0,
    no: false,
    tags: ['a', 'b'],
    blanks: [''],
    fields: { employees: 1200, address: { city: 'Oslo' }, people: [{ name: 'Ann' }, { name: 'Bob' }] },
  },
  conversation: { transcript: 'hi'.repeat(300_000), html: '<script'.repeat(140_000) },
};
const render = (template: unknown) => templates.render(template, scope);

test.each<[string, unknown]>([
  ['plain text', 'plain text'],
  ['{{ visitor.fields.employees }}', 1200],
  ['  {{ visitor.fields.employees }}\n', 1200],
  ['{{ visitor.fields.employees | plus: 1 }}', 1201],
  ['{{ visitor.zero }}', 0],
  ['{{ visitor.no }}', false],
  ['{{ visitor.tags }}', ['a', 'b']],
  ['{{ visitor.fields.address }}', { city: 'Oslo' }],
  ['{{ visitor.fields.people | map: "name" }}', ['Ann', 'Bob']],
  ['{{ visitor.email == "ann@example.com" }}', true],
  ['#{{ visitor.fields.employees }}', '#1200'],
  ['{{ visitor.zero }}{{ visitor.no }}', '0false'],
  ['tags: {{ visitor.tags }}', 'tags: a, b'],
  ['at {{ visitor.fields.address }}', 'at {"city":"Oslo"}'],
  ['{{ visitor["email"] }} {{ visitor.tags[1] }} {{ visitor.tags.size }}', 'ann@example.com b 2'],
  ['{% raw %}{{ visitor.nope }}{% endraw %}', '{{ visitor.nope }}'],
  ["{{ '2026-11-20T23:30:00-05:00' | date: '%Y-%m-%d %H:%M' }}", '2026-11-21 04:30'],
  ["{% assign s = '' %}{% for t in visitor.tags %}{{ s }}{{ t }}{% assign s = '+' %}{% endfor %}", 'a+b'],
])('%s renders as %j', (template, result) => {
  expect(render(template)).toEqual(result);
});

test.each<[string, unknown]>([
  ["{{ visitor.nope | default: 'x' }}", 'x'],
  ["{{ visitor.nope.deeper | default: 'x' }}", 'x'],
  ["{{ visitor.name | default: 'x' }}", 'x'],
  ["{{ visitor.nothing | default: 'x' }}", 'x'],
  ["{{ visitor.nope | upcase | default: 'x' }}", 'x'],
  ['{{ visitor.nope | plus: 1 | default: 0 }}', 0],
  ["{{ visitor.nope | default: 'x' | upcase }}", 'X'],
  ["{{ visitor.nope | default: visitor.name | default: 'x' }}", 'x'],
  ['{{ visitor.nope | default: visitor.email }}', 'ann@example.com'],
  ['{{ visitor.email | default: visitor.nope }}', 'ann@example.com'],
  ["{{ visitor.nope | default: '' }}", ''],
  ["({{ visitor.nope | default: '' }})", '()'],
  ['{{ visitor.zero | default: 1 }}', 0],
  ['{{ visitor.no | default: 1 }}', 1],
  ['{{ visitor.no | default: 1, allow_false: true }}', false],
  ["{% if visitor.nope.deeper == 'a' %}A{% else %}B{% endif %}", 'B'],
  ['{% if visitor.nothing %}A{% else %}B{% endif %}', 'B'],
  ['{% unless visitor.nope %}A{% endunless %}', 'A'],
  ["{% case visitor.nope %}{% when 'a' %}A{% else %}B{% endcase %}", 'B'],
  ['{% if visitor.email %}A{% else %}{{ visitor.nope }}{% endif %}', 'A'],
])('%s copes with what is missing: %j', (template, result) => {
  expect(render(template)).toEqual(result);
});

test.each([
  ['{{ visitor.name }}', 'visitor.name'],
  ['{{ visitor.nothing }}', 'visitor.nothing'],
  ['Dear {{ visitor.nope }}', 'visitor.nope'],
  ['{{ visitor.nope.deeper }}', 'visitor.nope.deeper'],
  ['{{ visitor.name | append: "!" }}', 'visitor.name'],
  ['{{ visitor.email | append: visitor.nothing }}', 'visitor.nothing'],
  ["{{ visitor.email | remove: 'ann@example.com' }}", 'visitor.email'],
  ['{{ visitor.nope | default: visitor.name }}', 'visitor.nope'],
  ['{% for t in visitor.nope %}x{% endfor %}', 'visitor.nope'],
  ['{% assign x = visitor.nope %}{{ x }}', 'x'],
  ['{% for t in visitor.blanks %}{{ t }}{% endfor %}', 't'],
  ['{% for p in visitor.fields.people %}{{ p.email }}{% endfor %}', 'p.email'],
  ['{{ constructor }}', 'constructor'],
  ['{{ visitor.constructor }}', 'visitor.constructor'],
  ['{{ visitor.__proto__.toString }}', 'visitor.__proto__.toString'],
  ['{{ visitor["constructor"] }}', 'visitor["constructor"]'],
  ['{{ visitor.email.constructor }}', 'visitor.email.constructor'],
])('%s fails and names %s', (template, variable) => {
  const rendering = () => templates.render({ fields: { Title: template } }, scope);
  expect(rendering).toThrow(MissingValueError);
  expect(rendering).toThrow(expect.objectContaining({ path: 'input.fields.Title', variable }));
});

test('a value is rendered in depth and its keys are left as they are', () => {
  const input = JSON.parse(
    '{"a": ["{{ visitor.zero }}", {"{{ b }}": "{{ visitor.email }}"}], "n": 5, "__proto__": {"x": "{{ visitor.no }}"}}',
  );
  const rendered = render(input);
  expect(JSON.stringify(rendered)).toBe('{"a":[0,{"{{ b }}":"ann@example.com"}],"n":5,"__proto__":{"x":false}}');
  expect(Object.getPrototypeOf(rendered)).toBe(Object.prototype);
});

test('errors name the field as a person would write it', () => {
  expect(() => templates.render({ list: [{ 'First name': '{{ visitor.nope }}' }] }, scope)).toThrow(
    '`input.list[0]["First name"]` needs `visitor.nope`, which has no value',
  );
});

test('rendering does not change the scope', () => {
  const before = structuredClone(scope);
  render("{% assign visitor = 'x' %}{{ visitor }}{% capture conversation %}y{% endcapture %}");
  render('{{ visitor.tags | reverse | join: "," }}{{ visitor.fields.people | sort: "name" | size }}');
  expect(scope).toEqual(before);
});

test.each([
  ['{% for i in (1..100000000) %}x{% endfor %}', 'memory'],
  ['{% for i in (1..900000) %}{% for j in (1..900000) %}{% endfor %}{% endfor %}', '1000 ms'],
  ["{% assign a = 'xxxxxxxxxx' %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}", 'memory'],
  [
    '{% capture a %}xxxxxxxxxx{% endcapture %}{% for i in (1..99) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}',
    'memory',
  ],
  ["{{ 'now' | date: '%999999999d' }}", 'memory'],
  ['{{ conversation.transcript }}{{ conversation.transcript }}', '1048576 characters'],
  [`{{ visitor${'[visitor'.repeat(10_000)}${']'.repeat(10_000)} }}`, 'nested too deeply'],
  [`${'{% if a %}'.repeat(6_000)}${'{% endif %}'.repeat(3_000)}`, ''],
  ['x{{ 1 }}'.repeat(12_501), '100000 characters'],
  ['{{ 1 | divided_by: 0 }}', 'no number'],
  ['{% include "/etc/passwd" %}', 'tag "include" not found'],
  ['{% render "x" %}', 'tag "render" not found'],
  ['{% layout "x" %}', 'tag "layout" not found'],
  ['{% increment visitor %}', 'tag "increment" not found'],
  ["{{ visitor.tags | where_exp: 't', 'visitor.email' }}", 'undefined filter: where_exp'],
  ['{{ visitor.email | shout }}', 'undefined filter: shout'],
  ['{{ visitor.email }', 'not closed'],
  ['{{ }}', 'invalid value expression'],
])('%.60s is stopped, saying %j and naming the field', (template, reason) => {
  const rendering = () => templates.render({ message: template }, scope);
  expect(rendering).toThrow(TemplateError);
  expect(rendering).toThrow(
    expect.objectContaining({ path: 'input.message', message: expect.stringContaining(reason) }),
  );
});

test('an error of another realm is named as well', () => {
  const foreign: unknown = runInNewContext('new RangeError("Maximum call stack size exceeded")');
  const hostile = {
    toJSON() {
      throw foreign;
    },
  };
  expect(foreign).not.toBeInstanceOf(Error);
  expect(() => templates.render({ message: 'x{{ hostile }}' }, { hostile })).toThrow('nested too deeply');
});

test('time and memory are shared by all templates of one input', () => {
  const busy = '{% for i in (1..900000) %}{% endfor %}';
  expect(() => templates.render(Array(100).fill(busy), scope)).toThrow(TemplateError);
});

test('text that breaks naive regular expressions is stripped in linear time', () => {
  expect(render('{{ conversation.html | strip_html | size }}')).toBe(980_000);
});

test('a value nested deeper than 64 levels is refused', () => {
  const nest = (levels: number) => Array.from({ length: levels }).reduce<unknown>(inner => [inner], 'x');
  expect(render(nest(64))).toEqual(nest(64));
  expect(() => render(nest(10_000))).toThrow('nested more than 64 levels');
});

test.each([
  ['{{ visitor.email | default: email.subject }}', [['visitor.email'], ['email.subject']]],
  ['{% if a.b %}{% endif %}{% for m in c.d %}{{ m.x }}{{ forloop.index }}{% endfor %}', [['a.b'], ['c.d']]],
  ['{% assign q = meeting %}{{ q.title }}', [['meeting']]],
  ['{{ steps["a b"].c[0] }}', [['steps.a b.c.0']]],
  ['{{ visitor[session.id].x }}', [['visitor', 'dynamic'], ['session.id']]],
  ['no template', []],
])('%s reads exactly %j', (template, expected) => {
  const found = templates.variables(template);
  const read = found.map(({ segments, dynamic }) => (dynamic ? [segments.join('.'), 'dynamic'] : [segments.join('.')]));
  expect(read).toEqual(expected);
});

test.each([
  [{ a: ['{{ conversation.transcript }}'] }, true],
  ['{{ conversation.transcript | size }}', true],
  ['{{ conversation["transcript"] }}', true],
  ['{{ conversation | json }}', true],
  ['{{ conversation[visitor.email] }}', true],
  ['{% assign c = conversation %}{{ c.transcript }}', true],
  ['{% if visitor.email %}{% assign conversation = 1 %}{% endif %}{{ conversation.transcript }}', true],
  ['{{ broken', true],
  ['{{ conversation.messages | size }}', true],
  ['{{ conversation.url }} {{ visitor.transcript }}', false],
  [{ a: 'conversation.transcript', b: 5, c: null }, false],
])('%j may need the transcript or the messages: %s', (value, result) => {
  expect(templates.referencesAny(value, ['conversation.transcript', 'conversation.messages'])).toBe(result);
});

test.each([
  ['{{ visitor.email | upcase }}', true],
  [' {{ visitor.email }} ', true],
  ['x {{ visitor.email }}', false],
  ['{{ visitor.email }}{{ visitor.email }}', false],
  ['{% if a %}1{% endif %}', false],
  ['text', false],
])('%s keeps its type: %s', (template, result) => {
  expect(templates.keepsType(template)).toBe(result);
});

test('what is wrong with a template is said in words, and nothing where it is right', () => {
  expect(templates.parseErrors('{{ visitor.email }}')).toEqual([]);
  expect(templates.parseErrors('{% if a %}')).toEqual([expect.stringContaining('not closed')]);
});

test('many different templates do not make the cache grow without bound, and all render', () => {
  const small = createTemplates({ cached: 2 });
  expect(['a', 'b', 'c', 'a'].map(letter => small.render(`${letter}{{ visitor.zero }}`, scope))).toEqual([
    'a0',
    'b0',
    'c0',
    'a0',
  ]);
});
