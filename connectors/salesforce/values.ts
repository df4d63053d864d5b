import type { Field } from 'jsforce';
import { booleanOf, dayOf, listOf, numberOf, StepError, shown, textOf, utcTimeOf } from '../../src/sdk/index.ts';

/** How a field is called where the admin filled it in (`fields.Title`, `Lead.Title`). */
type Called = string;

/**
 * A value as Salesforce takes it for this field: numbers, booleans and dates from text, picklist values by value or label in any case,
 * lists joined.
 * @throws StepError `rejected`, naming the field: wrong type, longer than the field, or outside of a restricted picklist
 */
export function valueFor(field: Field, value: unknown, called: Called): unknown {
  const refuse = (what: string) =>
    new StepError('rejected', `\`${called}\` (${field.label}) takes ${what}; it was ${shown(value)}.`, {
      field: called,
    });
  if (value === null) return null;
  switch (field.type) {
    case 'boolean':
      return booleanOf(value) ?? fail(refuse('true or false'));
    case 'int':
      return numberOf(value, Number.isSafeInteger) ?? fail(refuse('a whole number'));
    case 'double':
    case 'currency':
    case 'percent':
      return numberOf(value) ?? fail(refuse('a number'));
    case 'date':
      return dayOf(value) ?? fail(refuse('a date such as 2026-11-23'));
    case 'datetime':
      return utcTimeOf(value) ?? fail(refuse('a time such as 2026-11-23T10:00:00Z'));
    case 'picklist':
      return choiceOf(field, textOf(value) ?? fail(refuse('text')), called);
    case 'multipicklist':
      return (listOf(value) ?? fail(refuse('text'))).map(each => choiceOf(field, each, called)).join(';');
    case 'reference':
      return idOf(value) ?? fail(refuse('the id of a record, 15 or 18 characters'));
    default:
      return fitting(field, textOf(value) ?? fail(refuse('text')), called);
  }
}

function fail(error: StepError): never {
  throw error;
}

const idOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(value.trim()) ? value.trim() : undefined;

function choiceOf(field: Field, value: string, called: Called): string {
  const options = (field.picklistValues ?? []).filter(({ active }) => active);
  const wanted = value.trim().toLowerCase();
  const found =
    options.find(option => option.value.toLowerCase() === wanted) ??
    options.find(option => option.label?.toLowerCase() === wanted);
  if (found) return found.value;
  if (!field.restrictedPicklist) return fitting(field, value, called);
  const known = options.slice(0, 20).map(option => option.value);
  const more = options.length > known.length ? ` and ${options.length - known.length} more` : '';
  throw new StepError(
    'rejected',
    `\`${called}\` (${field.label}) takes one of ${known.join(', ')}${more}; it was ${shown(value)}. Choose one of them, or add this one to the picklist.`,
    { field: called },
  );
}

function fitting(field: Field, text: string, called: Called): string {
  const most = field.length ?? 0;
  if (most === 0 || text.length <= most) return text;
  throw new StepError(
    'rejected',
    `\`${called}\` (${field.label}) holds ${most} characters; the value has ${text.length}. Shorten it, or map another field.`,
    { field: called },
  );
}
