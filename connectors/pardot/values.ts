import { booleanOf, dayOf, listOf, numberOf, StepError, shown, textOf } from '../../src/sdk/index.ts';
import type { Field } from './fields.ts';

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
      return numberOf(value) ?? refuse(field, 'a number', value);
    case 'date':
      return dayOf(value) ?? refuse(field, 'a day such as 2026-11-23', value);
    case 'list':
      return listOf(value) ?? refuse(field, 'text', value);
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
  const { maxLength: most = Number.POSITIVE_INFINITY } = field;
  if (text.length <= most) return text;
  throw new StepError(
    'rejected',
    `\`${field.name}\` (${field.label}) holds ${most} characters; the value has ${text.length}.`,
    { field: field.name },
  );
}
