import type { SenderType } from './event.ts';

/**
 * What is known of one session. Everything is a set keyed by an entity's id, a smallest or largest time, or a single value
 * decided by the latest (time, event id); so merging facts is commutative, associative and idempotent, and late, doubled
 * and shuffled events end in the same facts. All times are epoch milliseconds of when a thing happened.
 */
export type SessionFacts = {
  startedAt?: number;
  /** When the visitor was active: disjoint intervals, ascending; gaps of a minute or less are closed. */
  activity: [from: number, to: number][];
  /** Times of `visitor.left`. */
  left: number[];
  /** Times of explicit `session.ended`, with the event that said so. */
  ended: Record<string, EventRef>;
  /** First time that an event of this session brought an e-mail, and first time per visitor field with a value. */
  emailAt?: Stamp;
  fieldsAt: Record<string, number>;
  userAgent?: Latest<string>;
  gaClientId?: Latest<string>;
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
export type PageView = { at: number; url: string; title?: string; referrer?: string; utm?: Record<string, string> };
export type Person = { userId?: string; email?: string; name?: string };

export type ConversationFacts = {
  startedAt?: Stamp;
  endedAt?: Stamp;
  experienceName?: Latest<string>;
  url?: Latest<string>;
  summary?: Latest<string>;
  /** By message id. The text stays with the stored events. */
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
export type PounceFacts = {
  automatic?: Latest<boolean>;
  sentAt?: Stamp;
  repliedAt?: Stamp;
  by?: Latest<Person>;
  conversationId?: string;
};
export type MeetingFacts = { offeredAt?: Stamp; bookedAt?: Stamp; conversationId?: string };

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
  retentionDays: null,
};

/** One way that a session came to an end: by `session.ended`, or because the clock ran out. */
export type SessionEnd = { at: number; how: 'ended' | 'left' | 'idle'; event?: EventRef };
