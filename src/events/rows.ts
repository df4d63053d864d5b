import type { EventRow } from '../db/entities.ts';
import type { EventType, HubEvent } from '../model/event.ts';
import { noFacts, type SessionFacts } from '../model/session.ts';
import { factsOf, foldInto } from '../sessions/facts.ts';

/** A stored row as the event that it keeps. Its data was validated when it came in. */
export const hubEvent = (row: EventRow): HubEvent =>
  ({
    id: row.eventId,
    source: row.source,
    type: row.type as EventType,
    time: row.time,
    receivedAt: row.receivedAt,
    data: row.data,
    imported: row.imported === 1,
    anyAge: row.anyAge === 1,
  }) as HubEvent;

/** Order of happening: by time, then by id and source, so that it is the same whatever the order of arrival. */
export const byTime = (a: EventRow, b: EventRow): number =>
  a.time - b.time || compare(a.eventId, b.eventId) || compare(a.source, b.source);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The facts of these events together, in whatever order they are given. */
export function foldAll(rows: EventRow[]): SessionFacts {
  const facts = noFacts();
  for (const row of rows) foldInto(facts, factsOf(hubEvent(row)));
  return facts;
}
