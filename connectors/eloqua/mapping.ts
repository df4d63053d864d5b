import {
  type FieldMapping,
  ifBlank,
  isBlank,
  type MappedField,
  mappedFor,
  StepError,
  type StepFacts,
} from '../../src/sdk/index.ts';
import { type Contact, valueIn } from './contacts.ts';
import type { Field } from './fields.ts';
import { valueFor } from './values.ts';

/** What is written where the workspace has mapped nothing: what is known fills what is empty. Every site has these fields. */
export const defaultMapping: FieldMapping[] = [
  ifBlank('C_FirstName', 'visitor.fields.first_name'),
  ifBlank('C_LastName', 'visitor.fields.last_name'),
  ifBlank('C_Title', 'visitor.fields.title'),
  ifBlank('C_Company', 'visitor.fields.company'),
  ifBlank('C_BusPhone', 'visitor.fields.phone'),
  ifBlank('C_Country', 'visitor.fields.country'),
];
const isDefault = (name: string): boolean => defaultMapping.some(({ field }) => field === name);

/** The lines of this step's mapping that are written. */
export function linesOf(facts: StepFacts, note: (sentence: string) => void): MappedField[] {
  return mappedFor(facts, 'Contact').filter(({ field, value }) => {
    if (!/^C_EmailAddress$/i.test(field)) return !isBlank(value);
    note(`\`${field}\` is mapped, but a push decides it by itself; the mapping was left out.`);
    return false;
  });
}

/** A field with the value that it is to hold, as Eloqua keeps it. */
export type Change = { field: Field; value: string };

/**
 * The values to be written, each for the field that its line names.
 * @throws StepError `rejected` naming the field: not there, read-only, or a value that it does not take
 */
export function valuesFor(
  mapped: MappedField[],
  fields: Field[],
  note: (sentence: string) => void,
): (Change & { update: MappedField['update'] })[] {
  const byName = new Map(fields.map(field => [field.name.toLowerCase(), field]));
  return mapped.flatMap(({ field: name, value, update }) => {
    const field = byName.get(name.toLowerCase());
    if (field?.writable) return [{ field, value: valueFor(field, value), update }];
    const why = field ? 'is read-only' : 'is no contact field of this Eloqua site';
    if (!isDefault(name))
      throw new StepError(
        'rejected',
        `The mapping names \`${name}\`, which ${why}. Correct the internal name (Settings → Fields & Views), or take it out of the mapping.`,
        { field: name, schemaDrift: true },
      );
    note(`\`${name}\` was left out: it ${why}.`);
    return [];
  });
}

/** What changes of a contact that is there, by the rules of the mapping. What is the same already is left out. */
export const changesOf = (values: ReturnType<typeof valuesFor>, contact: Contact): Change[] =>
  values.filter(({ field, value, update }) => {
    const current = valueIn(contact, field);
    return update !== 'never' && (update === 'always' || isBlank(current)) && current !== value;
  });
