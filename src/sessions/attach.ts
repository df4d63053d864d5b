import { In } from 'typeorm';
import { placeholders } from '../db/database.ts';
import { type EventRow, Events, type SessionRow } from '../db/entities.ts';
import { byTime, foldAll, hubEvent } from '../events/rows.ts';
import type { Settings } from '../model/session.ts';
import { anonymous, named, type SessionBook } from './book.ts';
import { isOpenAt } from './clock.ts';
import { factsOf, foldInto } from './facts.ts';
import { mergeVisitor } from './visitors.ts';

/** How long after its arrival an event that names no session may still move to another one. */
const SETTLING_MS = 10 * 60_000;

/** Puts an event into its session's facts. */
export function take(session: SessionRow, row: EventRow): void {
  foldInto(session.facts, factsOf(hubEvent(row)));
  session.startedAt = Math.min(session.startedAt, row.time);
  session.lastArrivalAt = Math.max(session.lastArrivalAt, row.receivedAt);
  row.sessionId = session.id;
}

/**
 * Finds the session of each event of a batch: the one it names, else its conversation's, else the visitor's open one, else
 * none; and folds it in. What earlier events turn out to belong elsewhere, now that more is known, moves.
 * @returns the sessions whose facts may have changed, and earlier events that joined or changed theirs
 */
export async function attach(
  book: SessionBook,
  rows: EventRow[],
  settings: Settings,
): Promise<{ touched: Set<SessionRow>; moved: Set<EventRow> }> {
  const touched = new Set<SessionRow>();
  const moved = new Set<EventRow>();
  const linked = rows.filter(row => linkConversation(book, row)).map(row => row.conversationId!);
  await book.loadSessions([...book.conversations.values()].map(link => link.sessionId));
  const refold = new Set<string>();

  for (const row of [...rows, ...(await strays(book, linked, rows))]) {
    const sessionId = named(row) ?? (row.conversationId && book.conversations.get(row.conversationId)?.sessionId);
    if (!sessionId) continue;
    if (row.status === 'planned') {
      if (row.sessionId === sessionId && row.attached === 'conversation') continue;
      if (row.sessionId && row.sessionId !== sessionId) refold.add(row.sessionId);
      moved.add(row);
    }
    row.attached = named(row) ? 'named' : 'conversation';
    const session = book.session(sessionId, row);
    take(session, row);
    meet(book, session, row.visitorId);
    touched.add(session);
  }

  await settleLoose(book, rows, settings, { touched, moved, refold });
  return { touched, moved };
}

/** A session learns whose it is; what was kept of its anonymous visitor goes to the real one. */
function meet(book: SessionBook, session: SessionRow, visitorId: string | null): void {
  if (!visitorId || session.visitorId === visitorId) return;
  if (session.visitorId) return;
  session.visitorId = visitorId;
  const before = book.visitors.get(anonymous(session.id));
  if (before) mergeVisitor(book.visitor(visitorId), before);
}

/** @returns whether the event changed which session or visitor its conversation belongs to */
function linkConversation(book: SessionBook, row: EventRow): boolean {
  if (!row.conversationId) return false;
  const link = book.conversation(row.conversationId);
  const sessionId = named(row);
  const before = `${link.sessionId} ${link.visitorId}`;
  link.visitorId ??= row.visitorId;
  const isFirst =
    !link.stamp || row.time < link.stamp.at || (row.time === link.stamp.at && row.eventId < link.stamp.id);
  if (sessionId && isFirst) {
    link.sessionId = sessionId;
    link.stamp = { at: row.time, id: row.eventId };
  }
  row.visitorId ??= link.visitorId;
  return before !== `${link.sessionId} ${link.visitorId}`;
}

