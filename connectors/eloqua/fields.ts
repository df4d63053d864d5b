import type { FieldDescription } from '../../src/sdk/index.ts';
import type { EloquaClient } from './client.ts';
import { all } from './search.ts';

export type FieldType = 'text' | 'largeText' | 'number' | 'date' | 'boolean' | 'list';
export type Field = {
  /** Eloqua's id, by which values of fields that are not properties of a contact are written. */
  id: string;
  /** The internal name, such as C_FirstName: what an admin maps to. */
  name: string;
  label: string;
  type: FieldType;
  required: boolean;
  writable: boolean;
  /** What a ticked and an unticked checkbox hold. */
  checked?: string;
  unchecked?: string;
};
type Asking = { client: EloquaClient; signal: AbortSignal };

/** Fields that a contact carries as properties of its own; all others are in its `fieldValues`, by id. */
export const properties: Record<string, string> = {
  C_EmailAddress: 'emailAddress',
  C_FirstName: 'firstName',
  C_LastName: 'lastName',
  C_Company: 'accountName',
  C_Title: 'title',
  C_Address1: 'address1',
  C_Address2: 'address2',
  C_Address3: 'address3',
  C_City: 'city',
  C_State_Prov: 'province',
  C_Zip_Postal: 'postalCode',
  C_Country: 'country',
  C_BusPhone: 'businessPhone',
  C_MobilePhone: 'mobilePhone',
  C_Fax: 'fax',
  C_Salesperson: 'salesPerson',
};

/** How many characters a field holds, by its data type. */
export const sizes: Partial<Record<FieldType, number>> = { text: 100, largeText: 32_000 };

function typeOf({ dataType, displayType }: Record<string, unknown>): FieldType {
  if (displayType === 'checkbox') return 'boolean';
  if (displayType === 'multiSelect') return 'list';
  if (dataType === 'date' || dataType === 'dateTime') return 'date';
  if (dataType === 'number' || dataType === 'numeric' || dataType === 'int') return 'number';
  return dataType === 'largeText' ? 'largeText' : 'text';
}

async function askForFields(asking: Asking): Promise<Field[]> {
  const found = await all(asking, '1.0/assets/contact/fields', { depth: 'complete' });
  return found.map(field => ({
    id: field.id,
    name: String(field.internalName ?? field.id),
    label: String(field.name ?? field.internalName ?? field.id),
    type: typeOf(field),
    // Eloqua writes its booleans as texts.
    required: String(field.isRequired) === 'true',
    writable: String(field.isReadOnly) !== 'true',
    ...(typeof field.checkedValue === 'string' && { checked: field.checkedValue }),
    ...(typeof field.uncheckedValue === 'string' && { unchecked: field.uncheckedValue }),
  }));
}

/** For an admin who maps fields: the required ones first, then by label. Asks now. */
export async function describe(asking: Asking): Promise<FieldDescription[]> {
  forgetFields(asking.client);
  return (await askForFields(asking))
    .filter(({ writable }) => writable)
    .map(({ name, label, type, required }) => ({
      name,
      label,
      type,
      required,
      creatable: true,
      updatable: true,
      ...(sizes[type] !== undefined && { maxLength: sizes[type] }),
    }))
    .sort((one, other) => Number(other.required) - Number(one.required) || one.label.localeCompare(other.label, 'en'));
}

const KEPT_FOR_MS = 10 * 60_000;
const MOST_KEPT = 300;
const kept = new Map<string, { fields: Promise<Field[]>; at: number }>();
// Sites share data centres.
const keyOf = ({ instanceUrl, siteId }: EloquaClient): string => `${instanceUrl} ${siteId}`;

/** The site's contact fields; asked for at most once in ten minutes, for all steps together. */
export function contactFields(asking: Asking & { now(): number }): Promise<Field[]> {
  const key = keyOf(asking.client);
  const known = kept.get(key);
  if (known && asking.now() - known.at < KEPT_FOR_MS) return known.fields;
  const fields = askForFields(asking);
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(key, { fields, at: asking.now() });
  fields.catch(() => kept.delete(key));
  return fields;
}

/** To be called where a field is missing or refused: the site has others than we think. */
export function forgetFields(client: EloquaClient): void {
  kept.delete(keyOf(client));
}
