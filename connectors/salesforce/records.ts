import type { Connection } from 'jsforce';
import { emailKey } from '../../src/sdk/index.ts';
import { findByIds, findPeople, type Person } from './people.ts';
import type { Row } from './soql.ts';

/** What is known of where a person's record is: what a push gave back, the ids that are kept of the person, the e-mail. */
export type Traces = { record?: { type: string; id: string }; external: Record<string, string>; email?: string };

type Clue = { id: string; type: Person['type']; why: string };

/**
 * The record that each of these people has now: the one that was pushed, else one whose id is kept, else one with the e-mail. Ids may have
 * been kept for long: what was deleted since is passed over, and a Lead that was converted is followed to its Contact. Only reads, and
 * for all of them together; undefined where there is none.
 */
export async function findRecords(
  connection: Connection,
  all: Traces[],
  fields: string[],
): Promise<(Person | undefined)[]> {
  const clues = all.map(cluesOf);
  const there = await standing(connection, clues.flat(), fields);
  const byId = clues.map(each => each.map(clue => personOf(clue, there)).find(person => person !== undefined));
  const emails = all.flatMap(({ email }, index) => (byId[index] ? [] : email?.trim() || []));
  const people = await findPeople(connection, emails, { Contact: fields, Lead: fields });
  return all.map(({ email }, index) => byId[index] ?? people.get(emailKey(email ?? '')));
}

const idOf = { Contact: /^003([a-zA-Z0-9]{12}|[a-zA-Z0-9]{15})$/, Lead: /^00Q([a-zA-Z0-9]{12}|[a-zA-Z0-9]{15})$/ };

/** The likeliest first. */
function cluesOf({ record, external }: Traces): Clue[] {
  const { salesforceContactId: contact, salesforceLeadId: lead } = external;
  const kept = (type: string) => `The ${type} whose id is kept of this person was used.`;
  const clues = [
    { id: record?.id, type: record?.type, why: `The ${record?.type} of the last push was used.` },
    { id: contact, type: 'Contact', why: kept('Contact') },
    { id: lead, type: 'Lead', why: kept('Lead') },
  ];
  return clues.filter((clue): clue is Clue => {
    const { type, id } = clue;
    return (type === 'Contact' || type === 'Lead') && id !== undefined && idOf[type].test(id);
  });
}

/** An id of 15 characters is the beginning of the one of 18, which Salesforce answers. */
const idKey = (id: string) => id.slice(0, 15);

type Standing = Record<Person['type'], Map<string, Row>>;

async function standing(connection: Connection, clues: Clue[], fields: string[]): Promise<Standing> {
  const ids = (type: Person['type']) => clues.filter(clue => clue.type === type).map(({ id }) => id);
  const leads = await findByIds(connection, 'Lead', ['IsConverted', 'ConvertedContactId', ...fields], ids('Lead'));
  const followed = [...leads.values()].flatMap(({ ConvertedContactId: id }) => (typeof id === 'string' ? [id] : []));
  const contacts = await findByIds(connection, 'Contact', fields, [...ids('Contact'), ...followed]);
  const keyed = (rows: Map<string, Row>) => new Map([...rows].map(([id, row]) => [idKey(id), row]));
  return { Lead: keyed(leads), Contact: keyed(contacts) };
}

function personOf({ id, type, why }: Clue, there: Standing): Person | undefined {
  const row = there[type].get(idKey(id));
  if (!row) return undefined;
  if (type === 'Contact' || row.IsConverted !== true) return { id: row.Id, type, why, current: row };
  const contact = there.Contact.get(idKey(String(row.ConvertedContactId)));
  const followed = `${why.replace('was used', 'is converted')} Its Contact was used.`;
  return contact && { id: contact.Id, type: 'Contact', why: followed, current: contact };
}
