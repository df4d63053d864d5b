import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Records } from './arrived.ts';
import type { Changes } from './visits.ts';

const record = z.looseObject({ Id: z.string() });
type Row = z.infer<typeof record>;
const types = ['Lead', 'Contact', 'CampaignMember', 'Task', 'Event', 'User', 'Campaign'] as const;
/** The records of an org by type and id. */
export type Org = Record<(typeof types)[number], Map<string, Row>>;

/** What changes with every change. */
const stamps = ['LastModifiedDate', 'LastModifiedById', 'SystemModstamp', 'LastActivityDate'];

/** What stands in Salesforce now; a copy, which later changes leave alone. */
export function readOrg(records: Records): Org {
  const read = (type: string): Map<string, Row> =>
    new Map(
      z
        .array(record)
        .parse(structuredClone(records('salesforce', type)))
        .map(row => [row.Id, row]),
    );
  return Object.fromEntries(types.map(type => [type, read(type)])) as Org;
}

/** The records of a type that are in `after` and were not in `before`. */
export const createdIn = (before: Org, after: Org, type: keyof Org): Row[] =>
  [...after[type].values()].filter(({ Id }) => !before[type].has(Id));

/** What `after` holds that `before` did not, in the words in which visits expect it. */
export function changesBetween(before: Org, after: Org): Changes {
  const created = (type: keyof Org) => createdIn(before, after, type);
  const name = (type: keyof Org, id: unknown) => String(after[type].get(String(id))?.Name ?? id);
  const owner = ({ OwnerId }: Row) => `owner ${name('User', OwnerId)}`;
  const who = (id: unknown) => {
    if (after.Contact.has(String(id))) return `Contact ${name('Contact', id)}`;
    return after.Lead.has(String(id)) ? `Lead ${name('Lead', id)}` : 'nobody';
  };
  const meeting = (event: Row) => `${event.Subject}, on ${who(event.WhoId)}, ${hoursOf(event)} UTC, ${owner(event)}`;
  return {
    leadsCreated: created('Lead').map(lead => `${lead.Name} of ${lead.Company}, ${owner(lead)}`),
    leadsChanged: changedIn(before, after, 'Lead'),
    contactsCreated: created('Contact').map(contact => String(contact.Name)),
    contactsChanged: changedIn(before, after, 'Contact'),
    members: created('CampaignMember').map(
      ({ ContactId, LeadId, CampaignId, Status }) =>
        `${who(ContactId ?? LeadId)} in ${name('Campaign', CampaignId)}: ${Status}`,
    ),
    tasks: created('Task').map(task => {
      const done = task.Status === 'Completed' ? `, Completed ${task.ActivityDate}` : '';
      return `${task.Subject}, on ${who(task.WhoId)}, ${owner(task)}${done}`;
    }),
    events: created('Event').map(meeting),
    eventsDeleted: createdIn(after, before, 'Event').map(meeting),
  };
}

function changedIn(before: Org, after: Org, type: keyof Org): string[] {
  return [...after[type].values()].flatMap(row => {
    const old = before[type].get(row.Id);
    if (!old) return [];
    const fields = Object.keys(row).filter(
      field => !stamps.includes(field) && !isDeepStrictEqual(row[field], old[field]),
    );
    return fields.length === 0 ? [] : [`${row.Name}: ${fields.map(field => `${field} ${row[field]}`).join(', ')}`];
  });
}

/** `2026-11-24 09:00 to 09:30` */
function hoursOf({ StartDateTime, EndDateTime }: Row): string {
  const [start = '', end = ''] = [StartDateTime, EndDateTime].map(time => new Date(String(time)).toISOString());
  return `${start.slice(0, 10)} ${start.slice(11, 16)} to ${end.slice(11, 16)}`;
}
