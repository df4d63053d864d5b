import * as z from 'zod';

/** Every event type carries this prefix on the wire; inside the hub we use the short name after it. */
export const TYPE_PREFIX = 'com.qualified.';

const text = z.string();
const id = z.string().min(1).max(255);
/** RFC 3339: a date, a time and an offset (`Z` or `+02:00`). */
export const rfc3339 = z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time such as 2026-11-20T10:11:12Z' });

const visitor = z.looseObject({ email: text.max(320).nullish(), fields: z.record(text, z.unknown()).nullish() });

/** What every event's data may carry, whatever its type. `visitor` updates what is known of the visitor. */
const common = {
  sessionId: id.nullish(),
  visitorId: id.nullish(),
  conversationId: id.nullish(),
  visitor: visitor.nullish(),
};
const data = <Shape extends z.ZodRawShape>(shape: Shape) =>
  // A spread of a type parameter is typed as an intersection, in which an id that `shape` requires would come out undefined.
  z.looseObject({ ...common, ...shape } as Omit<typeof common, keyof Shape> & Shape);

const attendee = z.looseObject({
  name: text.nullish(),
  email: text.nullish(),
  organizer: z.boolean().nullish(),
  owner: z.boolean().nullish(),
});
const utm = z.looseObject({
  source: text.nullish(),
  medium: text.nullish(),
  campaign: text.nullish(),
  term: text.nullish(),
  content: text.nullish(),
});
const meeting = { meetingId: id, startTime: rfc3339.nullish(), endTime: rfc3339.nullish() };
const email = {
  email: text.min(3).max(320),
  subject: text.nullish(),
  body: text.nullish(),
  senderEmail: text.nullish(),
  sentAt: rfc3339.nullish(),
  campaignName: text.nullish(),
};
const user = { userId: id.nullish(), userEmail: text.nullish() };

export const senderTypes = ['visitor', 'user', 'experience', 'ai_profile'] as const;
/** Who wrote a message: the visitor, a live rep (`user`), a rules-based bot (`experience`) or an AI SDR (`ai_profile`). */
export type SenderType = (typeof senderTypes)[number];

/** One schema per event type: `data` of the CloudEvent. Unknown properties are kept. Shapes: the events table in docs/events.md. */
export const eventData = {
  'session.started': data({ sessionId: id, userAgent: text.nullish(), gaClientId: text.nullish() }),
  'session.ended': data({ sessionId: id }),
  'visitor.left': data({}),
  'page.viewed': data({ url: text.min(1), title: text.nullish(), referrer: text.nullish(), utm: utm.nullish() }),
  'visitor.updated': data({ visitor }),
  'conversation.started': data({
    conversationId: id,
    experienceName: text.nullish(),
    url: text.nullish(),
    summary: text.nullish(),
  }),
  'message.sent': data({
    conversationId: id,
    messageId: id,
    senderType: z.enum(senderTypes),
    senderName: text.nullish(),
    ...user,
    text: text.nullish(),
  }),
  'experience.interacted': data({ conversationId: id, label: text.nullish() }),
  'experience.ended': data({ experienceName: text.nullish() }),
  'conversation.ended': data({ conversationId: id, summary: text.nullish() }),
  'pounce.sent': data({ pounceId: id, automatic: z.boolean(), ...user }),
  'pounce.replied': data({ pounceId: id, automatic: z.boolean() }),
  'chat.requested': data({ requestId: id, requestedBy: z.enum(['visitor', 'ai_profile']) }),
  'chat.answered': data({ requestId: id, ...user }),
  'meeting.offered': data({ meetingId: id, meetingTypeName: text.nullish(), channel: text.nullish() }),
  'meeting.booked': data({
    ...meeting,
    title: text.nullish(),
    attendees: z.array(attendee).nullish(),
    meetingTypeName: text.nullish(),
    channel: text.nullish(),
    location: text.nullish(),
  }),
  'meeting.rescheduled': data(meeting),
  'meeting.canceled': data(meeting),
  'meeting.no_show': data(meeting),
  'email.sent': data(email),
  'email.unsubscribed': data(email),
} as const;

export type EventType = keyof typeof eventData;
export const eventTypes = Object.keys(eventData) as EventType[];
export type EventData<Type extends EventType> = z.infer<(typeof eventData)[Type]>;

/**
 * One accepted event as the hub keeps it. Times are epoch milliseconds; (`source`, `id`) is unique in a workspace.
 * `time` is when it happened, `receivedAt` when the hub took it in.
 */
export type HubEvent<Type extends EventType = EventType> = {
  [T in EventType]: {
    id: string;
    source: string;
    type: T;
    time: number;
    receivedAt: number;
    data: EventData<T>;
    /** It came from an import or a poll: such a session never ends by the clock. */
    imported?: boolean;
    /** The key that brought it may start `immediately` workflows however old the occasion is. */
    anyAge?: boolean;
  };
}[Type];

/** The CloudEvents 1.0 form of an event, as templates see it (`event.id`, `event.data.x`) and as `/v1/events` lists it. */
export function toCloudEvent(event: HubEvent) {
  return {
    specversion: '1.0',
    id: event.id,
    source: event.source,
    type: TYPE_PREFIX + event.type,
    time: new Date(event.time).toISOString(),
    data: event.data,
  };
}
