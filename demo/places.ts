import * as z from 'zod';
import type { Records } from './arrived.ts';

/** What stands at each place, as sentences. */
export type Places = Record<string, string[]>;

const row = z.looseObject({ id: z.union([z.string(), z.number()]) });
type Row = z.infer<typeof row> & Record<string, unknown>;

/** Everything but Salesforce and the chats: what stands at each vendor now. */
export function readPlaces(records: Records): Places {
  const read = (vendor: string, type: string): Row[] => z.array(row).parse(records(vendor, type));
  return {
    ...hubspotPlaces(read),
    ...marketoPlaces(read, records),
    ...accountEngagementPlaces(read),
    ...eloquaPlaces(read),
    'Google Analytics events': z
      .array(z.looseObject({ name: z.string(), params: z.looseObject({ company: z.string().optional() }) }))
      .parse(records('google-analytics', 'events'))
      .map(({ name, params }) => sentence(name, params.company)),
    Mails: z
      .array(z.looseObject({ subject: z.string(), envelope: z.object({ to: z.array(z.string()) }) }))
      .parse(records('email', 'messages'))
      .map(({ subject, envelope }) => `${subject}, to ${envelope.to.join(' and ')}`),
  };
}

/** What is there and was not before: a record that has changed reads differently. */
export function newIn(before: Places, after: Places): Places {
  return Object.fromEntries(
    Object.entries(after).map(([place, sentences]) => {
      const left = [...(before[place] ?? [])];
      return [place, sentences.filter(one => !takeOut(left, one))];
    }),
  );
}

function takeOut(from: string[], one: string): boolean {
  const at = from.indexOf(one);
  if (at >= 0) from.splice(at, 1);
  return at >= 0;
}

type Read = (vendor: string, type: string) => Row[];

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;
const sentence = (...parts: unknown[]): string => parts.flatMap(part => text(part) ?? []).join(', ');
const nameOf = (first: unknown, last: unknown): string => [first, last].flatMap(part => text(part) ?? []).join(' ');

function hubspotPlaces(read: Read): Places {
  const properties = (record: Row) => record.properties as Record<string, unknown>;
  const owners = new Map(
    read('hubspot', 'owners').map(owner => [String(owner.id), nameOf(owner.firstName, owner.lastName)]),
  );
  const contacts = new Map(read('hubspot', 'contacts').map(contact => [String(contact.id), properties(contact)]));
  const nameAt = (id: unknown) => {
    const contact = contacts.get(String(id));
    return nameOf(contact?.firstname, contact?.lastname);
  };
  const hours = ({ hs_meeting_start_time: start, hs_meeting_end_time: end }: Record<string, unknown>) =>
    `${String(start).slice(0, 10)} ${String(start).slice(11, 16)} to ${String(end).slice(11, 16)} UTC`;
  return {
    'HubSpot contacts': [...contacts.values()].map(contact => {
      const owner = owners.get(String(contact.hubspot_owner_id));
      const name = nameOf(contact.firstname, contact.lastname);
      return sentence(name, contact.jobtitle, contact.company, owner && `owner ${owner}`, contact.phone);
    }),
    'HubSpot timelines': read('hubspot', 'events').map(
      ({ tokens, objectId }) => `${(tokens as { title: string }).title}, on ${nameAt(objectId)}`,
    ),
    'HubSpot meetings': read('hubspot', 'meetings').map(meeting => {
      const about = properties(meeting);
      const [contact] = meeting.associations as string[];
      const attendees = (text(about.hs_attendee_owner_ids) ?? '').split(';').flatMap(id => owners.get(id) ?? []);
      const known = attendees.join(' and ') || 'nobody whom HubSpot knows';
      const whom = nameAt(contact?.split('/')[1]);
      return sentence(about.hs_meeting_title, hours(about), about.hs_meeting_outcome, `on ${whom}`, `with ${known}`);
    }),
  };
}

function marketoPlaces(read: Read, records: Records): Places {
  const people = read('marketo', 'leads');
  const names = new Map(people.map(person => [person.id, nameOf(person.firstName, person.lastName)]));
  const members = z
    .array(z.object({ listName: z.string(), leadId: z.number() }))
    .parse(records('marketo', 'listMembers'));
  return {
    'Marketo people': people.map(person => sentence(names.get(person.id), person.title, person.company, person.phone)),
    'Marketo list members': members.map(({ listName, leadId }) => `${names.get(leadId)} in ${listName}`),
  };
}

function accountEngagementPlaces(read: Read): Places {
  const people = read('pardot', 'prospects');
  const names = new Map(people.map(person => [person.id, nameOf(person.firstName, person.lastName)]));
  const lists = new Map(read('pardot', 'lists').map(list => [list.id, list.name]));
  return {
    'Account Engagement prospects': people.map(person =>
      sentence(names.get(person.id), person.jobTitle, person.company, person.phone),
    ),
    'Account Engagement list members': read('pardot', 'list-memberships').map(
      ({ prospectId, listId }) => `${names.get(prospectId as number)} in ${lists.get(listId as number)}`,
    ),
  };
}

function eloquaPlaces(read: Read): Places {
  const contacts = new Map(
    read('eloqua', 'contacts').map(contact => [String(contact.id), contact.properties as Record<string, unknown>]),
  );
  const nameAt = (id: string) => nameOf(contacts.get(id)?.firstName, contacts.get(id)?.lastName);
  return {
    'Eloqua contacts': [...contacts].map(([id, about]) =>
      sentence(nameAt(id), about.title, about.accountName, about.businessPhone),
    ),
    'Eloqua list members': read('eloqua', 'lists').flatMap(({ name, members }) =>
      (members as string[]).map(id => `${nameAt(id)} in ${name}`),
    ),
  };
}
