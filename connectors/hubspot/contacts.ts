import { emailKey, StepError, type StepFacts } from '../../src/sdk/index.ts';
import { chunks, settled } from './batch.ts';
import type { HubSpotClient } from './client.ts';

/** A contact, with the properties that were asked for. */
export type Contact = { id: string; properties: Record<string, string | null> };
type Asking = { client: HubSpotClient; signal: AbortSignal };

const emailProperties = ['email', 'hs_additional_emails'];

/** The contact's addresses, the primary one first. */
export function emailsOf({ properties }: Contact): string[] {
  const additional = (properties.hs_additional_emails ?? '').split(';');
  return [properties.email ?? '', ...additional].map(emailKey).filter(email => email !== '');
}

/** The contacts with these e-mails, by `emailKey`, read straight from the store and not from the search index, which lags. */
export async function findByEmails(
  { client, signal }: Asking,
  emails: string[],
  properties: string[],
): Promise<Map<string, Contact>> {
  const found = new Map<string, Contact>();
  for (const part of chunks([...new Set(emails.map(emailKey))])) {
    const answer = await client.api(signal).contactBatches.read({
      idProperty: 'email',
      inputs: part.map(id => ({ id })),
      properties: [...new Set([...emailProperties, ...properties])],
      propertiesWithHistory: [],
    });
    // Those that are not there are listed as errors beside the others; anything else would pass for "not there".
    const errors = 'errors' in answer ? (answer.errors ?? []) : [];
    const [other] = errors.filter(({ category }) => category !== 'OBJECT_NOT_FOUND');
    if (other) throw new StepError('transient', `HubSpot could not look up every contact: ${other.message}`);
    for (const contact of answer.results ?? []) for (const email of emailsOf(contact)) found.set(email, contact);
  }
  return found;
}

/** A contact by its id; one that was merged into another answers as that other, with its id. Undefined where it is gone. */
export async function findById({ client, signal }: Asking, id: string, properties: string[] = []) {
  return present(() =>
    client
      .api(signal)
      .contacts.getById(id, [...new Set([...emailProperties, ...properties])], undefined, undefined, false),
  );
}

/** A contact by its primary or one of its further e-mails. */
async function findByEmail(
  { client, signal }: Asking,
  email: string,
  properties: string[],
): Promise<Contact | undefined> {
  const api = client.api(signal);
  const asked = [...emailProperties, ...properties];
  const primary = await present(() => api.contacts.getById(email, asked, undefined, undefined, false, 'email'));
  if (primary) return primary;
  const { results } = await api.contactSearch.doSearch({
    filterGroups: [
      { filters: [{ propertyName: 'hs_additional_emails', operator: 'EQ' as never, value: emailKey(email) }] },
    ],
    properties: asked,
    limit: 5,
  });
  return (results ?? []).find(contact => emailsOf(contact).includes(emailKey(email)));
}

/** A contact by its id, else by e-mail: the one of the id may have been deleted. */
export async function findContact(
  asking: Asking,
  { id, email }: { id?: string; email?: string },
  properties: string[] = [],
): Promise<Contact | undefined> {
  const byId = id === undefined ? undefined : await findById(asking, id, properties);
  return byId ?? (email?.trim() ? await findByEmail(asking, email.trim(), properties) : undefined);
}

async function present<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  const value = await settled(work);
  if (!(value instanceof StepError)) return value;
  if (isGone(value)) return undefined;
  throw value;
}

/** The id of a record that was just written. @throws StepError `uncertain` where the answer has none */
export function idOf({ id }: { id?: string }): string {
  if (id) return id;
  throw new StepError('uncertain', 'HubSpot answered without the id of the record. It is looked for first.');
}

/** The record was deleted, or never was. */
export const isGone = ({ kind, details }: StepError): boolean =>
  kind === 'rejected' && (details.vendorCode === 'OBJECT_NOT_FOUND' || details.vendorCode === '404');

/**
 * Whom a step is about: the contact of the last HubSpot push, else the one kept with the person, else the one with the visitor's e-mail.
 * @throws StepError `rejected` where there is none
 */
export async function contactOf(asking: Asking, facts: StepFacts): Promise<Contact> {
  const pushed = facts.lastPush?.connector === 'hubspot' ? facts.lastPush.recordId : undefined;
  const id = pushed ?? facts.visitor.external.hubspotContactId;
  const { email } = facts.visitor;
  const contact = await findContact(asking, { id, email });
  if (contact) return contact;
  const gone = id === undefined ? '' : ` Contact ${id} was deleted in HubSpot.`;
  throw new StepError(
    'rejected',
    email
      ? `No HubSpot contact has the visitor’s e-mail.${gone} Let a step push the person to HubSpot before this one.`
      : `The visitor’s e-mail is not known, and no HubSpot contact is kept with the visitor.${gone} Let the workflow start once it is known, or branch on it.`,
    { field: 'visitor.email' },
  );
}
