import type {
  ConversationFacts,
  EventRef,
  MeetingFacts,
  PounceFacts,
  RequestFacts,
  SessionEnd,
  SessionFacts,
  Settings,
} from '../model/session.ts';
import type { AdminTrigger, Timing, TriggerType } from '../model/workflow.ts';
import { factsAsOf } from '../sessions/as-of.ts';
import { earliest, type Moment } from '../sessions/stamps.ts';
import {
  anyBot,
  anybody,
  completeWithRep,
  exchange,
  firstMessage,
  inAnyConversation,
  isMissed,
  rulesBot,
} from './interactions.ts';

/** All that the triggers of one session look at. `knownFields`: when (epoch ms) the visitor's fields were first known from elsewhere. */
export type Scope = {
  facts: SessionFacts;
  /** The ends of the session that are judged. */
  ends: SessionEnd[];
  settings: Pick<Settings, 'requiredLeadFields'>;
  knownFields: Record<string, number>;
};

/** One thing that a trigger asks for, as a sentence; `moment` is when it came true, where it is something that happened. */
export type Check = { condition: string; met: boolean; moment?: Moment };

/**
 * One conversation, pounce, request, meeting or session that may be an occasion: it is one when all its checks are met.
 * `id` is the entity's (absent for the session itself), `end` the end at which the session was judged.
 */
export type Candidate = { id?: string; checks: Check[]; end?: Moment };

/** Never empty: where there is nothing to look at, one candidate says what is missing. */
export type TriggerRule = (scope: Scope) => Candidate[];

/** A rule that looks at each entity of a kind on its own. `none` is one of which nothing is known. */
function each<Entity>(
  kind: (facts: SessionFacts) => Record<string, Entity>,
  none: Entity,
  checks: (entity: Entity) => Check[],
): TriggerRule {
  return ({ facts }) => {
    const candidates = Object.entries(kind(facts)).map(([id, entity]) => ({ id, checks: checks(entity) }));
    return candidates.length > 0 ? candidates : [{ checks: checks(none) }];
  };
}

const eachConversation = (checks: (conversation: ConversationFacts) => Check[]) =>
  each(facts => facts.conversations, { messages: {} }, checks);
const eachPounce = (checks: (pounce: PounceFacts) => Check[]) => each(facts => facts.pounces, {}, checks);
const eachRequest = (checks: (request: RequestFacts) => Check[]) => each(facts => facts.requests, {}, checks);
const eachMeeting = (checks: (meeting: MeetingFacts) => Check[]) => each(facts => facts.meetings, {}, checks);

/** A rule over what was known of the session at each of its ends. */
function atEnd(checks: (facts: SessionFacts) => Check[]): TriggerRule {
  return ({ facts, ends }) => {
    if (ends.length === 0) return [{ checks: [sessionEnded(undefined), ...checks(facts)] }];
    return ends.map(({ at, event }) => {
      const known = factsAsOf(facts, at);
      const end = endMoment(at, event, known);
      return { end, checks: [sessionEnded(end), ...checks(known)] };
    });
  };
}

const happened = (condition: string, moment: Moment | undefined): Check => ({ condition, met: !!moment, moment });
const holds = (condition: string, met: boolean): Check => ({ condition, met });
const when = <M extends Moment>(moment: M | undefined, test: (moment: M) => boolean) =>
  moment && test(moment) ? moment : undefined;

const sessionEnded = (end: Moment | undefined) => happened('the session has ended', end);

/** An end with the event that brought it; for an end by the clock that is the newest event of what was `known` by then. */
function endMoment(at: number, event: EventRef | undefined, known: SessionFacts): Moment {
  const { source, id } = event ?? known.newest ?? {};
  return { at, source, id };
}

const conversationWithRep = eachConversation(conversation => [
  happened('the visitor sent a message', firstMessage(conversation, 'visitor')),
  happened('a live rep sent a message in the same conversation', firstMessage(conversation, 'user')),
]);
const conversationWithAiSdr = eachConversation(conversation => [
  happened('the visitor sent a message', firstMessage(conversation, 'visitor')),
  happened('an AI SDR sent a message in the same conversation', firstMessage(conversation, 'ai_profile')),
]);
const conversationWithBot = eachConversation(conversation => [
  happened(
    'the visitor clicked in a rules-based bot, wrote text after a message of one, or exchanged messages with an AI SDR',
    anyBot(conversation),
  ),
]);
const conversationWithAnybody = eachConversation(conversation => [
  happened(
    'the visitor exchanged messages with a live rep or an AI SDR, or clicked or wrote in a rules-based bot',
    anybody(conversation),
  ),
]);

const withRep = (facts: SessionFacts) => inAnyConversation(facts, conversation => exchange(conversation, 'user'));
const withAiSdr = (facts: SessionFacts) =>
  inAnyConversation(facts, conversation => exchange(conversation, 'ai_profile'));
const noRep = (facts: SessionFacts) =>
  holds('the visitor and a live rep exchanged no messages in the whole session', !withRep(facts));

