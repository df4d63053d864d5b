import { operators } from '../model/workflow.ts';
import type { Finding } from './check-schema.ts';
import { compilePattern, toNumber, toTime } from './conditions.ts';
import { suggestion } from './nearest.ts';
import { parsePath } from './paths.ts';
import { isTemplate } from './references.ts';

export const conditionDepth = 20;
const groups = ['all', 'any', 'not'];

/**
 * Checks one condition from raw JSON, groups and all, and answers every mistake. `checkField` gets the segments of each path that is
 * read and answers what is wrong with it.
 */
export function conditionFindings(
  raw: unknown,
  path: (string | number)[],
  checkField: (segments: string[]) => string | undefined,
  depth = 0,
): Finding[] {
  if (raw === undefined) return [{ path, message: 'This is required.' }];
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return [
      {
        path,
        message: 'A condition is an object: a comparison (`field`, `op`, `value`) or a group (`all`, `any`, `not`).',
      },
    ];
  if (depth > conditionDepth)
    return [{ path, message: `Conditions are nested more than ${conditionDepth} levels deep.` }];
  const group = groups.find(name => Object.hasOwn(raw, name));
  const known = group === undefined ? ['field', 'op', 'value'] : [group];
  const strange = Object.keys(raw)
    .filter(key => !known.includes(key))
    .map(key => ({
      path: [...path, key],
      message: `${group === undefined ? 'A condition' : `A group with \`${group}\``} has no \`${key}\`.${suggestion(key, [...known, ...groups])}`,
    }));
  const inner = { ...raw } as Record<string, unknown>;
  const nested = (part: unknown, at: (string | number)[]) => conditionFindings(part, at, checkField, depth + 1);
  if (group === undefined) return [...strange, ...comparisonFindings(inner, path, checkField)];
  if (group === 'not') return [...strange, ...nested(inner.not, [...path, 'not'])];
  const parts = inner[group];
  if (!Array.isArray(parts) || parts.length === 0 || parts.length > 50)
    return [...strange, { path: [...path, group], message: 'This must be a list of 1 to 50 conditions.' }];
  return [...strange, ...parts.flatMap((part, index) => nested(part, [...path, group, index]))];
}

function comparisonFindings(
  { field, op, value }: Record<string, unknown>,
  path: (string | number)[],
  checkField: (segments: string[]) => string | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const add = (key: string, message: string | undefined) => message && findings.push({ path: [...path, key], message });
  add('field', fieldMistake(field, checkField));
  if (op === undefined) add('op', 'This is required.');
  else if (!isOperator(op))
    add(
      'op',
      `There is no operator \`${String(op)}\`.${suggestion(String(op), operators)} There are: ${operators.join(', ')}.`,
    );
  else add('value', valueMistake(op, value));
  return findings;
}

const isOperator = (op: unknown): op is (typeof operators)[number] => operators.some(known => known === op);

function fieldMistake(field: unknown, checkField: (segments: string[]) => string | undefined): string | undefined {
  if (typeof field !== 'string' || field === '') return 'This must be the path of a value, such as `visitor.email`.';
  if (field.length > 200) return 'This is longer than 200 characters.';
  const segments = parsePath(field);
  if (!segments)
    return `\`${field}\` cannot be read as a path such as \`visitor.email\` or \`conversation.messages[0].text\`.`;
  return checkField(segments);
}

const isScalar = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function valueMistake(op: (typeof operators)[number], value: unknown): string | undefined {
  if (op === 'is_known' || op === 'is_unknown') return value === undefined ? undefined : `\`${op}\` takes no value.`;
  if (value === undefined || value === null || value === '')
    return `\`${op}\` needs a value to compare with; to ask whether there is a value at all, use \`is_known\` or \`is_unknown\`.`;
  if (isTemplate(value)) return 'Values of conditions are taken as they are: a template is not filled in here.';
  switch (op) {
    case 'in':
    case 'not_in':
      if (Array.isArray(value) && value.length > 0 && value.length <= 1000 && value.every(isScalar)) return undefined;
      return `\`${op}\` needs a list of 1 to 1,000 texts or numbers.`;
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return toNumber(value) === undefined ? `\`${op}\` needs a number.` : undefined;
    case 'before':
    case 'after':
      return toTime(value)
        ? undefined
        : `\`${op}\` needs a time such as 2026-11-20T10:11:12Z, or a date such as 2026-11-20.`;
    case 'matches': {
      const pattern = typeof value === 'string' ? compilePattern(value) : 'a pattern is a text';
      return typeof pattern === 'string' ? `This is no usable pattern: ${pattern}.` : undefined;
    }
    case 'eq':
    case 'neq':
      if (isScalar(value) || (Array.isArray(value) && value.every(isScalar))) return undefined;
      return `\`${op}\` needs a text, a number, true or false, or a list of them.`;
    default:
      return isScalar(value) ? undefined : `\`${op}\` needs a text or a number.`;
  }
}
