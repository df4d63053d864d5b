import type { HubEvent } from '../../src/model/event.ts';

/** What the reference goes by: the settings, whether the session was imported, and until when (epoch ms) ends are judged. */
export type ReferenceRules = {
  idleMinutes: number;
  leftMinutes: number;
  imported: boolean;
  requiredFields: string[];
  knownElsewhere: string[];
  now: number;
};

/**
 * The occasions of session `s1` as `trigger timing key`, sorted, told from the product's description alone: put the events
 * in order, once each, and walk through them as if time passed. It shares no code with the product and is as slow as it likes.
 */
export function naiveOccasions(events: HubEvent[], rules: ReferenceRules): string[] {
  const occasions = new Set<string>();
  const past: HubEvent[] = [];
  let idleDue = Number.POSITIVE_INFINITY;
  let leftDue = Number.POSITIVE_INFINITY;
  let asleep = false;

  const endSession = () => {
    for (const found of startedByEnd(past)) occasions.add(found);
    idleDue = Number.POSITIVE_INFINITY;
    leftDue = Number.POSITIVE_INFINITY;
    asleep = true;
  };
  const letTimePassUntil = (instant: number) => {
    const due = Math.min(idleDue, leftDue);
    if (due < instant && due <= rules.now) endSession();
  };

  const story = inOrderOnce(events);
  while (story.length > 0) {
    const instant = story[0]!.time;
    letTimePassUntil(instant);
    const together: HubEvent[] = [];
    while (story[0]?.time === instant) together.push(story.shift()!);
    past.push(...together);
    if (together.some(isSomebodyThere)) {
      asleep = false;
      leftDue = Number.POSITIVE_INFINITY;
      if (!rules.imported) idleDue = instant + rules.idleMinutes * 60_000;
    }
    if (together.some(event => event.type === 'visitor.left') && !asleep && !rules.imported)
      leftDue = Math.min(leftDue, instant + rules.leftMinutes * 60_000);
    for (const found of startedAtOnce(past, rules)) occasions.add(found);
    if (together.some(event => event.type === 'session.ended')) endSession();
  }
  letTimePassUntil(Number.POSITIVE_INFINITY);
  return [...occasions].sort();
}

