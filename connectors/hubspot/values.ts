import type { Property } from '@hubspot/api-client/lib/codegen/crm/properties/index.js';
import { DateTime } from 'luxon';
import { StepError } from '../../src/sdk/index.ts';
import { isListed, takesSeveral } from './properties.ts';

export const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.every(isBlank));

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
      ? listOf(value, refuse)
          .map(each => optionOf(property, each))
          .join(';')
      : optionOf(property, textOf(value, refuse));
  switch (property.type) {
    case 'number':
      return numberOf(value) ?? fail(refuse('a number'));
    case 'bool':
      return booleanOf(value) ?? fail(refuse('true or false'));
    case 'date':
      return timeOf(value)?.toISODate() ?? fail(refuse('a date such as 2026-11-23'));
    case 'datetime':
      return timeOf(value)?.toUTC().toISO() ?? fail(refuse('a time such as 2026-11-23T10:00:00Z'));
    default:
      return textOf(value, refuse);
  }
}

/** Whether HubSpot has this value already: it writes times in forms of its own, and lists in an order of its own. */
export function isSame(property: Property, current: unknown, value: string): boolean {
  if (typeof current !== 'string') return false;
  if (current === value) return true;
  if (takesSeveral(property)) return current.split(';').sort().join(';') === value.split(';').sort().join(';');
  if (property.type === 'number') return Number(current) === Number(value);
  if (property.type === 'date' || property.type === 'datetime') {
    const [one, other] = [timeOf(/^\d+$/.test(current) ? Number(current) : current), timeOf(value)];
    return one !== undefined && other !== undefined && one.toMillis() === other.toMillis();
  }
  return false;
}

function fail(error: StepError): never {
  throw error;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function textOf(value: unknown, refuse: (what: string) => StepError): string {
  if (Array.isArray(value)) return value.map(each => textOf(each, refuse)).join(', ');
  if (typeof value === 'object') throw refuse('text');
  return String(value);
}

const listOf = (value: unknown, refuse: (what: string) => StepError): string[] =>
  (Array.isArray(value) ? value.map(each => textOf(each, refuse)) : textOf(value, refuse).split(';'))
    .map(each => each.trim())
    .filter(each => each !== '');

function numberOf(value: unknown): string | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? String(number) : undefined;
}

function booleanOf(value: unknown): string | undefined {
  const word = String(value).trim().toLowerCase();
  return word === 'true' || word === 'false' ? word : undefined;
}

function timeOf(value: unknown): DateTime | undefined {
  const time =
    typeof value === 'number'
      ? DateTime.fromMillis(value, { zone: 'utc' })
      : typeof value === 'string'
        ? DateTime.fromISO(value.trim(), { setZone: true, ...(!/[zZ]|[+-]\d\d:?\d\d$/.test(value) && { zone: 'utc' }) })
        : undefined;
  return time?.isValid ? time : undefined;
}

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
