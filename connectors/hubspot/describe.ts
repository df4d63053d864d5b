import type { Property } from '@hubspot/api-client/lib/codegen/crm/properties/index.js';
import type { FieldDescription } from '../../src/sdk/index.ts';
import type { HubSpotClient } from './client.ts';
import { defaultMapping, OBJECT } from './mapping.ts';
import { askForProperties, contactProperties, isListed, isReadOnly } from './properties.ts';

/** Contacts are all that is mapped. */
export const mappable = {
  objects: [{ name: OBJECT, label: 'Contact', defaults: defaultMapping }],
  /** The contact properties that may be written, the e-mail first, then by label. Asks HubSpot now. */
  async describe({ client, signal }: { client: HubSpotClient; signal: AbortSignal }): Promise<FieldDescription[]> {
    contactProperties.forget(client);
    const properties = await askForProperties({ client, signal });
    return properties
      .filter(property => !isReadOnly(property) && !property.hidden && !property.archived && !ours.has(property.name))
      .map(describeProperty)
      .sort(
        (one, other) => Number(other.required) - Number(one.required) || one.label.localeCompare(other.label, 'en'),
      );
  },
};

/** A push decides who owns a new contact. */
const ours = new Set(['hubspot_owner_id']);

function describeProperty(property: Property): FieldDescription {
  const options = property.options.filter(({ hidden }) => !hidden);
  return {
    name: property.name,
    label: property.label,
    type: property.type,
    required: property.name === 'email',
    creatable: true,
    updatable: true,
    ...(options.length > 0 && { options: options.map(({ value, label }) => ({ value, label })) }),
    ...(isListed(property) && { restricted: true }),
  };
}
