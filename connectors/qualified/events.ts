import { createHash } from 'node:crypto';
import type { SourceEvent } from '../../src/sdk/index.ts';
import type { Lead, Meeting, Session } from './records.ts';

/** An event of ours with its time as epoch ms. */
export type Event = Omit<SourceEvent, 'time'> & { at: number };
export const event = (id: string, type: Event['type'], at: number, data: Event['data']): Event => ({
  id,
  type,
  at,
  data: withoutBlanks(data),
});
export const handOver = ({ at, ...event }: Event): SourceEvent => ({ ...event, time: new Date(at).toISOString() });

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
export const withoutBlanks = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => !isBlank(value)));

/** The same for the same content, whatever the order of its keys. */
export const digest = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content, sortedKeys)).digest('base64url').slice(0, 16);
const sortedKeys = (_key: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

type Person = NonNullable<Session['visitor']>;

/**
 * What is known of a person, as a visitor's e-mail and fields. The ids that other systems have for them are kept as fields
 * (`salesforce_lead_id`), not as the hub's own links to those systems: Qualified's may lag behind.
 */
export function personOf(person: Person): { email?: string; fields?: Record<string, unknown> } {
  const fields = withoutBlanks({
    ...person.fields,
    salesforce_lead_id: person.salesforceLeadId,
    salesforce_contact_id: person.salesforceContactId,
    pardot_prospect_id: person.pardotProspectId,
    marketo_lead_id: person.marketoLeadId,
    hubspot_contact_id: person.hubspotContactId,
    eloqua_contact_id: person.eloquaContactId,
  });
  return {
    ...(person.email && { email: person.email }),
    ...(Object.keys(fields).length > 0 && { fields }),
  };
}

/**
 * One event for each browser of a lead; a lead that has none stands for itself. `updatedAt` is part of the id, so that a value
 * that goes back to what it was is news; a second browser is, too.
 */
export function leadEvents(lead: Lead): Event[] {
  const visitor = personOf(lead);
  const version = `${lead.updatedAt}:${digest(visitor)}`;
  const visitorIds = lead.visitorIds.length > 0 ? lead.visitorIds : [`lead:${lead.id}`];
  return visitorIds.map(visitorId =>
    event(`lead:${lead.id}:${digest(visitorId)}:${version}`, 'visitor.updated', lead.updatedAt, { visitorId, visitor }),
  );
}

/**
 * What a meeting's present state says has happened to it. An offer and a booking are told by their content, so that the same again
 * is known; a reschedule also by its time, since a second one looks no different. Of a booking that has been changed since, the time
 * is not told: the meeting's own beginning stands for it.
 * @param session the session that the meeting is part of, where it is handed over with that: its meetings are offered in it, and
 * what was booked in it cannot be later than its end
 */
export function meetingEvents(meeting: Meeting, session?: { id: string; endedAt: number }): Event[] {
  const { id, status, createdAt, updatedAt, attendees, meetingTypeName, channel } = meeting;
  const named = {
    meetingId: id,
    sessionId: session?.id ?? meeting.sessionId,
    visitorId: meeting.visitorId,
    conversationId: meeting.conversationId,
  };
  const details = { meetingTypeName, channel };
  const events: Event[] = [];
  if (status === 'offered' || named.sessionId)
    events.push(
      event(`meeting:${id}:offered:${digest(details)}`, 'meeting.offered', createdAt, { ...named, ...details }),
    );
  if (status === 'offered') return events;
  const latest = session?.endedAt ?? Number.POSITIVE_INFINITY;
  const bookedAt = status === 'booked' && updatedAt <= latest ? updatedAt : createdAt;
  const booked = { attendees: attendees?.map(withoutBlanks) ?? [], ...details };
  events.push(event(`meeting:${id}:booked:${digest(booked)}`, 'meeting.booked', bookedAt, { ...named, ...booked }));
  if (status === 'booked') return events;
  const again = status === 'rescheduled' ? `:${updatedAt}` : '';
  events.push(event(`meeting:${id}:${status}${again}`, `meeting.${status}`, updatedAt, named));
  return events;
}
