import { type FieldMapping, ifBlank, isBlank, type MappedField, StepError } from '../../src/sdk/index.ts';
import { isReadOnly, type Properties } from './properties.ts';
import { isSame, valueFor } from './values.ts';

/** The one object whose properties an admin maps. */
export const OBJECT = 'contacts';

/** What is written where the workspace has mapped nothing: what is known fills what is empty. */
export const defaultMapping: FieldMapping[] = [
  { field: 'email', from: 'visitor.email', update: 'never' },
  ifBlank('firstname', 'visitor.fields.first_name'),
  ifBlank('lastname', 'visitor.fields.last_name'),
  ifBlank('company', 'visitor.fields.company'),
  ifBlank('jobtitle', 'visitor.fields.title'),
  ifBlank('phone', 'visitor.fields.phone'),
  ifBlank('website', 'visitor.fields.website'),
  ifBlank('industry', 'visitor.fields.industry'),
  ifBlank('country', 'visitor.fields.country'),
];

/** A mapping line in HubSpot's own terms. */
export type Line = { name: string; value: string; update: FieldMapping['update'] };

// A push decides these by itself: whom it matches, and who owns a new contact.
const ours = /^(email|hubspot_owner_id|hs_object_id)$/;

/**
 * The lines that have a value, checked against what the account says of its properties.
 * @throws StepError `rejected` naming the property: not there, read-only, or a value that it does not take
 */
export function linesOf(mapped: MappedField[], properties: Properties, note: (sentence: string) => void): Line[] {
  return mapped.flatMap(({ field: name, value, update }) => {
    if (isBlank(value) || name === 'email') return [];
    if (ours.test(name)) {
      note(`${name} is mapped, but a push decides it by itself; the mapping was left out.`);
      return [];
    }
    const property = properties.get(name);
    if (property && !isReadOnly(property)) return [{ name, value: valueFor(property, value), update }];
    const why = property
      ? 'HubSpot sets it by itself and takes no value'
      : 'this HubSpot account has no such contact property';
    if (defaultMapping.some(({ field }) => field === name)) {
      note(`${name} was left out: ${why}.`);
      return [];
    }
    throw new StepError(
      'rejected',
      `The mapping of contacts names \`${name}\`, but ${why}. Make the property in HubSpot (Settings → Properties), or take it out of the mapping.`,
      { field: name, schemaDrift: true },
    );
  });
}

const entries = (lines: Line[]): Record<string, string> =>
  Object.fromEntries(lines.map(({ name, value }) => [name, value]));

/** What a new contact is made with. */
export const valuesToCreate = (lines: Line[]): Record<string, string> => entries(lines);

/** What changes of a contact that holds `current`, by the rules. What is the same already is left out. */
export function valuesToUpdate(
  lines: Line[],
  current: Record<string, unknown>,
  properties: Properties,
): Record<string, string> {
  return entries(
    lines.filter(({ name, value, update }) => {
      if (update === 'never' || (update === 'if_blank' && !isBlank(current[name]))) return false;
      return !isSame(properties.get(name)!, current[name], value);
    }),
  );
}
