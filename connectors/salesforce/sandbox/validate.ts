import { ApiError, convertedLead, missing, parserError } from './errors.ts';
import type { Field, ObjectType } from './fields.ts';
import { fullId } from './ids.ts';
import { fieldOf, nameOfId } from './schema.ts';

export type Value = string | number | boolean | null;
export type Stored = Record<string, Value>;
/** Finds a record by its 18-character id; deleted ones too. */
export type Lookup = (id: string) => Stored | undefined;

const describe = (value: unknown): string => {
  if (typeof value === 'number') return Number.isInteger(value) ? 'VALUE_NUMBER_INT' : 'VALUE_NUMBER_FLOAT';
  if (typeof value === 'boolean') return value ? 'VALUE_TRUE' : 'VALUE_FALSE';
  if (typeof value === 'string') return 'VALUE_STRING';
  return Array.isArray(value) ? 'START_ARRAY' : 'START_OBJECT';
};
const cannotRead = (kind: string, value: unknown): ApiError => {
  const shown = typeof value === 'object' ? '' : ` value ${String(value)}`;
  return parserError(
    `Cannot deserialize instance of ${kind} from ${describe(value)}${shown} or request may be missing a required field at [line:1, column:1]`,
  );
};

const readNumber = (field: Field, value: unknown): number => {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') throw cannotRead(field.type, value);
  if (field.type === 'int' && !Number.isInteger(number)) throw cannotRead('int', value);
  return number;
};
const readBoolean = (value: unknown): boolean => {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw cannotRead('boolean', value);
};
const readDate = (value: unknown): string => {
  const text = typeof value === 'string' ? /^(\d{4}-\d\d-\d\d)(T.*)?$/.exec(value)?.[1] : undefined;
  const day = text === undefined ? undefined : new Date(`${text}T00:00:00Z`);
  // A day that does not exist (30 February) comes back as another one.
  if (!text || !day || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text)
    throw cannotRead('date', value);
  return text;
};
/** The vendor's way to write a time: 2026-11-20T10:11:12.000+0000. */
export const writeTime = (epochMs: number): string => new Date(epochMs).toISOString().replace('Z', '+0000');
const readTime = (value: unknown): string => {
  const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/;
  const time = typeof value === 'string' && shape.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw cannotRead('datetime', value);
  return writeTime(time);
};

const readReference = (field: Field, value: unknown, find: Lookup): string => {
  if (typeof value !== 'string') throw cannotRead('string', value);
  const id = fullId(value);
  const name = id && nameOfId(id);
  if (!id || !name || !field.referenceTo.includes(name))
    throw new ApiError(400, 'MALFORMED_ID', `${field.label}: id value of incorrect type: ${value}`, [field.name]);
  const record = find(id);
  if (!record) throw new ApiError(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
  if (record.IsDeleted === true) throw new ApiError(400, 'ENTITY_IS_DELETED', 'entity is deleted', []);
  if (record.IsConverted === true) throw convertedLead();
  if (field.name === 'OwnerId' && record.IsActive === false)
    throw new ApiError(
      400,
      'INACTIVE_OWNER_OR_USER',
      `operation performed with inactive user [${id.slice(0, 15)}] as owner`,
      ['OwnerId'],
    );
  return id;
};

const readText = (field: Field, value: unknown): string | null => {
  if (typeof value !== 'string') throw cannotRead('string', value);
  // The vendor keeps no space around a text, and an empty one is no value.
  const text = value.trim();
  if (text === '') return null;
  if (text.length > field.length)
    throw new ApiError(
      400,
      'STRING_TOO_LONG',
      `${field.label}: data value too large: ${text.slice(0, 255)} (max length=${field.length})`,
      [field.name],
    );
  if (field.type === 'email' && !/^[^\s@,;]+@[^\s@,;]+\.[^\s@,;.]+$/.test(text))
    throw new ApiError(400, 'INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${text}`, [field.name]);
  const chosen = field.type === 'multipicklist' ? text.split(';') : [text];
  if (field.restricted && chosen.some(value => !field.values.includes(value)))
    throw new ApiError(
      400,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `${field.label}: bad value for restricted picklist field: ${text}`,
      [field.name],
    );
  return text;
};

const readValue = (field: Field, value: unknown, find: Lookup): Value => {
  if (value === null || value === undefined) return null;
  if (field.type === 'boolean') return readBoolean(value);
  if (field.type === 'int' || field.type === 'double' || field.type === 'currency') return readNumber(field, value);
  if (field.type === 'date') return value === '' ? null : readDate(value);
  if (field.type === 'datetime') return value === '' ? null : readTime(value);
  if (field.type === 'reference') return value === '' ? null : readReference(field, value, find);
  return readText(field, value);
};

/**
 * Reads what a client wants to write into a record of `type`. Throws the ApiError that the vendor would answer: unknown fields
 * first, then fields that may not be written, then each value.
 */
export const readFields = (
  type: ObjectType,
  body: unknown,
  mode: 'createable' | 'updateable',
  find: Lookup,
): Stored => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw cannotRead('sobject', body);
  const entries = Object.entries(body).filter(([name]) => name !== 'attributes');
  const fields = entries.map(([name, value]) => {
    const field = fieldOf(type, name);
    if (!field) throw new ApiError(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${type.name}`);
    return { field, value };
  });
  const closed = fields.filter(({ field }) => !field[mode]).map(({ field }) => field.name);
  if (closed.length > 0)
    throw new ApiError(
      400,
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      `Unable to create/update fields: ${closed.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
      closed,
    );
  return Object.fromEntries(fields.map(({ field, value }) => [field.name, readValue(field, value, find)]));
};

/** Throws REQUIRED_FIELD_MISSING where a field that must have a value has none. */
export const requireFields = (type: ObjectType, record: Stored): void => {
  const names = type.fields
    .filter(
      field => field.createable && !field.nillable && (record[field.name] === null || record[field.name] === undefined),
    )
    .map(field => field.name);
  if (names.length > 0) throw missing(names);
};
