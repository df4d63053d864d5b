import {
  type ConversationFacts,
  type MeetingFacts,
  noFacts,
  type PounceFacts,
  type RequestFacts,
  type SessionFacts,
} from '../model/session.ts';
import { own, put } from './records.ts';
import { earliest, latest } from './stamps.ts';

/** Two moments of activity this near to each other, in ms, are one stretch. The clock's settings are whole minutes. */
const CLOSED_GAP = 60_000;

/**
 * Folds `delta` into `facts`, which is changed and handed back; `delta` stays as it is and shares nothing that changes. The
 * order of folds, and folding a thing twice, make no difference. Costs as much as the delta is large.
 */
export function foldInto(facts: SessionFacts, delta: SessionFacts): SessionFacts {
  facts.startedAt = smaller(facts.startedAt, delta.startedAt);
  facts.activity = joinStretches(facts.activity, delta.activity);
  if (delta.left.length > 0) facts.left = [...new Set([...facts.left, ...delta.left])].sort((a, b) => a - b);
  foldRecord(facts.ended, delta.ended, earliest);
  facts.emailAt = earliest(facts.emailAt, delta.emailAt);
  foldRecord(facts.fieldsAt, delta.fieldsAt, earliest);
  facts.userAgent = latest(facts.userAgent, delta.userAgent);
  facts.gaClientId = latest(facts.gaClientId, delta.gaClientId);
  foldRecord(facts.pages, delta.pages, (before, now) => before ?? now);
  foldRecord(facts.conversations, delta.conversations, foldConversation);
  foldRecord(facts.requests, delta.requests, joinRequests);
  foldRecord(facts.pounces, delta.pounces, joinPounces);
  foldRecord(facts.meetings, delta.meetings, joinMeetings);
  facts.experienceEnded = earliest(facts.experienceEnded, delta.experienceEnded);
  facts.newest = latest(facts.newest, delta.newest);
  return facts;
}

/** The facts of both together, as new facts: commutative, associative and idempotent. */
export function mergeFacts(first: SessionFacts, second: SessionFacts): SessionFacts {
  return foldInto(foldInto(noFacts(), first), second);
}

type Join<Value> = (before: Value | undefined, now: Value) => Value | undefined;

function foldRecord<Value>(record: Record<string, Value>, delta: Record<string, Value>, join: Join<Value>): void {
  for (const [key, now] of Object.entries(delta)) put(record, key, join(own(record, key), now) ?? now);
}

/** Changes the conversation in place: a long one must not be copied for each of its messages. */
function foldConversation(before: ConversationFacts | undefined, now: ConversationFacts): ConversationFacts {
  const facts: ConversationFacts = before ?? { messages: {} };
  facts.namedAt = earliest(facts.namedAt, now.namedAt);
  facts.startedAt = earliest(facts.startedAt, now.startedAt);
  facts.endedAt = earliest(facts.endedAt, now.endedAt);
  facts.experienceName = latest(facts.experienceName, now.experienceName);
  facts.url = latest(facts.url, now.url);
  facts.summary = latest(facts.summary, now.summary);
  foldRecord(facts.messages, now.messages, earliest);
  facts.clickedAt = earliest(facts.clickedAt, now.clickedAt);
  facts.rep = latest(facts.rep, now.rep);
  return facts;
}

const joinRequests = (before: RequestFacts = {}, now: RequestFacts): RequestFacts => ({
  requestedAt: earliest(before.requestedAt, now.requestedAt),
  answeredAt: earliest(before.answeredAt, now.answeredAt),
  answeredBy: latest(before.answeredBy, now.answeredBy),
});

const joinPounces = (before: PounceFacts = {}, now: PounceFacts): PounceFacts => ({
  sentAt: earliest(before.sentAt, now.sentAt),
  repliedAt: earliest(before.repliedAt, now.repliedAt),
  by: latest(before.by, now.by),
  conversationId: earliest(before.conversationId, now.conversationId),
});

const joinMeetings = (before: MeetingFacts = {}, now: MeetingFacts): MeetingFacts => ({
  offeredAt: earliest(before.offeredAt, now.offeredAt),
  bookedAt: earliest(before.bookedAt, now.bookedAt),
  conversationId: earliest(before.conversationId, now.conversationId),
});

/** Disjoint, ascending stretches that cover both, with every gap of a minute or less closed. */
function joinStretches(before: SessionFacts['activity'], now: SessionFacts['activity']): SessionFacts['activity'] {
  if (now.length === 0) return before;
  const joined: SessionFacts['activity'] = [];
  for (const [from, to] of [...before, ...now].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from - last[1] <= CLOSED_GAP) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

function smaller(before: number | undefined, now: number | undefined): number | undefined {
  if (before === undefined || now === undefined) return before ?? now;
  return Math.min(before, now);
}
