import type { SenderType } from './event.ts';

/**
 * What is known of one session. Everything is a set keyed by an entity's id, a smallest or largest time, or a single value
 * decided by (time, event id); so merging facts is commutative, associative and idempotent, and late, doubled and shuffled
 * events end in the same facts. What triggers read is decided by the first stamp, since only that lets the facts be cut at
 * the end of a session (`factsAsOf`); what is only shown is decided by the latest. All times are epoch milliseconds of when
 * a thing happened.
 */
export type SessionFacts = {
  startedAt?: number;
  /** When the visitor was active: disjoint intervals, ascending; gaps of a minute or less are closed. */
  activity: [from: number, to: number][];
  /** Times of `visitor.left`, ascending. */
  left: number[];
  /** Explicit `session.ended`, by their time in epoch ms. */
  ended: Record<string, Stamp>;
  /** First event of this session that brought an e-mail, and the first per visitor field with a value (`email` too). */
  emailAt?: Stamp;
  fieldsAt: Record<string, Stamp>;
  userAgent?: Latest<string>;
  gaClientId?: Latest<string>;
  /** By the event that reported the view, as a JSON array of source and id. */
  pages: Record<string, PageView>;
  conversations: Record<string, ConversationFacts>;
  requests: Record<string, RequestFacts>;
  pounces: Record<string, PounceFacts>;
  meetings: Record<string, MeetingFacts>;
  experienceEnded?: Stamp;
  /** The newest event of the session, by (time, id). */
  newest?: Stamp;
};

export type EventRef = { source: string; id: string };
/** When, and by which event. Of two stamps the earlier or later one is decided by (at, id, source). */
export type Stamp = { at: number } & EventRef;
/** A single value with the stamp of the event that set it: the latest stamp wins. */
export type Latest<T> = { value: T } & Stamp;
/** The same where the first stamp wins. */
export type First<T> = { value: T } & Stamp;
export type PageView = { url: string; title?: string; referrer?: string; utm?: Record<string, string> } & Stamp;
export type Person = { userId?: string; email?: string; name?: string };

export type ConversationFacts = {
  /** The first event of any type that named this conversation. */
  namedAt?: Stamp;
  startedAt?: Stamp;
  endedAt?: Stamp;
  experienceName?: Latest<string>;
  url?: Latest<string>;
  summary?: Latest<string>;
  /** By message id; of two events with the same message id the first wins. The text stays with the stored events. */
  messages: Record<string, { by: SenderType; hasText: boolean } & Stamp>;
  /** First click or choice in a rules-based bot. */
  clickedAt?: Stamp;
  /** The live rep who wrote last. */
  rep?: Latest<Person>;
};
export type RequestFacts = {
  requestedAt?: { by: 'visitor' | 'ai_profile'; conversationId?: string } & Stamp;
  answeredAt?: Stamp;
  answeredBy?: Latest<Person>;
};
/** Sending and answering each carry their own word on whether the pounce was automatic. */
export type PounceFacts = {
  sentAt?: { automatic: boolean } & Stamp;
  repliedAt?: { automatic: boolean } & Stamp;
  by?: Latest<Person>;
  conversationId?: First<string>;
};
export type MeetingFacts = { offeredAt?: Stamp; bookedAt?: Stamp; conversationId?: First<string> };

export const noFacts = (): SessionFacts => ({
  activity: [],
  left: [],
  ended: {},
  fieldsAt: {},
  pages: {},
  conversations: {},
  requests: {},
  pounces: {},
  meetings: {},
});

/** Workspace settings, by the names of the admin API. Minutes and seconds are whole numbers. */
export type Settings = {
  sessionIdleMinutes: number;
  sessionLeftMinutes: number;
  lateEventSeconds: number;
  immediateMaxAgeMinutes: number;
  requiredLeadFields: string[];
  defaultPushDestination: string | null;
  alertLifeMinutes: number;
  alertGroupMinutes: number;
  alertGroups: Record<string, string[]>;
  retentionDays: number | null;
};

export const defaultSettings: Settings = {
  sessionIdleMinutes: 60,
  sessionLeftMinutes: 5,
  lateEventSeconds: 5,
  immediateMaxAgeMinutes: 15,
  requiredLeadFields: ['email', 'last_name'],
  defaultPushDestination: null,
  alertLifeMinutes: 60,
  alertGroupMinutes: 5,
  alertGroups: {},
  retentionDays: null,
};

/** One way that a session came to an end: by `session.ended`, or because the clock ran out. */
export type SessionEnd = { at: number; how: 'ended' | 'left' | 'idle'; event?: EventRef };