function inOrderOnce(events: HubEvent[]): HubEvent[] {
  const once: HubEvent[] = [];
  for (const event of events)
    if (!once.some(other => other.id === event.id && other.source === event.source)) once.push(event);
  const place = ({ time, id, source }: HubEvent) => `${String(time).padStart(16, '0')} ${id} ${source}`;
  return once.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

function isSomebodyThere({ type }: HubEvent): boolean {
  if (type.startsWith('email.')) return false;
  if (type.startsWith('meeting.')) return type === 'meeting.offered' || type === 'meeting.booked';
  return !['visitor.left', 'visitor.updated', 'session.ended'].includes(type);
}

/** What a conversation came to so far, read line by line. */
type Talk = { rep: boolean; aiSdr: boolean; rulesBot: boolean };

function readConversations(past: HubEvent[]): Map<string, Talk> {
  const names = past.flatMap(event => (event.data.conversationId ? [event.data.conversationId] : []));
  return new Map([...new Set(names)].map(name => [name, readConversation(past, name)]));
}

function readConversation(past: HubEvent[], name: string): Talk {
  const talk: Talk = { rep: false, aiSdr: false, rulesBot: false };
  const spoke = new Set<string>();
  for (const { type, data } of firstTellings(past)) {
    if (data.conversationId !== name) continue;
    if (type === 'experience.interacted') talk.rulesBot = true;
    if (type !== 'message.sent') continue;
    if (data.senderType === 'visitor' && spoke.has('experience') && !nothing(data.text)) talk.rulesBot = true;
    spoke.add(data.senderType);
    if (spoke.has('visitor') && spoke.has('user')) talk.rep = true;
    if (spoke.has('visitor') && spoke.has('ai_profile')) talk.aiSdr = true;
  }
  return talk;
}

/** Leaves out what was told before: the same message, the same request, the same pounce, under another event id. */
function firstTellings(past: HubEvent[]): HubEvent[] {
  const told = new Set<string>();
  return past.filter(({ type, data }) => {
    const subject = [data.messageId, data.requestId, data.pounceId].find(id => id !== undefined);
    if (subject === undefined) return true;
    const name = `${type} ${type === 'message.sent' ? data.conversationId : ''} ${subject}`;
    return !told.has(name) && told.add(name);
  });
}

function* startedAtOnce(past: HubEvent[], rules: ReferenceRules): Generator<string> {
  const talks = readConversations(past);
  for (const [name, { rep, aiSdr, rulesBot }] of talks) {
    if (rep) yield `conversation_with_rep immediately conversation:${name}`;
    if (rulesBot || aiSdr) yield `conversation_with_bot immediately conversation:${name}`;
    if (rep || rulesBot || aiSdr) yield `conversation_with_rep_or_bot immediately conversation:${name}`;
    if (aiSdr) yield `conversation_with_ai_sdr immediately conversation:${name}`;
  }
  for (const event of firstTellings(past)) {
    const { type, data } = event;
    if (type === 'pounce.sent')
      yield `${data.automatic ? 'auto_pounce_sent' : 'pounce_sent'} immediately pounce:${data.pounceId}`;
    if (type === 'pounce.replied')
      yield `${data.automatic ? 'auto_pounce_reply' : 'pounce_reply'} immediately pounce:${data.pounceId}`;
    if (type === 'chat.requested' && data.requestedBy === 'visitor')
      yield `inbound_chat_request immediately request:${data.requestId}`;
    if (type === 'chat.requested' && data.requestedBy === 'ai_profile')
      yield `inbound_chat_request_from_ai_sdr immediately request:${data.requestId}`;
    if (type === 'meeting.offered') yield `meeting_offered immediately meeting:${data.meetingId}`;
    if (type === 'meeting.booked') yield `meeting_booked immediately meeting:${data.meetingId}`;
  }
  if (!hasEmail(past)) return;
  const complete = rules.requiredFields.every(name => rules.knownElsewhere.includes(name) || hasField(past, name));
  const withRep = [...talks.values()].some(({ rep }) => rep);
  const moment = past.some(({ type }) => type === 'meeting.booked' || type === 'experience.ended');
  if (moment || (withRep && complete)) yield 'lead_captured immediately session:s1';
}

function* startedByEnd(past: HubEvent[]): Generator<string> {
  const talks = [...readConversations(past).values()];
  const rep = talks.some(talk => talk.rep);
  const aiSdr = talks.some(talk => talk.aiSdr);
  const rulesBot = talks.some(talk => talk.rulesBot);
  const after = (trigger: string) => `${trigger} after_conversation_ends session:s1`;
  if (rep) yield after('conversation_with_rep');
  if ((rulesBot || aiSdr) && !rep) yield after('conversation_with_bot');
  if (rep || rulesBot || aiSdr) yield after('conversation_with_rep_or_bot');
  if (aiSdr && !rulesBot && !rep) yield after('conversation_with_ai_sdr');
  if (someRequestMissed(past)) yield after('missed_inbound_chat_request');
  const types = past.map(({ type }) => type);
  if (types.includes('meeting.offered') && !types.includes('meeting.booked')) yield after('meeting_offered_not_booked');
  if (hasEmail(past)) yield 'lead_captured immediately session:s1';
}

function someRequestMissed(past: HubEvent[]): boolean {
  const told = firstTellings(past);
  return told.some((request, index) => {
    if (request.type !== 'chat.requested') return false;
    const { requestId, conversationId } = request.data;
    const answered = past.some(({ type, data }) => type === 'chat.answered' && data.requestId === requestId);
    const repCame = told
      .slice(index + 1)
      .some(
        ({ type, data }) =>
          type === 'message.sent' && data.senderType === 'user' && data.conversationId === conversationId,
      );
    return !answered && !repCame;
  });
}

const nothing = (value: unknown) => String(value ?? '').trim() === '';
const hasEmail = (past: HubEvent[]) => past.some(({ data }) => !nothing(data.visitor?.email));
const hasField = (past: HubEvent[], name: string) =>
  past.some(({ data }) => !nothing(data.visitor?.fields?.[name])) || (name === 'email' && hasEmail(past));
