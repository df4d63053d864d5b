import type { EventType, HubEvent } from '../model/event.ts';
import {
  type ConversationFacts,
  type Latest,
  type MeetingFacts,
  noFacts,
  type PageView,
  type Person,
  type SessionFacts,
  type Stamp,
} from '../model/session.ts';
import { isBlank } from '../sdk/values.ts';
import { put } from './records.ts';

export { foldInto, mergeFacts } from './merge.ts';

/** Everything else says that somebody is there. */
const notActivity: ReadonlySet<EventType> = new Set<EventType>([
  'visitor.left',
  'session.ended',
  'visitor.updated',
  'meeting.rescheduled',
  'meeting.canceled',
  'meeting.no_show',
  'email.sent',
  'email.unsubscribed',
]);

/**
 * What one event tells of its session, whichever session that is: a delta for `foldInto` and `mergeFacts`. Blank values
 * (null, '', white space, empty lists) tell nothing.
 */
export function factsOf(event: HubEvent): SessionFacts {
  const stamp: Stamp = { at: event.time, source: event.source, id: event.id };
  return {
    ...noFacts(),
    newest: stamp,
    activity: notActivity.has(event.type) ? [] : [[event.time, event.time]],
    ...visitorFacts(event, stamp),
    ...namedConversation(event, stamp),
    ...ownFacts(event, stamp),
  };
}

function visitorFacts({ data: { visitor } }: HubEvent, stamp: Stamp): Pick<SessionFacts, 'emailAt' | 'fieldsAt'> {
  const fieldsAt: Record<string, Stamp> = {};
  for (const [name, value] of Object.entries(visitor?.fields ?? {})) if (!isBlank(value)) put(fieldsAt, name, stamp);
  if (isBlank(visitor?.email)) return { fieldsAt };
  put(fieldsAt, 'email', stamp);
  return { emailAt: stamp, fieldsAt };
}

function namedConversation({ data: { conversationId } }: HubEvent, stamp: Stamp): Partial<SessionFacts> {
  return conversationId ? conversation(conversationId, stamp, {}) : {};
}

/** The facts that only this type of event brings. */
function ownFacts(event: HubEvent, stamp: Stamp): Partial<SessionFacts> {
  switch (event.type) {
    case 'session.started':
      return {
        startedAt: stamp.at,
        userAgent: latestText(event.data.userAgent, stamp),
        gaClientId: latestText(event.data.gaClientId, stamp),
      };
    case 'session.ended':
      return { ended: { [stamp.at]: stamp } };
    case 'visitor.left':
      return { left: [stamp.at] };
    case 'page.viewed':
      return { pages: { [JSON.stringify([stamp.source, stamp.id])]: pageView(event, stamp) } };
    case 'conversation.started':
    case 'conversation.ended':
    case 'message.sent':
    case 'experience.interacted':
      return conversation(event.data.conversationId, stamp, conversationFacts(event, stamp));
    case 'experience.ended':
      return { experienceEnded: stamp };
    case 'pounce.sent':
    case 'pounce.replied':
      return pounceFacts(event, stamp);
    case 'chat.requested':
    case 'chat.answered':
      return requestFacts(event, stamp);
    case 'meeting.offered':
      return meeting(event, stamp, { offeredAt: stamp });
    case 'meeting.booked':
      return meeting(event, stamp, { bookedAt: stamp });
    default:
      return {};
  }
}

type EventOf<Type extends EventType> = Extract<HubEvent, { type: Type }>;

function conversationFacts(
  event: EventOf<'conversation.started' | 'conversation.ended' | 'message.sent' | 'experience.interacted'>,
  stamp: Stamp,
): Partial<ConversationFacts> {
  switch (event.type) {
    case 'conversation.started':
      return {
        startedAt: stamp,
        experienceName: latestText(event.data.experienceName, stamp),
        url: latestText(event.data.url, stamp),
        summary: latestText(event.data.summary, stamp),
      };
    case 'conversation.ended':
      return { endedAt: stamp, summary: latestText(event.data.summary, stamp) };
    case 'experience.interacted':
      return { clickedAt: stamp };
    case 'message.sent': {
      const { messageId, senderType, senderName, text } = event.data;
      return {
        messages: { [messageId]: { by: senderType, hasText: !isBlank(text), ...stamp } },
        rep: senderType === 'user' ? latestPerson({ ...event.data, name: senderName }, stamp) : undefined,
      };
    }
  }
}

function conversation(id: string, stamp: Stamp, known: Partial<ConversationFacts>): Partial<SessionFacts> {
  return { conversations: { [id]: { namedAt: stamp, messages: {}, ...known } } };
}

function pounceFacts({ type, data }: EventOf<'pounce.sent' | 'pounce.replied'>, stamp: Stamp): Partial<SessionFacts> {
  const told = { automatic: data.automatic, ...stamp };
  const facts = type === 'pounce.sent' ? { sentAt: told, by: latestPerson(data, stamp) } : { repliedAt: told };
  return { pounces: { [data.pounceId]: { ...facts, conversationId: firstNamed(data.conversationId, stamp) } } };
}

function requestFacts(event: EventOf<'chat.requested' | 'chat.answered'>, stamp: Stamp): Partial<SessionFacts> {
  const { requestId } = event.data;
  if (event.type === 'chat.answered')
    return { requests: { [requestId]: { answeredAt: stamp, answeredBy: latestPerson(event.data, stamp) } } };
  const { requestedBy, conversationId } = event.data;
  return {
    requests: {
      [requestId]: { requestedAt: { by: requestedBy, ...(conversationId ? { conversationId } : {}), ...stamp } },
    },
  };
}

function meeting(
  { data }: EventOf<'meeting.offered' | 'meeting.booked'>,
  stamp: Stamp,
  known: MeetingFacts,
): Partial<SessionFacts> {
  return { meetings: { [data.meetingId]: { ...known, conversationId: firstNamed(data.conversationId, stamp) } } };
}

function pageView({ data }: EventOf<'page.viewed'>, stamp: Stamp): PageView {
  const utm: Record<string, string> = {};
  for (const [name, value] of Object.entries(data.utm ?? {}))
    if (typeof value === 'string' && !isBlank(value)) put(utm, name, value);
  return {
    ...stamp,
    url: data.url,
    ...(data.title ? { title: data.title } : {}),
    ...(data.referrer ? { referrer: data.referrer } : {}),
    ...(Object.keys(utm).length > 0 ? { utm } : {}),
  };
}

function latestText(value: string | null | undefined, stamp: Stamp): Latest<string> | undefined {
  return value && !isBlank(value) ? { value, ...stamp } : undefined;
}

const firstNamed = latestText;

type Named = { userId?: string | null; userEmail?: string | null; name?: string | null };

/** Undefined where the event says nothing of who it was, so that a nameless message does not hide a rep who is known. */
function latestPerson({ userId, userEmail, name }: Named, stamp: Stamp): Latest<Person> | undefined {
  const value: Person = {};
  if (userId) value.userId = userId;
  if (userEmail && !isBlank(userEmail)) value.email = userEmail;
  if (name && !isBlank(name)) value.name = name;
  return Object.keys(value).length > 0 ? { value, ...stamp } : undefined;
}
