import { emailKey, StepError, type StepFacts } from '../../src/sdk/index.ts';
import type { EloquaClient } from './client.ts';
import { type Field, properties } from './fields.ts';
import type { Change } from './mapping.ts';
import { type Element, page, searchFor } from './search.ts';

type Asking = { client: EloquaClient; signal: AbortSignal };
export type Contact = Element;
type FieldValue = { type: 'FieldValue'; id: string; value: string };

/** The contact with an e-mail, whole; Eloqua keeps each address once. */
export async function contactByEmail(asking: Asking, email: string): Promise<Contact | undefined> {
  const query = { search: searchFor('emailAddress', email), depth: 'complete' };
  const { elements, next } = await page(asking, '1.0/data/contacts', query);
  const found = elements.find(({ emailAddress }) => emailKey(String(emailAddress ?? '')) === emailKey(email));
  if (found || next === undefined) return found;
  // Whoever types his e-mail into a form can type `*@*.com`.
  throw new StepError(
    'rejected',
    'Eloqua cannot look for this e-mail: it has quotes or stars in it, and with a star for each too many others fit it. Correct the e-mail.',
    { field: 'visitor.email' },
  );
}

/**
 * Whom a step is about: the contact of the last push of this run, else the one that is known of the visitor, else the one with the
 * visitor's e-mail; `why` says which. @throws StepError `rejected` where there is none
 */
export async function contactOf(
  asking: Asking,
  { lastPush, visitor }: StepFacts,
): Promise<{ id: string; why: string }> {
  if (lastPush?.connector === 'eloqua') return { id: lastPush.recordId, why: 'The contact of the last push was used.' };
  const known = visitor.external.eloquaContactId;
  if (known) return { id: known, why: 'The contact that is known of the visitor was used.' };
  const contact = visitor.email ? await contactByEmail(asking, visitor.email.trim()) : undefined;
  if (contact) return { id: contact.id, why: 'The contact was found by e-mail.' };
  throw new StepError(
    'rejected',
    'No Eloqua contact of this visitor is known. Put a step that pushes to Eloqua before this one.',
  );
}

const fieldValuesOf = ({ fieldValues }: Contact): FieldValue[] =>
  (Array.isArray(fieldValues) ? fieldValues : []).flatMap(each =>
    typeof each?.id === 'string' && typeof each.value === 'string' && each.value !== ''
      ? [{ type: 'FieldValue', id: each.id, value: each.value }]
      : [],
  );

/** What a contact holds in a field; undefined where nothing. */
export function valueIn(contact: Contact, { id, name }: Field): unknown {
  const property = properties[name];
  return property ? contact[property] : fieldValuesOf(contact).find(value => value.id === id)?.value;
}

const changed = (changes: Change[]): { own: Record<string, string>; values: FieldValue[] } => ({
  own: Object.fromEntries(
    changes.flatMap(({ field, value }) => (properties[field.name] ? [[properties[field.name] ?? '', value]] : [])),
  ),
  values: changes.flatMap(({ field, value }) =>
    properties[field.name] ? [] : [{ type: 'FieldValue' as const, id: field.id, value }],
  ),
});

export function newContact(email: string, changes: Change[]): Record<string, unknown> {
  const { own, values } = changed(changes);
  return { ...own, emailAddress: email, ...(values.length > 0 && { fieldValues: values }) };
}

// Said by Eloqua, never to it.
const readOnly = new Set([
  'type',
  'createdAt',
  'createdBy',
  'updatedAt',
  'updatedBy',
  'accessedAt',
  'currentStatus',
  'depth',
  'permissions',
  'accountId',
]);

/**
 * A contact as it is to be put back: a PUT blanks what it does not name, so everything that was read goes along.
 */
export function changedContact(contact: Contact, changes: Change[]): Record<string, unknown> {
  const { own, values } = changed(changes);
  const replaced = new Set(values.map(({ id }) => id));
  const kept = Object.entries(contact).filter(([name, value]) => !readOnly.has(name) && typeof value === 'string');
  return {
    ...Object.fromEntries(kept),
    ...own,
    fieldValues: [...fieldValuesOf(contact).filter(({ id }) => !replaced.has(id)), ...values],
  };
}
