import * as z from 'zod';
import type { Action } from '../sdk/connector.ts';
import { type Finding, schemaFindings } from './check-schema.ts';
import { suggestion } from './nearest.ts';
import { isTemplate } from './references.ts';

/** What checking needs of an action: everything but how it runs. */
export type CheckedAction = Omit<Action, 'run'>;

/**
 * Checks the input of a step against its action's schema, as far as it can be known before a run: where a template stands, whatever
 * it gives is taken to fit, unless a text with more than one single expression stands where an object or a list must be.
 * Paths are relative to the input.
 */
export function inputFindings(
  action: CheckedAction,
  input: Record<string, unknown>,
  keepsType: (template: string) => boolean,
): Finding[] {
  const merged: Record<string, unknown> = { ...action.defaults, ...input };
  const known = knownFields(action.input);
  const findings = staticFindings(action, merged, (path, issue) => {
    const template = templateOn(merged, path);
    if (template !== undefined) return !isStructure(issue) || keepsType(template);
    // A rule over a whole object cannot be judged while a part of it is open.
    return issue.code === 'custom' && hasTemplate(valueAt(merged, path));
  });
  const unknown = known.closed
    ? Object.keys(input)
        .filter(key => !known.names.includes(key) && !findings.some(finding => finding.path[0] === key))
        .map((key): Finding => ({ path: [key], message: '' }))
    : [];
  return [...findings, ...unknown].map(finding => {
    const [name] = finding.path;
    const isStrange =
      finding.path.length === 1 && typeof name === 'string' && known.closed && !known.names.includes(name);
    if (!isStrange) return finding;
    return { ...finding, message: `\`${action.id}\` has no input \`${name}\`.${suggestion(name, known.names)}` };
  });
}

/** A transformation of the schema may throw on a template's own text; then nothing can be said before a run. */
function staticFindings(
  action: CheckedAction,
  merged: Record<string, unknown>,
  ignored: Parameters<typeof schemaFindings>[2],
): Finding[] {
  try {
    return schemaFindings(action.input, merged, ignored);
  } catch (error) {
    if (hasTemplate(merged)) return [];
    throw error;
  }
}

const isStructure = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_type' && ['object', 'array', 'record', 'map', 'set', 'tuple'].includes(issue.expected);

const fieldsOf = new WeakMap<z.ZodType, { names: string[]; closed: boolean }>();
/** The input fields of an action, and whether it takes no others. */
function knownFields(schema: z.ZodType): { names: string[]; closed: boolean } {
  const known = fieldsOf.get(schema);
  if (known) return known;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // A plain z.object drops what it does not know: an admin's typing error would go unnoticed.
  const closed =
    json.type === 'object' && (json.additionalProperties === undefined || json.additionalProperties === false);
  const fields = { names: Object.keys(json.properties ?? {}), closed };
  fieldsOf.set(schema, fields);
  return fields;
}

/** The template that stands on the way to a path, or at it. */
function templateOn(value: unknown, path: (string | number)[]): string | undefined {
  for (let length = 0; length <= path.length; length++) {
    const part = valueAt(value, path.slice(0, length));
    if (isTemplate(part)) return part;
  }
  return undefined;
}

function valueAt(value: unknown, path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key) ? Reflect.get(part, key) : undefined,
    value,
  );
}

function hasTemplate(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isTemplate(value);
  return Object.values(value).some(hasTemplate);
}
