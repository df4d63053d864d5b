import type { FieldValue, MeetingDetails, MeetingRow, VisitorRow } from '../db/entities.ts';
import { isClaimed } from '../model/claimed.ts';
import type { HubEvent } from '../model/event.ts';
import { isBlank } from '../sdk/values.ts';
import { own, put } from './records.ts';

/** How many fields a visitor may have whom a page in a browser has named: it could send new ones for ever. */
export const MOST_CLAIMED_FIELDS = 200;

type Stamp = { at: number; id: string };
const stampOf = (event: HubEvent): Stamp => ({ at: event.time, id: event.id });
const isLater = (a: Stamp, b: Stamp | null | undefined) => !b || a.at > b.at || (a.at === b.at && a.id >= b.id);

/** E-mails are compared and kept without regard to case. */
export const normaliseEmail = (email: string): string => email.trim().toLowerCase();

export const newVisitor = (workspaceId: string, id: string, now: number): VisitorRow => ({
  workspaceId,
  id,
  email: null,
  emailStamp: null,
  fields: {},
  createdAt: now,
  updatedAt: now,
});

/** Takes what an event says of its visitor into the row: for each value the latest (time, event id) wins; a blank never wipes. */
export function foldVisitor(row: VisitorRow, event: HubEvent, now: number): void {
  const { email, fields } = event.data.visitor ?? {};
  const stamp = stampOf(event);
  const values = Object.entries(fields ?? {}).filter(([, value]) => !isBlank(value));
  if (email?.trim()) values.push(['email', normaliseEmail(email)]);
  if (values.length === 0) return;
  for (const [name, value] of values) {
    if (name !== 'email' && isFull(row) && !Object.hasOwn(row.fields, name)) continue;
    put(row.fields, name, later(own(row.fields, name), { value, ...stamp, knownAt: stamp.at }));
    if (name === 'email' && typeof value === 'string' && isLater(stamp, row.emailStamp)) {
      row.email = normaliseEmail(value);
      row.emailStamp = stamp;
    }
  }
  row.updatedAt = now;
}

const isFull = ({ id, fields }: VisitorRow): boolean =>
  isClaimed(id) && Object.keys(fields).length >= MOST_CLAIMED_FIELDS;

/** Two rows turn out to be one visitor: what `other` knows goes into `row`. */
export function mergeVisitor(row: VisitorRow, other: VisitorRow): void {
  for (const [name, value] of Object.entries(other.fields)) put(row.fields, name, later(own(row.fields, name), value));
  if (other.emailStamp && isLater(other.emailStamp, row.emailStamp)) {
    row.email = other.email;
    row.emailStamp = other.emailStamp;
  }
}

function later(current: FieldValue | undefined, next: FieldValue): FieldValue {
  if (!current) return next;
  return { ...(isLater(next, current) ? next : current), knownAt: Math.min(current.knownAt, next.knownAt) };
}

/** When each field of the visitor was first known (epoch ms), by name; `email` among them. */
export const knownFields = (row: VisitorRow | undefined): Record<string, number> =>
  Object.fromEntries(Object.entries(row?.fields ?? {}).map(([name, { knownAt }]) => [name, knownAt]));

export const newMeeting = (workspaceId: string, id: string): MeetingRow => ({
  workspaceId,
  id,
  sessionId: null,
  conversationId: null,
  visitorId: null,
  details: { stamps: {} },
});

/** Takes a `meeting.*` event into the meeting: for each detail the latest (time, event id) wins. */
export function foldMeeting(row: MeetingRow, event: HubEvent): void {
  const details = event.data as Record<string, unknown>;
  const stamp = stampOf(event);
  const said: Record<string, unknown> = { status: event.type.slice('meeting.'.length) };
  for (const name of detailNames) if (!isBlank(details[name])) said[name] = details[name];
  for (const [name, value] of Object.entries(said)) {
    if (!isLater(stamp, row.details.stamps[name])) continue;
    (row.details as Record<string, unknown>)[name] = value;
    row.details.stamps[name] = stamp;
  }
  row.conversationId = event.data.conversationId ?? row.conversationId;
}
const detailNames = ['title', 'startTime', 'endTime', 'attendees', 'meetingTypeName', 'channel', 'location'] as const;

/** The attendee that a meeting is with: neither organizer nor owner. */
export function guestOf(details: MeetingDetails): string | undefined {
  const guest = details.attendees?.find(({ organizer, owner, email }) => !organizer && !owner && email);
  return guest?.email ? normaliseEmail(guest.email) : undefined;
}
