import type { Field } from 'jsforce';
import type { FieldDescription } from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { defaultMappings } from './mapping.ts';
import { askForObject, forgetObject } from './schema.ts';

// Made of other fields, or decided by the push itself.
const leftOut = (field: Field): boolean =>
  ['address', 'location', 'base64', 'complexvalue'].includes(field.type) || field.name === 'OwnerId';

/** The two objects whose fields an admin maps; Contacts are only updated. */
export const mappable = {
  objects: [
    { name: 'Lead', label: 'Lead', defaults: defaultMappings.Lead },
    { name: 'Contact', label: 'Contact', defaults: defaultMappings.Contact },
  ],
  /** The fields that the connected user may see and write, the required ones first, then by label. Asks the org now. */
  async describe(call: { client: SalesforceClient; signal: AbortSignal }, object: string): Promise<FieldDescription[]> {
    forgetObject(call.client, object);
    const { fields } = await askForObject(call, object);
    return fields
      .filter(field => (field.createable || field.updateable) && !leftOut(field))
      .map(describeField)
      .sort(
        (one, other) => Number(other.required) - Number(one.required) || one.label.localeCompare(other.label, 'en'),
      );
  },
};

function describeField(field: Field): FieldDescription {
  const options = (field.picklistValues ?? []).filter(({ active }) => active);
  return {
    name: field.name,
    label: field.label,
    type: field.type,
    required: field.createable && !field.nillable && !field.defaultedOnCreate && field.type !== 'boolean',
    creatable: field.createable,
    updatable: field.updateable,
    ...(field.length > 0 && { maxLength: field.length }),
    ...(options.length > 0 && { options: options.map(({ value, label }) => ({ value, label: label ?? value })) }),
    ...(field.restrictedPicklist && { restricted: true }),
  };
}
