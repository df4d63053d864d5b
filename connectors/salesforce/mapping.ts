import { type FieldMapping, ifBlank, isBlank, type MappedField, StepError } from '../../src/sdk/index.ts';
import type { ObjectInfo } from './schema.ts';
import { valueFor } from './values.ts';

export type PersonType = 'Lead' | 'Contact';

const common = [
  ifBlank('FirstName', 'visitor.fields.first_name'),
  ifBlank('LastName', 'visitor.fields.last_name'),
  ifBlank('Title', 'visitor.fields.title'),
  ifBlank('Phone', 'visitor.fields.phone'),
];

/** What is written where the workspace has mapped nothing: what is known fills what is empty. */
export const defaultMappings: Record<PersonType, FieldMapping[]> = {
  Lead: [
    ...common,
    ifBlank('Company', 'visitor.fields.company'),
    ifBlank('Website', 'visitor.fields.website'),
    ifBlank('Industry', 'visitor.fields.industry'),
    ifBlank('Country', 'visitor.fields.country'),
    ifBlank('NumberOfEmployees', 'visitor.fields.employees'),
    { field: 'Email', from: 'visitor.email', update: 'never' },
  ],
  Contact: [...common, ifBlank('MailingCountry', 'visitor.fields.country')],
};
const isDefault = (object: PersonType, name: string): boolean =>
  defaultMappings[object].some(({ field }) => field === name);

// A push decides these by itself: the owner by its rules, the ids by the match.
const ours = /^(Id|OwnerId)$/i;

/** The fields of a mapping that this org shows, to be read before an update. */
export const readable = (mapped: MappedField[], info: ObjectInfo): string[] =>
  mapped.flatMap(({ field }) => (ours.test(field) ? [] : (info.field(field)?.name ?? [])));

type Target = { object: PersonType; info: ObjectInfo; note(sentence: string): void };

/**
 * The fields of a new record. Blank values are left out, whatever their rule.
 * @throws StepError `rejected` naming the field: not visible or not writable in this org, or a value that it does not take
 */
export function fieldsToCreate(mapped: MappedField[], target: Target): Record<string, unknown> {
  return valuesOf(
    mapped.filter(({ value }) => !isBlank(value)),
    target,
    'createable',
  );
}

/**
 * The fields of an existing record that change, by their rules. A blank value never wipes a filled one, and what is the same already is
 * left out. @throws as `fieldsToCreate`
 */
export function fieldsToUpdate(
  mapped: MappedField[],
  current: Record<string, unknown>,
  target: Target,
): Record<string, unknown> {
  const due = mapped.filter(({ field, value, update }) => {
    if (isBlank(value) || update === 'never') return false;
    const name = target.info.field(field)?.name ?? field;
    return update === 'always' || isBlank(current[name]);
  });
  const values = valuesOf(due, target, 'updateable');
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => !same(current[name], value)));
}

function valuesOf(
  mapped: MappedField[],
  { object, info, note }: Target,
  right: 'createable' | 'updateable',
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { field: name, value } of mapped) {
    if (ours.test(name)) {
      note(`${object}.${name} is mapped, but a push decides it by itself; the mapping was left out.`);
      continue;
    }
    const field = info.field(name);
    if (field?.[right]) {
      values[field.name] = valueFor(field, value, `${object}.${field.name}`);
      continue;
    }
    const why = field
      ? `the connected user may not ${right === 'createable' ? 'fill' : 'change'} it`
      : 'this org has no such field that the connected user may see';
    if (!isDefault(object, name))
      throw new StepError(
        'rejected',
        `The mapping of ${object} names \`${name}\`, but ${why}. Give the user access to the field in Salesforce, or take it out of the mapping.`,
        { field: `${object}.${name}`, schemaDrift: true },
      );
    note(`${object}.${name} was left out: ${why}.`);
  }
  return values;
}

function same(current: unknown, value: unknown): boolean {
  if (current === value) return true;
  if (typeof current !== 'string' || typeof value !== 'string') return false;
  const [one, other] = [Date.parse(current), Date.parse(value)];
  // Salesforce writes times as +0000, we as Z.
  return /T/.test(current) && /T/.test(value) && one === other;
}

/** The fields without which the org takes no new record and that have no value yet. */
export const missingFields = (info: ObjectInfo, values: Record<string, unknown>): string[] =>
  info.fields
    .filter(field => field.createable && !field.nillable && !field.defaultedOnCreate && field.type !== 'boolean')
    .map(({ name }) => name)
    .filter(name => isBlank(values[name]));
