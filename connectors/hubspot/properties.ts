import type { Property } from '@hubspot/api-client/lib/codegen/crm/properties/index.js';
import { type Asking, Kept } from './kept.ts';

/** The contact properties of an account, by name. */
export type Properties = ReadonlyMap<string, Property>;

/** What the account says of its contact properties. */
export const contactProperties = new Kept<Properties>(async asking => {
  const list = await askForProperties(asking);
  return new Map(list.map(property => [property.name, property]));
});

/** The same, asked for now. */
export async function askForProperties({ client, signal }: Pick<Asking, 'client' | 'signal'>): Promise<Property[]> {
  const { results } = await client.api(signal).properties.getAll('contacts', false);
  return results ?? [];
}

/** HubSpot works its value out, or keeps it for itself. */
export const isReadOnly = (property: Property): boolean =>
  property.calculated === true || property.modificationMetadata?.readOnlyValue === true;

/** Several values may be ticked; they are written as `a;b`. */
export const takesSeveral = (property: Property): boolean =>
  property.type === 'enumeration' && property.fieldType === 'checkbox';

/** Its options are listed. Where HubSpot keeps them elsewhere (owners, pipelines) it lists none. */
export const isListed = (property: Property): boolean =>
  property.type === 'enumeration' && property.externalOptions !== true && property.options.length > 0;
