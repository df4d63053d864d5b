import { ApiError } from './errors.ts';
import type { ObjectType } from './fields.ts';
import type { Saver } from './saving.ts';
import type { Store } from './store.ts';

/** What an upsert found: the record that it made or changed, or all those that it would not choose between. */
export type Upserted = { id: string; created: boolean } | { several: string[] };

/** Creates or changes the record with this external id. Throws the ApiError that the vendor would answer. */
export const upsert = (
  store: Store,
  type: ObjectType,
  fieldName: string,
  value: string,
  body: unknown,
  saver: Saver,
): Upserted => {
  const key = store.externalId(type, fieldName);
  const found = store.byExternalId(type, key, value);
  const field = key.name;
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  if (Object.keys(fields).some(name => name.toLowerCase() === field.toLowerCase()))
    throw new ApiError(400, 'INVALID_FIELD', `The ${field} field should not be specified in the sobject data.`);
  if (found.length > 1) return { several: found.map(({ Id }) => String(Id)) };
  const [record] = found;
  if (!record) return { id: String(store.create(type, { ...fields, [field]: value }, saver).Id), created: true };
  store.update(type, String(record.Id), body, saver);
  return { id: String(record.Id), created: false };
};