/** Earlier events of these conversations that named no session themselves. */
async function strays(book: SessionBook, conversationIds: string[], batch: EventRow[]): Promise<EventRow[]> {
  if (conversationIds.length === 0) return [];
  const found = await book.transaction.manager.find(Events, {
    where: { workspaceId: book.workspaceId, conversationId: In([...new Set(conversationIds)]), status: 'planned' },
  });
  const inBatch = new Set(batch.map(row => row.seq));
  const rows = found.filter(row => row.attached !== 'named' && !inBatch.has(row.seq));
  for (const row of rows) row.visitorId ??= book.conversation(row.conversationId!).visitorId;
  return rows;
}

type Progress = { touched: Set<SessionRow>; moved: Set<EventRow>; refold: Set<string> };

/**
 * Events that name neither a session nor a conversation of one go to the visitor's session that was open at their time.
 * Because that depends on everything else known of the visitor, it is worked out anew, in order of happening, from the
 * events that name their session.
 */
async function settleLoose(
  book: SessionBook,
  batch: EventRow[],
  settings: Settings,
  progress: Progress,
): Promise<void> {
  const visitorIds = visitorsOf(batch, progress.touched);
  const earlier = await looseEvents(book, visitorIds);
  const loose = [...batch.filter(row => !row.attached && row.visitorId), ...earlier].sort(byTime);
  if (loose.length > 0) await book.loadSessionsOf([...new Set(loose.map(row => row.visitorId!))]);
  const moving = new Set(loose.map(row => row.seq));
  for (const session of book.sessions.values()) {
    const hasLoose = session.loose === 1 && visitorIds.includes(session.visitorId ?? '');
    if (hasLoose || progress.refold.has(session.id)) {
      await refold(book, session, moving, [...batch, ...progress.moved]);
      progress.touched.add(session);
    }
  }
  for (const row of loose) {
    const before = row.sessionId;
    const session = openSession(book, row, settings);
    row.attached = session ? 'visitor' : null;
    row.sessionId = session?.id ?? null;
    if (session) {
      take(session, row);
      session.loose = 1;
      progress.touched.add(session);
    }
    if (row.status === 'planned' && before !== row.sessionId) progress.moved.add(row);
  }
}

const visitorsOf = (batch: EventRow[], touched: Set<SessionRow>): string[] => [
  ...new Set(
    [...batch.map(row => row.visitorId), ...[...touched].map(session => session.visitorId)].filter(id => id !== null),
  ),
];

async function looseEvents(book: SessionBook, visitorIds: string[]): Promise<EventRow[]> {
  if (visitorIds.length === 0) return [];
  const rows = await book.transaction.query<{ seq: number }>(
    `SELECT seq FROM events WHERE workspace_id = $1 AND received_at >= $2 AND status = 'planned'
       AND (attached IS NULL OR attached = 'visitor') AND visitor_id IN (${placeholders(visitorIds.length, 3)})`,
    [book.workspaceId, book.now - SETTLING_MS, ...visitorIds],
  );
  if (rows.length === 0) return [];
  return book.transaction.manager.find(Events, { where: { seq: In(rows.map(row => row.seq)) } });
}

/** Folds a session anew from its stored events and those of this batch, without the ones that are being placed. */
async function refold(
  book: SessionBook,
  session: SessionRow,
  placing: Set<number>,
  current: EventRow[],
): Promise<void> {
  const stored = await book.transaction.manager.find(Events, {
    where: { workspaceId: book.workspaceId, sessionId: session.id, status: 'planned' },
  });
  const newer = new Map(current.map(row => [row.seq, row]));
  const rows = [...stored.filter(row => !newer.has(row.seq)), ...newer.values()];
  const kept = rows.filter(row => row.sessionId === session.id && row.attached && !placing.has(row.seq));
  session.facts = foldAll(kept);
  session.loose = kept.some(row => row.attached === 'visitor') ? 1 : 0;
}

function openSession(book: SessionBook, row: EventRow, settings: Settings): SessionRow | undefined {
  const open = [...book.sessions.values()].filter(
    session =>
      session.visitorId === row.visitorId && isOpenAt(session.facts, settings, row.time, session.imported === 1),
  );
  return open.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? -1 : 1))[0];
}
