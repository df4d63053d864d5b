import type { EventRow, SessionRow } from '../db/entities.ts';
import type { Occasion } from '../model/run.ts';
import type { SessionEnd, Settings } from '../model/session.ts';
import { occasionsOf } from '../workflows/triggers.ts';
import { anonymous, type SessionBook } from './book.ts';
import { sessionEnds } from './clock.ts';
import { knownFields } from './visitors.ts';

/** What this session has come to that was not handed to the workflows yet; and when to look at it again. */
export function newOccasions(book: SessionBook, session: SessionRow, settings: Settings): Occasion[] {
  const settledAt = session.lastArrivalAt + settings.lateEventSeconds * 1000;
  const settled = book.now >= settledAt;
  const ends = sessionEnds(session.facts, settings, { imported: session.imported === 1 });
  const past = ends.filter(end => end.at <= book.now);
  const upcoming = ends.find(end => end.at > book.now);
  const known = knownFields(book.visitors.get(session.visitorId ?? anonymous(session.id)));
  const occasions = occasionsOf(session.facts, {
    sessionId: session.id,
    ends: settled ? past : [],
    settings,
    knownFields: known,
  });
  session.dueAt = !settled && (past.length > 0 || session.loose === 1) ? settledAt : (upcoming?.at ?? null);
  if (session.dueAt !== null && !settled) session.dueAt = Math.max(session.dueAt, settledAt);
  if (settled) setEnd(session, past);
  const seen = new Set(session.seen);
  const fresh = occasions.filter(occasion => {
    if (seen.has(mark(occasion))) return false;
    return settled || session.loose === 0 || !occasion.key.startsWith('session:');
  });
  session.seen.push(...fresh.map(mark));
  return fresh;
}

/** What tells one occasion from every other. */
export const mark = (occasion: Occasion) => `${occasion.trigger}:${occasion.timing}:${occasion.key}`;

function setEnd(session: SessionRow, past: SessionEnd[]): void {
  const last = past.at(-1);
  const newest = session.facts.activity.at(-1)?.[1] ?? 0;
  const over = last && last.at >= newest;
  session.endedAt = over ? last.at : null;
  session.endedHow = over ? last.how : null;
}

/** Says on the session that something came after its end had been judged. */
export function noteLateArrival(book: SessionBook, row: EventRow): void {
  const id = (row.data as { sessionId?: string }).sessionId;
  const session = id ? book.sessions.get(id) : undefined;
  if (!session?.endedAt || row.time > session.endedAt || session.notes.length >= 20) return;
  session.notes.push(
    `${row.type} (${row.eventId}) happened before the session ended but arrived after its end had been judged`,
  );
}
