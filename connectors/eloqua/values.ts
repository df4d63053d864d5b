import { listOf, numberOf, StepError, shown, textOf, timeOf } from '../../src/sdk/index.ts';
import { type Field, sizes } from './fields.ts';

/**
 * A value as Eloqua keeps it, always a text: days and times as seconds since 1970, a checkbox as what it holds when ticked or not, several
 * choices joined by two colons.
 * @throws StepError `rejected`, naming the field
 */
export function valueFor(field: Field, value: unknown): string {
  switch (field.type) {
    case 'number':
      return numberOf(value)?.toString() ?? refuse(field, 'a number', value);
    case 'date':
      return secondsOf(value) ?? refuse(field, 'a day or time such as 2026-11-23', value);
    case 'boolean':
      return tickOf(field, value) ?? refuse(field, 'true or false', value);
    case 'list':
      return listOf(value, /;|::/)?.join('::') ?? refuse(field, 'text', value);
    default:
      return fitting(field, textOf(value) ?? refuse(field, 'text', value));
  }
}

function refuse(field: Field, what: string, value: unknown): never {
  throw new StepError('rejected', `\`${field.name}\` (${field.label}) takes ${what}; it was ${shown(value)}.`, {
    field: field.name,
  });
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

function secondsOf(value: unknown): string | undefined {
  const seconds = timeOf(value)?.toSeconds();
  return seconds === undefined ? undefined : String(Math.floor(seconds));
}

function tickOf({ checked = 'true', unchecked = 'false' }: Field, value: unknown): string | undefined {
  const word = String(value).trim().toLowerCase();
  if (word === 'true' || word === checked.toLowerCase()) return checked;
  return word === 'false' || word === unchecked.toLowerCase() ? unchecked : undefined;
}
