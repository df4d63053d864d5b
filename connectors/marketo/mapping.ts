import { type FieldMapping, type MappedField, StepError, type StepFacts } from '../../src/sdk/index.ts';
import type { Person } from './people.ts';

const ifBlank = (field: string, from: string): FieldMapping => ({
  field,
  from: `visitor.fields.${from}`,
  update: 'if_blank',
});

/** What is written where the workspace has mapped nothing: what is known fills what is empty. */
export const defaultMapping: FieldMapping[] = [
  ifBlank('firstName', 'first_name'),
  ifBlank('lastName', 'last_name'),
  ifBlank('title', 'title'),
  ifBlank('phone', 'phone'),
  ifBlank('company', 'company'),
  ifBlank('website', 'website'),
  ifBlank('industry', 'industry'),
  ifBlank('country', 'country'),
  ifBlank('numberOfEmployees', 'employees'),
];

/** A push decides these by itself: by the e-mail Marketo finds the person, and the id is Marketo's own. */
export const isOurs = (field: string): boolean => /^(id|email)$/i.test(field);

/** The mapping of this step with its values: the engine's, else our defaults filled from the visitor. Nothing blank is in it. */
export function mappedFor({ mapped, visitor }: StepFacts): MappedField[] {
  const lines =
    mapped?.Lead ??
    defaultMapping.map(({ field, from = '', update }) => {
      return { field, value: visitor.fields[from.replace('visitor.fields.', '')], update };
    });
  return lines.filter(({ field, value }) => !isBlank(value) && !isOurs(field));
}

const isBlank = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.every(isBlank));

/** Whether what is there must be known before it is written. */
export const dependsOnPerson = ({ update }: MappedField): boolean => update !== 'always';

/**
 * The fields to write, by their rules. `there` are the people that have the e-mail now: nobody, usually one; where there are several,
 * a field is blank only if it is so for all of them.
 * @throws StepError `rejected` naming the field whose value Marketo has no place for
 */
export function fieldsToWrite(lines: MappedField[], there: Person[]): Record<string, unknown> {
  const due = lines.filter(({ field, update }) => {
    if (update === 'always' || there.length === 0) return true;
    return update === 'if_blank' && there.every(person => isBlank(person[field]));
  });
  return Object.fromEntries(due.map(({ field, value }) => [field, plain(field, value)]));
}

/** Lists become one text, as Marketo keeps what a CRM calls a multi-select. */
function plain(field: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(String).join(';');
  if (typeof value !== 'object') return value;
  throw new StepError('rejected', `The mapping brings an object to \`${field}\`, and Marketo fields hold one value.`, {
    field,
  });
}
