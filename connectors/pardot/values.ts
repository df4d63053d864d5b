import { DateTime } from 'luxon';
import { StepError } from '../../src/sdk/index.ts';
import type { Field } from './fields.ts';

export const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.every(isBlank));

/**
 * A value as version 5 of the API takes it, which is strict about types: text, true or false, a number, a day, or a list of texts.
 * @throws StepError `rejected`, naming the field
 */
export function valueFor(field: Field, value: unknown): unknown {
  switch (field.type) {
    case 'boolean':
      return booleanOf(value) ?? refuse(field, 'true or false', value);
    case 'integer':
      return numberOf(value, Number.isSafeInteger) ?? refuse(field, 'a whole number', value);
    case 'number':
      return numberOf(value, Number.isFinite) ?? refuse(field, 'a number', value);
    case 'date':
      return dayOf(value) ?? refuse(field, 'a day such as 2026-11-23', value);
    case 'list':
      return (Array.isArray(value) ? value : String(value).split(';'))
        .map(each => textOf(field, each).trim())
        .filter(each => each !== '');
    default:
      return fitting(field, textOf(field, value));
  }
}

function refuse(field: Field, what: string, value: unknown): never {
  const shown = JSON.stringify(value) ?? String(value);
  throw new StepError(
    'rejected',
    `\`${field.name}\` (${field.label}) takes ${what}; it was ${shown.length > 60 ? `${shown.slice(0, 59)}…` : shown}.`,
    { field: field.name },
  );
}

function textOf(field: Field, value: unknown): string {
  if (Array.isArray(value)) return value.map(each => textOf(field, each)).join(', ');
  return typeof value === 'object' ? refuse(field, 'text', value) : String(value);
}

function fitting(field: Field, text: string): string {
  const { maxLength: most = Number.POSITIVE_INFINITY } = field;
  if (text.length <= most) return text;
  throw new StepError(
    'rejected',
    `\`${field.name}\` (${field.label}) holds ${most} characters; the value has ${text.length}.`,
    { field: field.name },
  );
}

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

function numberOf(value: unknown, fits: (number: unknown) => boolean): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && fits(number) ? number : undefined;
}

function dayOf(value: unknown): string | undefined {
  const day = typeof value === 'string' ? DateTime.fromISO(value.trim(), { setZone: true }) : undefined;
  return day?.isValid ? (day.toISODate() ?? undefined) : undefined;
}
