import { digest, type Event, event, meetingEvents, personOf, withoutBlanks } from './events.ts';
import type { Conversation, Meeting, Message, Session } from './records.ts';

/** A session with all that hangs on it. Messages are newest first, as the API has them. */
export type WholeSession = {
  session: Session;
  conversations: Conversation[];
  messages: Message[];
  meetings: Meeting[];
};

/** The id of the event that ends a session: where that is stored, the whole session is. */
export const endOf = (session: Session): string => `session:${session.id}:ended`;

const senders = ['visitor', 'user', 'experience', 'ai_profile'] as const;

/**
 * A session as the events that it came from would have been, `session.ended` last. Messages of senders that Qualified cannot tell
 * (null) are left out: to guess would start workflows, or not, for the wrong reason. `unknown` is how many those were.
 */
export function sessionEvents(whole: WholeSession): { events: Event[]; unknown: number } {
  const { session, conversations, meetings } = whole;
  const { id: sessionId, visitorId } = session;
  const named = { sessionId, visitorId };
  const started = event(`session:${sessionId}:started`, 'session.started', session.createdAt, {
    ...named,
    userAgent: session.userAgent?.string,
  });
  const talks = conversations.map(conversation => conversationEvents(conversation, whole));
  const events = [...pageViews(session), ...talks.flatMap(talk => talk.events)].sort((a, b) => a.at - b.at);
  // To the second, so the last message may come out later than the end of what it belongs to.
  const endedAt = Math.max(session.endedAt, started.at, ...events.map(({ at }) => at));
  const offers = meetings.flatMap(meeting => meetingEvents(meeting, { id: sessionId, endedAt }));
  return {
    events: [
      started,
      ...[...events, ...offers].sort((a, b) => a.at - b.at),
      ...visitorAsOf(session, endedAt),
      event(endOf(session), 'session.ended', endedAt, named),
    ],
    unknown: talks.reduce((sum, talk) => sum + talk.unknown, 0),
  };
}

/**
 * What was known of the visitor. It names no session: the values may be today's, so they are no proof that this session collected
 * them.
 */
export function visitorAsOf(session: Session, at: number): Event[] {
  const visitor = session.visitor ? personOf(session.visitor) : {};
  if (Object.keys(visitor).length === 0) return [];
  const { visitorId } = session;
  return [event(`session:${session.id}:visitor:${digest(visitor)}`, 'visitor.updated', at, { visitorId, visitor })];
}

function pageViews({ id, visitorId, pageViews }: Session): Event[] {
  return pageViews
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map((view, number) => {
      const utm = withoutBlanks({
        source: view.utmSource,
        medium: view.utmMedium,
        campaign: view.utmCampaign,
        term: view.utmTerm,
        content: view.utmContent,
      });
      return event(`session:${id}:page:${number}`, 'page.viewed', view.createdAt, {
        sessionId: id,
        visitorId,
        url: view.baseUrl,
        referrer: view.referrer,
        ...(Object.keys(utm).length > 0 && { utm }),
      });
    });
}

function conversationEvents(
  { id, experienceName, createdAt, endedAt, userId }: Conversation,
  { session, messages }: WholeSession,
): { events: Event[]; unknown: number } {
  const named = { sessionId: session.id, visitorId: session.visitorId, conversationId: id };
  const own = inOrder(messages.filter(({ conversationId }) => conversationId === id));
  const said = own.flatMap(message => messageEvent(message, { named, experienceName, userId }) ?? []);
  const events = [
    event(`conversation:${id}:started`, 'conversation.started', createdAt, { ...named, experienceName }),
    ...said,
  ];
  if (typeof endedAt === 'number') {
    const at = Math.max(endedAt, ...said.map(each => each.at));
    if (experienceName)
      events.push(event(`conversation:${id}:experience-ended`, 'experience.ended', at, { ...named, experienceName }));
    events.push(event(`conversation:${id}:ended`, 'conversation.ended', at, named));
  }
  return { events, unknown: own.length - said.length };
}

/** Times are to the second; what was said in the same one is kept in its order by a millisecond each. */
function inOrder(newestFirst: Message[]): Message[] {
  const messages = newestFirst.toReversed().sort((a, b) => a.createdAt - b.createdAt);
  let last = Number.NEGATIVE_INFINITY;
  return messages.map(message => {
    last = Math.max(message.createdAt, last + 1);
    return { ...message, createdAt: last };
  });
}

type Talk = {
  named: Record<string, string>;
  experienceName: string | null | undefined;
  userId: string | null | undefined;
};

function messageEvent(message: Message, { named, experienceName, userId }: Talk): Event | undefined {
  const senderType = senders.find(sender => sender === message.senderType);
  if (!senderType) return undefined;
  const { id, text, senderName, createdAt } = message;
  // What a visitor sends to a bot without a word is a choice among those that it offers.
  if (senderType === 'visitor' && experienceName && !text?.trim())
    return event(`message:${id}`, 'experience.interacted', createdAt, named);
  return event(`message:${id}`, 'message.sent', createdAt, {
    ...named,
    messageId: id,
    senderType,
    senderName,
    text,
    ...(senderType === 'user' && { userId }),
  });
}
