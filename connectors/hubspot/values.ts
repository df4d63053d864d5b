import type { Property } from '@hubspot/api-client/lib/codegen/crm/properties/index.js';
import { DateTime } from 'luxon';
import { booleanOf, listOf, numberOf, StepError, shown, textOf, timeOf } from '../../src/sdk/index.ts';
import { isListed, takesSeveral } from './properties.ts';

/**
 * A value as HubSpot takes it for this property, which is always text: numbers, dates and booleans written out, options by value or label
 * in any case, several of them joined by `;`.
 * @throws StepError `rejected`, naming the property: wrong type, or none of its options
 */
export function valueFor(property: Property, value: unknown): string {
  const refuse = (what: string) =>
    new StepError(
      'rejected',
      `The property \`${property.name}\` (${property.label}) takes ${what}; it was ${shown(value)}.`,
      { field: property.name },
    );
  if (isListed(property))
    return takesSeveral(property)
      ? (listOf(value) ?? fail(refuse('text'))).map(each => optionOf(property, each)).join(';')
      : optionOf(property, textOf(value) ?? fail(refuse('text')));
  switch (property.type) {
    case 'number':
      return numberOf(value)?.toString() ?? fail(refuse('a number'));
    case 'bool':
      return booleanOf(value)?.toString() ?? fail(refuse('true or false'));
    case 'date':
      return momentOf(value)?.toISODate() ?? fail(refuse('a date such as 2026-11-23'));
    case 'datetime':
      return momentOf(value)?.toUTC().toISO() ?? fail(refuse('a time such as 2026-11-23T10:00:00Z'));
    default:
      return textOf(value) ?? fail(refuse('text'));
  }
}

/** Whether HubSpot has this value already: it writes times in forms of its own, and lists in an order of its own. */
export function isSame(property: Property, current: unknown, value: string): boolean {
  if (typeof current !== 'string') return false;
  if (current === value) return true;
  if (takesSeveral(property)) return current.split(';').sort().join(';') === value.split(';').sort().join(';');
  if (property.type === 'number') return Number(current) === Number(value);
  if (property.type === 'date' || property.type === 'datetime') {
    const [one, other] = [momentOf(/^\d+$/.test(current) ? Number(current) : current), momentOf(value)];
    return one !== undefined && other !== undefined && one.toMillis() === other.toMillis();
  }
  return false;
}

function fail(error: StepError): never {
  throw error;
}

/** HubSpot itself writes times as milliseconds since 1970, too. */
const momentOf = (value: unknown): DateTime<true> | undefined => {
  if (typeof value !== 'number') return timeOf(value);
  const time = DateTime.fromMillis(value, { zone: 'utc' });
  return time.isValid ? time : undefined;
};

function optionOf(property: Property, value: string): string {
  const wanted = value.trim().toLowerCase();
  const { options } = property;
  const found =
    options.find(option => option.value.toLowerCase() === wanted) ??
    options.find(option => option.label.toLowerCase() === wanted);
  if (found) return found.value;
  const known = options.filter(({ hidden }) => !hidden).map(option => option.value);
  const more = known.length > 20 ? ` and ${known.length - 20} more` : '';
  throw new StepError(
    'rejected',
    `The property \`${property.name}\` (${property.label}) takes one of ${known.slice(0, 20).join(', ')}${more}; it was ${shown(value)}. Choose one of them, or add this one in HubSpot.`,
    { field: property.name, schemaDrift: true },
  );
}
