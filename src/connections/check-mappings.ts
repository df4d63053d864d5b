import type { FieldError } from '../field-errors.ts';
import type { FieldType, VisitorField } from '../model/workflow.ts';
import type { FieldDescription, FieldMapping } from '../sdk/index.ts';
import { createPathCheck, nodeAt } from '../workflows/check-paths.ts';
import { suggestion } from '../workflows/nearest.ts';
import { parsePath } from '../workflows/paths.ts';
import type { ScopeNode } from '../workflows/scope.ts';

/** What mappings are checked against. `fields` are absent where the vendor is not connected: then only our side is checked. */
export type MappingContext = {
  visitorFields: readonly VisitorField[];
  fields?: readonly FieldDescription[] | undefined;
};

/** Every mistake in one object's mappings; paths begin with the number of the line (`[2].field`). */
export function mappingMistakes(lines: readonly FieldMapping[], context: MappingContext): FieldError[] {
  return lines.flatMap((line, index) => {
    const first = lines.findIndex(other => other.field === line.field);
    const twice = first < index ? [{ path: 'field', message: `is filled by line ${first + 1} already` }] : [];
    return [...twice, ...lineMistakes(line, context)].map(({ path, message }) => ({
      path: `[${index}].${path}`,
      message,
    }));
  });
}

function lineMistakes(line: FieldMapping, { visitorFields, fields }: MappingContext): FieldError[] {
  const source = line.from === undefined ? undefined : sourceMistake(line.from, visitorFields);
  const ours = source === undefined ? [] : [{ path: 'from', message: source }];
  if (!fields) return ours;
  const field = fields.find(({ name }) => name === line.field);
  if (!field) {
    const message = `is no field that the connected user may see.${suggestion(
      line.field,
      fields.map(({ name }) => name),
    )}`;
    return [...ours, { path: 'field', message }];
  }
  const theirs = [
    writeMistake(field, line.update),
    ...(ours.length > 0 ? [] : [contentMistake(line, field, visitorFields)]),
  ];
  return [...ours, ...theirs.filter(mistake => mistake !== undefined)];
}

/** What may be read: everything that a workflow reads, but no steps, since mappings belong to no workflow. */
function sourceMistake(from: string, visitorFields: readonly VisitorField[]): string | undefined {
  const segments = parsePath(from);
  if (!segments) return 'is no path such as visitor.fields.title';
  if (segments[0] === 'steps') return 'cannot be what a step gave back: mappings belong to no workflow';
  return createPathCheck(visitorFields)({ segments, dynamic: false }, () => 'There is no such step.');
}

function writeMistake(field: FieldDescription, update: FieldMapping['update']): FieldError | undefined {
  if (!field.creatable && !field.updatable)
    return { path: 'field', message: 'cannot be written by the connected user' };
  if (!field.updatable && update !== 'never')
    return { path: 'update', message: 'must be "never": this field can be written only when the record is made' };
  if (!field.creatable && update === 'never')
    return { path: 'update', message: 'must not be "never": this field cannot be written when the record is made' };
  return undefined;
}

function contentMistake(
  line: FieldMapping,
  field: FieldDescription,
  visitorFields: readonly VisitorField[],
): FieldError | undefined {
  if (line.from === undefined) {
    const message = valueMistake(line.value, field);
    return message === undefined ? undefined : { path: 'value', message };
  }
  const found = sourceType(line.from, visitorFields);
  const wanted = kindOf(field.type);
  if (found === 'any' || wanted === 'any' || accepts[wanted].includes(found)) return undefined;
  return { path: 'from', message: `is ${words[found]}, and ${field.name} takes ${words[wanted]} (${field.type})` };
}

type Kind = 'text' | 'number' | 'boolean' | 'time' | 'list';
const words: Record<Kind | 'object', string> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  time: 'a time',
  list: 'a list',
  object: 'an object',
};
/** No visitor field is a time, so a text may hold one. */
const accepts: Record<Kind, string[]> = {
  text: ['text', 'number', 'boolean', 'time'],
  number: ['number'],
  boolean: ['boolean'],
  time: ['time', 'text'],
  list: ['list', 'text'],
};

/** The types that vendors give their fields, by what fits into them; of any other type we know nothing. */
const kinds: Record<Kind, RegExp> = {
  number: /^(int|integer|long|double|number|decimal|float|currency|percent)$/i,
  boolean: /^(bool|boolean|checkbox)$/i,
  time: /^(date|datetime|timestamp)$/i,
  list: /^(multi_?picklist|multi_?select|list|text_array)$/i,
  text: /^(string|text|textarea|email|phone|url|picklist|combobox|select|id|reference|name|company)$/i,
};
const kindOf = (type: string): Kind | 'any' =>
  (Object.keys(kinds) as Kind[]).find(kind => kinds[kind].test(type)) ?? 'any';

const visitorKinds: Partial<Record<FieldType, ScopeNode['type']>> = {
  decimal: 'number',
  boolean: 'boolean',
  multi_picklist: 'list',
  text_array: 'list',
};

function sourceType(from: string, visitorFields: readonly VisitorField[]): ScopeNode['type'] {
  const segments = parsePath(from) ?? [];
  if (segments[0] === 'visitor' && segments[1] === 'fields' && segments.length === 3) {
    const type = visitorFields.find(({ name }) => name === segments[2])?.type;
    return type === undefined ? 'any' : (visitorKinds[type] ?? 'text');
  }
  return nodeAt(segments)?.type ?? 'any';
}

function valueMistake(value: unknown, field: FieldDescription): string | undefined {
  const kind = kindOf(field.type);
  const text = String(value);
  if (kind === 'number' && !(typeof value === 'number' || (text.trim() !== '' && Number.isFinite(Number(text)))))
    return `must be a number: ${field.name} takes nothing else`;
  if (kind === 'boolean' && text !== 'true' && text !== 'false')
    return `must be true or false: ${field.name} takes nothing else`;
  if (kind === 'time' && Number.isNaN(Date.parse(text))) return `must be a date such as 2026-11-20`;
  if (kind === 'text' && typeof value === 'object') return 'must be a text';
  const values = Array.isArray(value) ? value.map(String) : kind === 'list' ? text.split(';') : [text];
  const { options, maxLength, restricted } = field;
  const strange = restricted && options ? values.find(one => !options.some(option => option.value === one)) : undefined;
  if (strange !== undefined) {
    const names = options!.map(option => option.value);
    return `must be one of ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}; not ${strange}.${suggestion(strange, names)}`;
  }
  if (maxLength && text.length > maxLength)
    return `has ${text.length} characters, and ${field.name} takes ${maxLength} at the most`;
  return undefined;
}
