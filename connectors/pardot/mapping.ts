import {
  type FieldMapping,
  ifBlank,
  isBlank,
  type MappedField,
  mappedFor,
  StepError,
  type StepFacts,
} from '../../src/sdk/index.ts';
import type { Field } from './fields.ts';
import { valueFor } from './values.ts';

/** What is written where the workspace has mapped nothing: what is known fills what is empty. */
export const defaultMapping: FieldMapping[] = [
  ifBlank('firstName', 'visitor.fields.first_name'),
  ifBlank('lastName', 'visitor.fields.last_name'),
  ifBlank('jobTitle', 'visitor.fields.title'),
  ifBlank('company', 'visitor.fields.company'),
  ifBlank('phone', 'visitor.fields.phone'),
  ifBlank('website', 'visitor.fields.website'),
  ifBlank('industry', 'visitor.fields.industry'),
  ifBlank('country', 'visitor.fields.country'),
  ifBlank('employees', 'visitor.fields.employees'),
];

// A push decides these by itself: the match is made by e-mail, and the vendor gives the id.
const ours = /^(id|email)$/i;

/** The lines of this step's mapping that are written. */
export function linesOf(facts: StepFacts, note: (sentence: string) => void): MappedField[] {
  return mappedFor(facts, 'Prospect').filter(({ field, value }) => {
    if (!ours.test(field)) return !isBlank(value);
    note(`\`${field}\` is mapped, but a push decides it by itself; the mapping was left out.`);
    return false;
  });
}

/** What is known of the fields, and whether a name that is not among them is a mistake. */
export type Schema = { find(name: string): Field | undefined; strict(name: string): boolean };

/**
 * The fields to be sent for a new prospect (`current` absent) or an existing one, by their rules. What is the same already is left out.
 * @throws StepError `rejected` naming the field: not there, or a value that it does not take
 */
export function fieldsToSend(
  mapped: MappedField[],
  schema: Schema,
  current: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { field: named, value, update } of mapped) {
    const field = schema.find(named);
    if (!field && schema.strict(named)) throw unknownField(named);
    const name = field?.name ?? named;
    if (current && (update === 'never' || (update === 'if_blank' && !isBlank(current[name])))) continue;
    const converted = field ? valueFor(field, value) : value;
    if (!current || !same(current[name], converted)) values[name] = converted;
  }
  return values;
}

const unknownField = (name: string): StepError =>
  new StepError(
    'rejected',
    `The mapping names \`${name}\`, which is no field of a prospect in this business unit. Correct the API name (custom fields end in __c), or take it out of the mapping.`,
    { field: name, schemaDrift: true },
  );

const same = (current: unknown, value: unknown): boolean =>
  Array.isArray(current) && Array.isArray(value)
    ? current.length === value.length && current.every((each, index) => each === value[index])
    : current === value;
