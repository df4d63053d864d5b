import { DateTime } from 'luxon';
import { StepError } from '../../src/sdk/index.ts';
import { type Field, sizes } from './fields.ts';

export const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.every(isBlank));

/**
 * A value as Eloqua keeps it, always a text: days and times as seconds since 1970, a checkbox as what it holds when ticked or not, several
 * choices joined by two colons.
 * @throws StepError `rejected`, naming the field
 */
export function valueFor(field: Field, value: unknown): string {
  switch (field.type) {
    case 'number':
      return numberOf(value) ?? refuse(field, 'a number', value);
    case 'date':
      return secondsOf(value) ?? refuse(field, 'a day or time such as 2026-11-23', value);
    case 'boolean':
      return tickOf(field, value) ?? refuse(field, 'true or false', value);
    case 'list':
      return (Array.isArray(value) ? value : String(value).split(/;|::/))
        .map(each => textOf(field, each).trim())
        .filter(each => each !== '')
        .join('::');
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
  const most = sizes[field.type] ?? Number.POSITIVE_INFINITY;
  if (text.length <= most) return text;
  throw new StepError(
    'rejected',
    `\`${field.name}\` (${field.label}) holds ${most} characters; the value has ${text.length}. Shorten it, or map a large text field.`,
    { field: field.name },
  );
}

function numberOf(value: unknown): string | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? String(number) : undefined;
}

function secondsOf(value: unknown): string | undefined {
  const time = typeof value === 'string' ? DateTime.fromISO(value.trim(), { zone: 'utc' }) : undefined;
  return time?.isValid ? String(Math.floor(time.toSeconds())) : undefined;
}

function tickOf({ checked = 'true', unchecked = 'false' }: Field, value: unknown): string | undefined {
  const word = String(value).trim().toLowerCase();
  if (word === 'true' || word === checked.toLowerCase()) return checked;
  return word === 'false' || word === unchecked.toLowerCase() ? unchecked : undefined;
}
