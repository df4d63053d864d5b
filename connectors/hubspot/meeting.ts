import { AssociationTypes } from '@hubspot/api-client/lib/src/enums/AssociationTypes.js';
import { DateTime } from 'luxon';
import * as z from 'zod';
import { type ActionContext, emailKey, StepError, type StepFacts } from '../../src/sdk/index.ts';
import type { HubSpotClient } from './client.ts';
import { type Contact, idOf } from './contacts.ts';
import { findOwners } from './owners.ts';
import { stepMark } from './step-mark.ts';

const outcomes = ['SCHEDULED', 'RESCHEDULED', 'CANCELED', 'NO_SHOW', 'COMPLETED'] as const;
export type Outcome = (typeof outcomes)[number];

const time = (title: string, description: string) =>
  z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-23T10:00:00Z' }).meta({ title, description });
const text = (title: string, description: string) => z.string().optional().meta({ title, description });

export const meetingInput = z.strictObject({
  title: z.string().trim().min(1).meta({ title: 'Title', description: 'The owner of the meeting where left out' }),
  startTime: time('Starts', 'The meeting’s start where left out'),
  endTime: time('Ends', 'The meeting’s end where left out'),
  location: text('Location', 'The meeting’s location where left out'),
  body: text('Description', 'The meeting’s type and channel where left out'),
  outcome: z.enum(outcomes).optional().meta({
    title: 'Outcome',
    description: 'What became of the meeting; by its status where left out',
  }),
  externalUrl: text('Link', 'Where the meeting is in the calendar or takes place; none where left out'),
});
export type MeetingInput = z.infer<typeof meetingInput>;

/** `meetingRecordId` is kept with the meeting, so that a changed meeting changes this activity. */
export const meetingOutput = z.object({
  meetingRecordId: z.string(),
  contactId: z.string(),
  ownerId: z.string().optional().meta({ description: 'The owner of the meeting, where a HubSpot user has the e-mail' }),
});
export type MeetingOutput = z.infer<typeof meetingOutput>;

/** What a meeting's status is called in HubSpot. */
export const outcomeFor = (status: string | undefined): Outcome =>
  (({ rescheduled: 'RESCHEDULED', canceled: 'CANCELED', no_show: 'NO_SHOW' }) as const)[status ?? ''] ?? 'SCHEDULED';

/** Start and end in UTC. @throws StepError `rejected` where one is not known, or the end is not after the start */
export function timesOf({ startTime, endTime }: { startTime?: string; endTime?: string }): Record<string, string> {
  for (const [field, value] of Object.entries({ startTime, endTime }))
    if (!value) throw new StepError('rejected', `The meeting’s \`${field}\` is not known.`, { field });
  const [start, end] = [startTime ?? '', endTime ?? ''].map(each => DateTime.fromISO(each, { zone: 'utc' }));
  if (!start?.isValid || !end?.isValid || end <= start)
    throw new StepError('rejected', `\`endTime\` (${endTime}) must be after \`startTime\` (${startTime}).`, {
      field: 'endTime',
    });
  const [startIso, endIso] = [start.toISO(), end.toISO()];
  // HubSpot orders the timeline by hs_timestamp, which should be the start.
  return { hs_timestamp: startIso, hs_meeting_start_time: startIso, hs_meeting_end_time: endIso };
}

/** Writes the meeting activity on the contact; the step's mark is in the notes that attendees do not see. */
export async function createMeeting(
  context: ActionContext<HubSpotClient>,
  contact: Contact,
  input: MeetingInput,
): Promise<MeetingOutput> {
  const { client, signal, stepKey, facts } = context;
  const times = timesOf(input);
  const { ownerId, attendeeIds } = await attendingOwners(context, facts);
  const properties: Record<string, string> = {
    ...times,
    hs_meeting_title: input.title,
    hs_meeting_outcome: input.outcome ?? outcomeFor(facts.meeting?.status),
    hs_internal_meeting_notes: stepMark(stepKey),
    ...(input.location && { hs_meeting_location: input.location }),
    ...(input.body && { hs_meeting_body: input.body }),
    ...(input.externalUrl && { hs_meeting_external_url: input.externalUrl }),
    ...(ownerId && { hubspot_owner_id: ownerId }),
    ...(attendeeIds.length > 0 && { hs_attendee_owner_ids: attendeeIds.join(';') }),
  };
  const types = [
    { associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: AssociationTypes.meetingToContact },
  ];
  const created = await client
    .api(signal)
    .meetings.create({ properties, associations: [{ to: { id: contact.id }, types }] });
  return { meetingRecordId: idOf(created), contactId: contact.id, ...(ownerId && { ownerId }) };
}

/** Which attendees are HubSpot users, by e-mail. The visitor is a contact, even one who is a user as well. */
async function attendingOwners(context: ActionContext<HubSpotClient>, { meeting, visitor }: StepFacts) {
  const { note } = context;
  const guest = emailKey(visitor.email ?? '');
  const owner = emailKey(meeting?.owner?.email ?? '');
  const attendees = (meeting?.attendees ?? []).map(({ email }) => emailKey(email ?? ''));
  const emails = [...new Set([owner, ...attendees])].filter(email => email !== '' && email !== guest);
  const owners = await findOwners(context, emails, note);
  const ownerId = owners.get(owner);
  if (owner && !ownerId)
    note(`No HubSpot user has the e-mail of the meeting’s owner (${owner}): the meeting has no owner.`);
  return { ownerId, attendeeIds: emails.flatMap(email => owners.get(email) ?? []) };
}
