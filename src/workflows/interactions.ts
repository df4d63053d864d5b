import type { SenderType } from '../model/event.ts';
import type { ConversationFacts, RequestFacts, SessionFacts, Stamp } from '../model/session.ts';
import { own } from '../sessions/records.ts';
import { earliest, isBefore, latest, type Moment } from '../sessions/stamps.ts';

/** The first message that such a sender wrote in the conversation. */
export function firstMessage(conversation: ConversationFacts, sender: SenderType): Stamp | undefined {
  return earliest(...Object.values(conversation.messages).filter(({ by }) => by === sender));
}

/** The message that made it an exchange: the visitor and such a sender have each sent at least one in the conversation. */
export function exchange(conversation: ConversationFacts, sender: 'user' | 'ai_profile'): Stamp | undefined {
  const visitor = firstMessage(conversation, 'visitor');
  const other = firstMessage(conversation, sender);
  return visitor && other && latest(visitor, other);
}

/** The first click in a rules-based bot, or the first text that the visitor wrote after a message of one. */
export function rulesBot(conversation: ConversationFacts): Stamp | undefined {
  const bot = firstMessage(conversation, 'experience');
  const answers = Object.values(conversation.messages).filter(
    message => bot && message.by === 'visitor' && message.hasText && isBefore(bot, message),
  );
  return earliest<Stamp>(conversation.clickedAt, ...answers);
}

/** The first interaction with a bot of either kind: rules-based, or an exchange with an AI SDR. */
export function anyBot(conversation: ConversationFacts): Stamp | undefined {
  return earliest(rulesBot(conversation), exchange(conversation, 'ai_profile'));
}

/** The first interaction with a live rep or a bot of either kind. */
export function anybody(conversation: ConversationFacts): Stamp | undefined {
  return earliest(exchange(conversation, 'user'), anyBot(conversation));
}

/** The first time in the session that a conversation came to this. */
export function inAnyConversation(
  { conversations }: SessionFacts,
  find: (conversation: ConversationFacts) => Stamp | undefined,
): Stamp | undefined {
  return earliest(...Object.values(conversations).map(find));
}

/**
 * Whether a live rep was asked for and did not come: no `chat.answered` for the request, and no later message by a rep in
 * the conversation that the request names. A request that names none is answered by `chat.answered` alone.
 */
export function isMissed({ requestedAt, answeredAt }: RequestFacts, { conversations }: SessionFacts): boolean {
  if (!requestedAt || answeredAt) return false;
  const conversation = requestedAt.conversationId && own(conversations, requestedAt.conversationId);
  if (!conversation) return true;
  return !Object.values(conversation.messages).some(message => message.by === 'user' && isBefore(requestedAt, message));
}

/**
 * When everything had come together that captures a lead in a conversation with a rep: an exchange, and a value for every
 * required field. `knownFields` holds when (epoch ms) the visitor's fields were first known from elsewhere.
 */
export function completeWithRep(
  facts: SessionFacts,
  required: string[],
  knownFields: Record<string, number>,
): Moment | undefined {
  const withRep = inAnyConversation(facts, conversation => exchange(conversation, 'user'));
  const known = required.map(name => fieldKnown(name, facts, knownFields));
  if (!withRep || known.includes(undefined)) return undefined;
  return latest<Moment>(withRep, ...known);
}

function fieldKnown(name: string, facts: SessionFacts, knownFields: Record<string, number>): Moment | undefined {
  const elsewhere = own(knownFields, name);
  return earliest<Moment>(own(facts.fieldsAt, name), elsewhere === undefined ? undefined : { at: elsewhere });
}

/** The conversation in which something happened last, of what is timed `until` (epoch ms) or earlier. */
export function latestConversation({ conversations }: SessionFacts, until: number): string | undefined {
  return latestOf(conversations, until, ({ namedAt, clickedAt, messages }) => [
    namedAt,
    clickedAt,
    ...Object.values(messages),
  ]);
}

/** The meeting that was last offered or booked, of what is timed `until` (epoch ms) or earlier. */
export function latestMeeting({ meetings }: SessionFacts, until: number): string | undefined {
  return latestOf(meetings, until, ({ offeredAt, bookedAt }) => [offeredAt, bookedAt]);
}

function latestOf<Entity>(
  entities: Record<string, Entity>,
  until: number,
  stampsOf: (entity: Entity) => (Stamp | undefined)[],
): string | undefined {
  const touched = Object.entries(entities).map(([entityId, entity]) => {
    const last = latest(...stampsOf(entity).filter(stamp => stamp && stamp.at <= until));
    return last && { ...last, entityId };
  });
  return latest(...touched)?.entityId;
}
