import type { Connection } from 'jsforce';
import { emailKey, type StepFacts } from '../../src/sdk/index.ts';
import { findIn, type Row } from './soql.ts';

/** A person of the org. `current` holds the fields that were asked for; `why` is a sentence for the timeline. */
export type Person = { id: string; type: 'Lead' | 'Contact'; why: string; current: Record<string, unknown> };
/** Whom a record is about, or why nobody. */
export type Who = Pick<Person, 'id' | 'type' | 'why'>;
/** The fields to read beside the ids. */
export type PersonFields = { Contact: string[]; Lead: string[] };

/**
 * The people with these e-mails, by `emailKey`: Contact before Lead, an open Lead before a converted one, which is followed to its
 * Contact; of several the most recently modified one. At most three queries for all of them.
 */
export async function findPeople(
  connection: Connection,
  emails: string[],
  fields: PersonFields,
): Promise<Map<string, Person>> {
  const people = new Map<string, Person>();
  const wanted = [...new Set(emails.map(emailKey))];
  const contacts = await byEmail(connection, 'Contact', fields.Contact, wanted);
  for (const [email, rows] of contacts) people.set(email, person('Contact', rows));
  const missing = wanted.filter(email => !people.has(email));
  const leads = await byEmail(connection, 'Lead', ['IsConverted', 'ConvertedContactId', ...fields.Lead], missing);
  const converted = new Map<string, string>();
  for (const [email, rows] of leads) {
    const open = rows.filter(row => !row.IsConverted);
    const followed = rows.find(row => row.ConvertedContactId)?.ConvertedContactId;
    if (open.length > 0) people.set(email, person('Lead', open));
    else if (typeof followed === 'string') converted.set(email, followed);
  }
  await follow(connection, converted, fields, people);
  return people;
}

async function byEmail(
  connection: Connection,
  object: 'Contact' | 'Lead',
  fields: string[],
  emails: string[],
): Promise<Map<string, Row[]>> {
  const from = { object, field: 'Email', fields: ['Email', ...fields], sort: '-LastModifiedDate' };
  const rows = await findIn(connection, from, emails);
  return Map.groupBy(rows, row => emailKey(String(row.Email ?? '')));
}

function person(type: Person['type'], [first, ...others]: Row[]): Person {
  const several = others.length > 0 ? ` Several ${type}s have it; the most recently modified one was taken.` : '';
  return { id: first?.Id ?? '', type, why: `The ${type} was found by e-mail.${several}`, current: first ?? {} };
}

/** Reads the Contacts of converted Leads; without fields to read, their ids are enough. */
async function follow(
  connection: Connection,
  converted: Map<string, string>,
  fields: PersonFields,
  people: Map<string, Person>,
): Promise<void> {
  const ids = [...converted.values()];
  const rows = fields.Contact.length > 0 ? await findByIds(connection, 'Contact', fields.Contact, ids) : undefined;
  for (const [email, id] of converted) {
    const current = rows ? rows.get(id) : {};
    const why = 'A Lead was found by e-mail; it is converted, so its Contact was used.';
    if (current) people.set(email, { id, type: 'Contact', why, current });
  }
}

/** Records by id. Ids of 15 characters are not compared with those of 18. */
export async function findByIds(
  connection: Connection,
  object: string,
  fields: string[],
  ids: string[],
): Promise<Map<string, Row>> {
  const rows = await findIn(connection, { object, field: 'Id', fields }, ids);
  return new Map(rows.map(row => [row.Id, row]));
}

/** The record that the last Salesforce push of this run gave back. */
export function pushedPerson(facts: StepFacts): Who | undefined {
  const pushed = facts.lastPush;
  if (pushed?.connector !== 'salesforce') return undefined;
  if (pushed.recordType !== 'Lead' && pushed.recordType !== 'Contact') return undefined;
  return { id: pushed.recordId, type: pushed.recordType, why: `The ${pushed.recordType} of the last push was used.` };
}

/**
 * Whom each step is about: the person with the e-mail that it names, else the record of the last Salesforce push, else the person with
 * the visitor's e-mail. Only reads, and for all of them together. Without a person, `why` says why.
 */
export async function findWhos(
  connection: Connection,
  all: { facts: StepFacts; whoEmail?: string }[],
): Promise<(Who | { why: string })[]> {
  const asked = all.map(({ facts, whoEmail }) => ({
    pushed: whoEmail ? undefined : pushedPerson(facts),
    email: (whoEmail || facts.visitor.email)?.trim(),
  }));
  const emails = asked.flatMap(({ pushed, email }) => (pushed ? [] : email || []));
  const people = await findPeople(connection, emails, { Contact: [], Lead: [] });
  return asked.map(({ pushed, email }) => {
    if (pushed) return pushed;
    if (!email) return { why: 'The visitor’s e-mail is not known, so no person was linked (WhoId is empty).' };
    return (
      people.get(emailKey(email)) ?? {
        why: 'No Contact and no Lead has the visitor’s e-mail, so no person was linked (WhoId is empty).',
      }
    );
  });
}
