import { type EntityManager, In } from 'typeorm';
import type { Transaction } from '../db/database.ts';
import {
  type ConversationRow,
  Conversations,
  type EventRow,
  type MeetingRow,
  Meetings,
  type SessionRow,
  Sessions,
  type VisitorRow,
  Visitors,
} from '../db/entities.ts';
import { findAll, heldSql } from '../db/find.ts';
import { saveAll } from '../db/save.ts';
import { noFacts } from '../model/session.ts';
import { newMeeting, newVisitor } from './visitors.ts';

/**
 * The sessions, visitors, conversations and meetings that a batch of events touches: read once, changed in memory,
 * written once, all in the caller's transaction.
 */
export class SessionBook {
  readonly workspaceId: string;
  readonly transaction: Transaction;
  readonly now: number;
  readonly sessions = new Map<string, SessionRow>();
  readonly visitors = new Map<string, VisitorRow>();
  readonly conversations = new Map<string, ConversationRow>();
  readonly meetings = new Map<string, MeetingRow>();
  readonly #absent = new Set<string>();

  constructor(transaction: Transaction, workspaceId: string, now: number) {
    this.transaction = transaction;
    this.workspaceId = workspaceId;
    this.now = now;
  }

  /** Reads what the events name, and the sessions of their conversations and the visitors of those. */
  async load(rows: EventRow[]): Promise<void> {
    await this.loadConversations(rows.map(row => row.conversationId));
    const links = [...this.conversations.values()];
    await this.loadSessions([...rows.map(named), ...links.map(link => link.sessionId)]);
    const sessions = [...this.sessions.values()];
    await this.loadVisitors([
      ...rows.map(row => row.visitorId),
      ...links.map(link => link.visitorId),
      ...sessions.map(session => session.visitorId),
      ...rows.map(named).map(id => id && anonymous(id)),
    ]);
    for (const row of await this.#missing(
      this.meetings,
      Meetings,
      rows.map(row => row.meetingId),
    )) {
      this.meetings.set(row.id, row);
    }
  }

  async loadConversations(ids: Ids): Promise<void> {
    for (const row of await this.#missing(this.conversations, Conversations, ids)) this.conversations.set(row.id, row);
  }
  async loadSessions(ids: Ids): Promise<void> {
    for (const row of await this.#missing(this.sessions, Sessions, ids)) this.sessions.set(row.id, row);
  }
  async loadVisitors(ids: Ids): Promise<void> {
    for (const row of await this.#missing(this.visitors, Visitors, ids)) this.visitors.set(row.id, row);
  }

  /** Every session of these visitors, read where it is not in the book yet. */
  async loadSessionsOf(visitorIds: string[]): Promise<void> {
    const rows = await this.#manager.find(Sessions, {
      where: { workspaceId: this.workspaceId, visitorId: In(visitorIds) },
    });
    for (const row of rows) if (!this.sessions.has(row.id)) this.sessions.set(row.id, row);
  }

  session(id: string, event: { time: number; imported: number }): SessionRow {
    const known = this.sessions.get(id);
    if (known) return known;
    const row: SessionRow = {
      workspaceId: this.workspaceId,
      id,
      visitorId: null,
      facts: noFacts(),
      seen: [],
      notes: [],
      imported: event.imported,
      loose: 0,
      startedAt: event.time,
      endedAt: null,
      endedHow: null,
      lastArrivalAt: 0,
      dueAt: null,
    };
    this.sessions.set(id, row);
    return row;
  }
  visitor(id: string): VisitorRow {
    return getOrMake(this.visitors, id, () => newVisitor(this.workspaceId, id, this.now));
  }
  conversation(id: string): ConversationRow {
    const empty = { workspaceId: this.workspaceId, id, sessionId: null, visitorId: null, stamp: null };
    return getOrMake(this.conversations, id, () => empty);
  }
  meeting(id: string): MeetingRow {
    return getOrMake(this.meetings, id, () => newMeeting(this.workspaceId, id));
  }

  /** Writes every row of the book. */
  async save(changed: { sessions: Iterable<SessionRow>; visitors: Iterable<VisitorRow> }): Promise<void> {
    await saveAll(this.transaction, Sessions, [...changed.sessions]);
    await saveAll(this.transaction, Visitors, [...changed.visitors]);
    await saveAll(this.transaction, Conversations, [...this.conversations.values()]);
    await saveAll(this.transaction, Meetings, [...this.meetings.values()]);
  }

  get #manager(): EntityManager {
    return this.transaction.manager;
  }

  async #missing<Row extends { workspaceId: string; id: string }>(
    have: Map<string, Row>,
    entity: typeof Sessions | typeof Visitors | typeof Conversations | typeof Meetings,
    ids: Ids,
  ): Promise<Row[]> {
    const kind = entity.options.name;
    const wanted = [...new Set(ids)].filter(
      (id): id is string => !!id && !have.has(id) && !this.#absent.has(`${kind}:${id}`),
    );
    if (wanted.length === 0) return [];
    for (const id of wanted) this.#absent.add(`${kind}:${id}`);
    const where = { workspaceId: this.workspaceId, id: wanted };
    return findAll<Row>(this.#manager, entity as never, where as never, heldSql(this.#manager));
  }
}

type Ids = (string | null | undefined)[];

/** The session that an event names itself. */
export const named = (row: EventRow): string | null => (row.data as { sessionId?: string | null }).sessionId ?? null;

/** Stands in for the visitor of a session that has not said who it is. */
export const anonymous = (sessionId: string): string => `session:${sessionId}`;

function getOrMake<Row>(rows: Map<string, Row>, id: string, make: () => Row): Row {
  const known = rows.get(id);
  if (known) return known;
  const row = make();
  rows.set(id, row);
  return row;
}
