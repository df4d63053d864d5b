import * as z from 'zod';
import { settingsSchema } from '../access/settings.ts';
import { startFields } from '../access/visitor-fields.ts';
import { problemKinds } from '../http/problem.ts';
import { eventData, eventTypes } from '../model/event.ts';
import { defaultSettings, noFacts } from '../model/session.ts';
import { triggerPairs } from '../model/workflow.ts';
import { visitLimits } from '../runs/next.ts';
import { retryLimits } from '../runs/retry.ts';
import { patternLimits } from '../workflows/conditions.ts';
import { type ScopeNode, scopeRoots } from '../workflows/scope.ts';
import { templateLimits } from '../workflows/templates.ts';
import { ruleOf } from '../workflows/trigger-rules.ts';
import { code, table } from './markdown.ts';

/** The parts of hand-written documents that follow from the code, by the name of the place that they fill. */
export const sections = (): Record<string, string> => ({
  'event-types': eventTypesTable(),
  triggers: triggersTable(),
  variables: variablesTable(),
  'visitor-fields': visitorFieldsTable(),
  'workspace-settings': settingsTable(),
  problems: problemsTable(),
  'retry-limits': retryLimitsTable(),
  'workflow-limits': workflowLimitsTable(),
});

const json = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });
type JsonSchema = z.core.JSONSchema._JSONSchema;

/** What every event's data may carry: the table leaves it out where it is optional. */
const common = ['sessionId', 'visitorId', 'conversationId', 'visitor'];

function eventTypesTable(): string {
  const rows = eventTypes.map(type => {
    const { properties = {}, required = [] } = json(eventData[type]);
    const own = Object.entries(properties).filter(([name]) => required.includes(name) || !common.includes(name));
    return [code(type), own.map(([name, schema]) => fieldOf(name, schema, required.includes(name))).join(', ')];
  });
  return table(['type', 'its own data'], rows);
}

function fieldOf(name: string, schema: JsonSchema, required: boolean): string {
  const kind = kindOf(schema);
  return `${code(required ? name : `${name}?`)}${kind && ` (${kind})`}`;
}

/** In a few words what is not simply a text. */
function kindOf(schema: JsonSchema): string {
  if (typeof schema === 'boolean') return '';
  const inner = schema.anyOf?.find(option => typeof option === 'object' && option.type !== 'null');
  if (inner) return kindOf(inner);
  if (schema.enum) return schema.enum.map(value => code(String(value))).join(' ');
  if (schema.format === 'date-time') return 'time';
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'array') return `list of: ${kindOf(schema.items as JsonSchema)}`;
  if (schema.type === 'object')
    return Object.keys(schema.properties ?? {})
      .map(code)
      .join(' ');
  return '';
}

/** The conditions are the sentences that a session's "why, or why not" is made of. */
function triggersTable(): string {
  const nothing = { facts: noFacts(), ends: [], settings: defaultSettings, knownFields: {} };
  const rows = triggerPairs.map(pair => {
    const conditions = ruleOf(pair)(nothing)[0]!.checks.map(({ condition }) => condition);
    return [code(pair.type), code(pair.timing), conditions.join(' **and** '), pair.oncePer];
  });
  return table(['trigger', 'timing', 'starts when', 'once per'], rows);
}

function variablesTable(): string {
  const described = new Map<object, string>();
  const rows = Object.entries(scopeRoots).flatMap(([root, node]) => rowsOf(root, node, described));
  return table(['variable', 'type', 'what it is'], rows);
}

/** @param described where the parts of a node have been listed already: they are not listed again */
function rowsOf(path: string, node: ScopeNode, described: Map<object, string>): string[][] {
  const { properties } = (node.type === 'list' ? node.items : node) ?? {};
  const base = node.type === 'list' ? `${path}[0]` : path;
  const before = properties && described.get(properties);
  if (before) return [[code(path), node.type, `${node.description}; it has what ${code(before)} has`]];
  if (properties) described.set(properties, base);
  const below = Object.entries(properties ?? {}).flatMap(([name, child]) =>
    rowsOf(`${base}.${name}`, child, described),
  );
  return [[code(path), node.type, node.description], ...below];
}

const visitorFieldsTable = (): string =>
  table(
    ['field', 'type', 'category'],
    startFields.map(({ name, type, category }) => [code(name), type, category]),
  );

function settingsTable(): string {
  const rows = Object.entries(settingsSchema.shape).map(([name, schema]) => [
    code(name),
    code(JSON.stringify(defaultSettings[name as keyof typeof defaultSettings])),
    schema.meta()?.description ?? '',
  ]);
  return table(['setting', 'default', 'what it does'], rows);
}

const problemsTable = (): string =>
  table(
    ['type', 'status', 'title'],
    Object.entries(problemKinds).map(([name, { status, title }]) => [
      code(`urn:baton:problem:${name}`),
      String(status),
      title,
    ]),
  );

const number = (value: number): string => value.toLocaleString('en-US');
const SECOND = 1000;

function retryLimitsTable(): string {
  const { baseMs, capMs, tries, deadlineMs, throttled } = retryLimits;
  return table(
    ['limit', 'value'],
    [
      ['tries that count', number(tries)],
      ['longest wait after the first try; it doubles with each further one', `${baseMs / SECOND} s`],
      ['longest wait between two tries', `${capMs / SECOND / 60} min`],
      ['no try later than this after the first', `${deadlineMs / SECOND / 3600} h`],
      ['wait of a throttled call where the vendor names none', `${throttled.unsaidMs / SECOND} s`],
    ],
  );
}

const workflowLimitsTable = (): string =>
  table(
    ['limit', 'value'],
    [
      ['visits of one step in a run', number(visitLimits.perStep)],
      ['steps that a run goes through', number(visitLimits.perRun)],
      ['characters of one template', number(templateLimits.templateLength)],
      ['characters that one template gives', number(templateLimits.outputLength)],
      ['time to render the input of a step', `${templateLimits.renderMs} ms`],
      ['characters of a `matches` pattern', number(patternLimits.pattern)],
      ['characters of a value that `matches` looks at', number(patternLimits.text)],
    ],
  );
