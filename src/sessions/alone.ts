import type { EventRow } from '../db/entities.ts';
import { Events } from '../db/entities.ts';
import { byTime, foldAll } from '../events/rows.ts';
import type { Occasion } from '../model/run.ts';
import type { Settings } from '../model/session.ts';
import { occasionsOf } from '../workflows/triggers.ts';
import type { SessionBook } from './book.ts';
import { mark } from './evaluate.ts';
import { knownFields } from './visitors.ts';

/** Occasions of events that belong to no session: of their conversation as far as it stands alone, or of themselves. */
export async function standAlone(book: SessionBook, rows: EventRow[], settings: Settings) {
  const found: { occasion: Occasion; visitorId: string | null }[] = [];
  const done = new Map<string, EventRow[]>();
  for (const row of rows.filter(row => !row.sessionId).sort(byTime)) {
    const before = row.conversationId ? (done.get(row.conversationId) ?? (await aloneBefore(book, row, rows))) : [];
    if (row.conversationId) done.set(row.conversationId, [...before, row]);
    const known = knownFields(row.visitorId ? book.visitors.get(row.visitorId) : undefined);
    const occasionsAfter = (events: EventRow[]) =>
      occasionsOf(foldAll(events), { sessionId: undefined, ends: [], settings, knownFields: known });
    const earlier = new Set(occasionsAfter(before).map(mark));
    for (const occasion of occasionsAfter([...before, row])) {
      if (!earlier.has(mark(occasion))) found.push({ occasion, visitorId: row.visitorId });
    }
  }
  return found;
}

async function aloneBefore(book: SessionBook, row: EventRow, batch: EventRow[]): Promise<EventRow[]> {
  const inBatch = new Set(batch.map(other => other.seq));
  const stored = await book.transaction.manager.find(Events, {
    where: { workspaceId: book.workspaceId, conversationId: row.conversationId!, status: 'planned' },
  });
  return stored.filter(other => !other.sessionId && !inBatch.has(other.seq));
}
