import type { FieldDescription } from '../../src/sdk/index.ts';
import type { PardotClient } from './client.ts';
import { classify } from './errors.ts';
import { all } from './pages.ts';

export type FieldType = 'text' | 'textarea' | 'email' | 'boolean' | 'integer' | 'number' | 'date' | 'list';
export type Field = { name: string; label: string; type: FieldType; required: boolean; maxLength?: number };
type Asking = { client: PardotClient; signal: AbortSignal };

const field = (name: string, label: string, type: FieldType = 'text'): Field => ({
  name,
  label,
  type,
  required: false,
});

/** The default fields of a prospect that may be written. Source: the Prospect object of the API's version 5. */
const defaultFields: Field[] = [
  { name: 'email', label: 'Email', type: 'email', required: true, maxLength: 255 },
  field('salutation', 'Salutation'),
  field('firstName', 'First name'),
  field('lastName', 'Last name'),
  field('jobTitle', 'Job title'),
  field('department', 'Department'),
  field('company', 'Company'),
  field('website', 'Website'),
  field('phone', 'Phone'),
  field('fax', 'Fax'),
  field('addressOne', 'Address one'),
  field('addressTwo', 'Address two'),
  field('city', 'City'),
  field('state', 'State'),
  field('territory', 'Territory'),
  field('zip', 'Zip'),
  field('country', 'Country'),
  field('industry', 'Industry'),
  field('employees', 'Employees'),
  field('annualRevenue', 'Annual revenue'),
  field('yearsInBusiness', 'Years in business'),
  field('source', 'Source'),
  field('comments', 'Comments', 'textarea'),
  field('notes', 'Notes', 'textarea'),
  field('score', 'Score', 'integer'),
  field('campaignId', 'Campaign', 'integer'),
  field('profileId', 'Profile', 'integer'),
  field('prospectAccountId', 'Prospect account', 'integer'),
  field('isDoNotEmail', 'Do not email', 'boolean'),
  field('isDoNotCall', 'Do not call', 'boolean'),
  field('optedOut', 'Opted out', 'boolean'),
];

const customTypes: Record<string, FieldType> = {
  Textarea: 'textarea',
  Number: 'number',
  Date: 'date',
  Checkbox: 'list',
  'Multi-Select': 'list',
};

/** A prospect carries custom fields under their API id with this behind it. */
const CUSTOM = '__c';
export const isCustom = (name: string): boolean => name.endsWith(CUSTOM);

/** The business unit's own prospect fields. Reading them takes the ability to configure fields. */
async function askForCustomFields(asking: Asking): Promise<Field[]> {
  const fields = 'id,name,fieldId,type,isRequired,isRecordMultipleResponses';
  const found = await all(asking, 'custom-fields', { fields });
  return found.map(({ name, fieldId, type, isRequired, isRecordMultipleResponses }) => ({
    name: `${fieldId}${CUSTOM}`,
    label: String(name ?? fieldId),
    type: isRecordMultipleResponses === true ? 'list' : (customTypes[String(type)] ?? 'text'),
    required: isRequired === true,
  }));
}

/** For an admin who maps fields: the required ones first, then by label. Asks now. */
export async function describe(asking: Asking): Promise<FieldDescription[]> {
  forgetFields(asking.client);
  const found = [...defaultFields, ...(await askForCustomFields(asking))];
  return found
    .map(one => ({ ...one, creatable: true, updatable: true }))
    .sort((one, other) => Number(other.required) - Number(one.required) || one.label.localeCompare(other.label, 'en'));
}

const KEPT_FOR_MS = 10 * 60_000;
const MOST_KEPT = 300;
type Known = { find(name: string): Field | undefined; custom: 'known' | 'hidden' | 'not asked' };
const kept = new Map<string, { custom: Promise<Field[] | undefined>; at: number }>();
const keyOf = ({ apiUrl, businessUnitId }: PardotClient): string => `${apiUrl} ${businessUnitId}`;

/**
 * The fields that a step may write. The custom ones are asked for only where one is named, at most once in ten minutes; `hidden` where the
 * connected user may not see them.
 */
export async function knownFields(asking: Asking & { now(): number }, names: string[]): Promise<Known> {
  const custom = names.some(isCustom) ? await customFields(asking) : [];
  const byName = new Map([...defaultFields, ...(custom ?? [])].map(one => [one.name.toLowerCase(), one]));
  return {
    find: name => byName.get(name.toLowerCase()),
    custom: custom === undefined ? 'hidden' : names.some(isCustom) ? 'known' : 'not asked',
  };
}

function customFields({ client, signal, now }: Asking & { now(): number }): Promise<Field[] | undefined> {
  const key = keyOf(client);
  const known = kept.get(key);
  if (known && now() - known.at < KEPT_FOR_MS) return known.custom;
  const custom = askForCustomFields({ client, signal }).catch(thrown => {
    const error = classify(thrown);
    if (error.kind === 'forbidden' && !error.details.park) return undefined;
    throw thrown;
  });
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(key, { custom, at: now() });
  custom.catch(() => kept.delete(key));
  return custom;
}

/** To be called where a field is refused or missing: the business unit has others than we think. */
export function forgetFields(client: PardotClient): void {
  kept.delete(keyOf(client));
}
