import type { DescribeSObjectResult, Field } from 'jsforce';
import type { SalesforceClient } from './client.ts';

const KEPT_FOR_MS = 10 * 60_000;
const DOUBTED_AFTER_MS = 60_000;
const MOST_KEPT = 300;

/** The field of the package (package/) that makes every record that a step created findable, and creating it again harmless. */
export const KEY_FIELD = 'Baton_Step_Key__c';

/** What an org says about one object, as far as the connected user may see it. */
export type ObjectInfo = {
  name: string;
  label: string;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  queryable: boolean;
  fields: Field[];
  /** A visible field by its API name, in any case. */
  field(name: string): Field | undefined;
};
type Asking = { client: SalesforceClient; signal: AbortSignal; now(): number };

const kept = new Map<string, { info: Promise<ObjectInfo>; at: number }>();
const keyOf = (client: SalesforceClient, object: string): string => `${client.instanceUrl} ${object}`;

/** An object of the org; asked for at most once in ten minutes, for all steps together. */
export function describeObject(asking: Asking, object: string): Promise<ObjectInfo> {
  const key = keyOf(asking.client, object);
  const known = kept.get(key);
  if (known && asking.now() - known.at < KEPT_FOR_MS) return known.info;
  const info = askForObject(asking, object);
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(key, { info, at: asking.now() });
  info.catch(() => kept.delete(key));
  return info;
}

/** The same, asked for now. */
export async function askForObject({ client, signal }: Pick<Asking, 'client' | 'signal'>, object: string) {
  return objectInfo(await client.connection(signal).describe(object));
}

export function objectInfo(described: DescribeSObjectResult): ObjectInfo {
  const { name, label, createable, updateable, deletable, queryable, fields } = described;
  const byName = new Map(fields.map(field => [field.name.toLowerCase(), field]));
  const field = (wanted: string) => byName.get(wanted.toLowerCase());
  return { name, label, createable, updateable, deletable, queryable, fields, field };
}

/** To be called where a field that a step names is not there: it may be new. Once a minute at most, since the name may be wrong as well. */
export function doubtObject({ client, now }: Pick<Asking, 'client' | 'now'>, object: string): void {
  const known = kept.get(keyOf(client, object));
  if (known && now() - known.at > DOUBTED_AFTER_MS) forgetObject(client, object);
}

/** To be called where the org refuses a field or an object: its schema is another one than we think. */
export function forgetObject(client: SalesforceClient, object: string): void {
  kept.delete(keyOf(client, object));
}

/** How records of this object can be kept apart by step: by upsert, by looking the key up, or not at all. */
export function keyUse(info: ObjectInfo): 'upsert' | 'look-up' | undefined {
  const field = info.field(KEY_FIELD);
  if (!field?.createable) return undefined;
  if (field.externalId) return 'upsert';
  return field.filterable ? 'look-up' : undefined;
}