const sessionWithRep = atEnd(facts => [
  happened('the visitor and a live rep exchanged messages in a conversation of the session', withRep(facts)),
]);
const sessionWithBotOnly = atEnd(facts => [
  happened(
    'the visitor interacted with a rules-based bot or exchanged messages with an AI SDR in the session',
    inAnyConversation(facts, anyBot),
  ),
  noRep(facts),
]);
const sessionWithAnybody = atEnd(facts => [
  happened(
    'the visitor exchanged messages with a live rep or an AI SDR, or interacted with a rules-based bot, in the session',
    inAnyConversation(facts, anybody),
  ),
]);
const sessionWithAiSdrOnly = atEnd(facts => [
  happened('the visitor and an AI SDR exchanged messages in a conversation of the session', withAiSdr(facts)),
  holds('the visitor interacted with no rules-based bot in the whole session', !inAnyConversation(facts, rulesBot)),
  noRep(facts),
]);

const pounceSent = (automatic: boolean) =>
  eachPounce(({ sentAt }) => [
    happened(
      automatic ? 'an automatic pounce was sent' : "a rep's pounce was sent",
      when(sentAt, sent => sent.automatic === automatic),
    ),
  ]);
const pounceReply = (automatic: boolean) =>
  eachPounce(({ repliedAt }) => [
    happened(
      automatic ? 'the visitor answered an automatic pounce' : "the visitor answered a rep's pounce",
      when(repliedAt, replied => replied.automatic === automatic),
    ),
  ]);
const chatRequested = (by: 'visitor' | 'ai_profile') =>
  eachRequest(({ requestedAt }) => [
    happened(
      by === 'visitor' ? 'the visitor asked for a live rep' : 'an AI SDR routed the conversation to a live rep',
      when(requestedAt, requested => requested.by === by),
    ),
  ]);

const missedRequest = atEnd(facts => {
  const requests = Object.values(facts.requests);
  return [
    happened('a live rep was asked for in the session', earliest(...requests.map(({ requestedAt }) => requestedAt))),
    holds(
      'a request was never answered: no chat.answered for it, and no later message by a live rep in its conversation',
      requests.some(request => isMissed(request, facts)),
    ),
  ];
});

const offered = (facts: SessionFacts) => earliest(...Object.values(facts.meetings).map(({ offeredAt }) => offeredAt));
const booked = (facts: SessionFacts) => earliest(...Object.values(facts.meetings).map(({ bookedAt }) => bookedAt));
const offeredNotBooked = atEnd(facts => [
  happened('a meeting was offered in the session', offered(facts)),
  holds('no meeting was booked in the session', !booked(facts)),
]);

function leadChecks({ facts, ends, settings, knownFields }: Scope): Check[] {
  const { emailAt } = facts;
  const endsWithEmail = ends.filter(({ at }) => emailAt && emailAt.at <= at);
  const required = settings.requiredLeadFields;
  return [
    happened('an event of this session brought an e-mail', emailAt),
    happened(
      `one of these: a meeting was booked; ${withRepAndFields(required)}; an Experience ended; the session ended after the e-mail had come`,
      earliest<Moment>(
        booked(facts),
        completeWithRep(facts, required, knownFields),
        facts.experienceEnded,
        ...endsWithEmail.map(({ at, event }) => endMoment(at, event, factsAsOf(facts, at))),
      ),
    ),
  ];
}
const withRepAndFields = (required: string[]) =>
  required.length === 0
    ? 'a live rep and the visitor exchanged messages'
    : `a live rep and the visitor exchanged messages and all required fields are known (${required.join(', ')})`;
const leadCaptured: TriggerRule = scope => [{ checks: leadChecks(scope) }];

const rules: Record<TriggerType, Partial<Record<Timing, TriggerRule>>> = {
  conversation_with_rep: { immediately: conversationWithRep, after_conversation_ends: sessionWithRep },
  conversation_with_bot: { immediately: conversationWithBot, after_conversation_ends: sessionWithBotOnly },
  conversation_with_rep_or_bot: { immediately: conversationWithAnybody, after_conversation_ends: sessionWithAnybody },
  conversation_with_ai_sdr: { immediately: conversationWithAiSdr, after_conversation_ends: sessionWithAiSdrOnly },
  pounce_sent: { immediately: pounceSent(false) },
  pounce_reply: { immediately: pounceReply(false) },
  auto_pounce_sent: { immediately: pounceSent(true) },
  auto_pounce_reply: { immediately: pounceReply(true) },
  inbound_chat_request: { immediately: chatRequested('visitor') },
  inbound_chat_request_from_ai_sdr: { immediately: chatRequested('ai_profile') },
  missed_inbound_chat_request: { after_conversation_ends: missedRequest },
  lead_captured: { immediately: leadCaptured },
  meeting_offered: {
    immediately: eachMeeting(({ offeredAt }) => [happened('a meeting was offered', offeredAt)]),
  },
  meeting_booked: { immediately: eachMeeting(({ bookedAt }) => [happened('a meeting was booked', bookedAt)]) },
  meeting_offered_not_booked: { after_conversation_ends: offeredNotBooked },
};

/** What starts this trigger at this timing. Throws for a timing that the trigger does not have. */
export function ruleOf({ type, timing }: AdminTrigger): TriggerRule {
  const rule = rules[type][timing];
  if (!rule) throw new Error(`trigger ${type} has no timing ${timing}`);
  return rule;
}
