import type { Clock } from '../clock.ts';
import { type Database, placeholders } from '../db/database.ts';
import type { SourceRow } from '../db/entities.ts';
import { type ParsedItem, parseEvent } from '../events/cloudevent.ts';
import { type Arrival, insertEvents } from '../events/insert.ts';
import type { Log } from '../log.ts';
import { TYPE_PREFIX } from '../model/event.ts';
import type { Polled } from '../sdk/index.ts';
import type { SourcePoint } from './poller.ts';
import { giveBack, type HeldSource } from './rows.ts';

type StoreServices = {
  database: Database;
  clock: Clock;
  log: Log;
  ringPlanner(): void;
  reached(point: SourcePoint): void;
};

/** How soon a source is asked again that does not say when. */
const NEXT_POLL_MS = 5 * 60_000;
const IDS_A_QUERY = 1000;

class LostSource extends Error {}

/**
 * Stores what a poll brought, events and cursor in one transaction. An event that is none is left out and counted, and keeps
 * nobody else waiting.
 * @returns false where the source was lost meanwhile: then nothing has changed
 */
export async function storePolled(
  { database, clock, log, ringPlanner, reached }: StoreServices,
  held: HeldSource,
  origin: string,
  polled: Polled,
): Promise<boolean> {
  const now = clock.now();
  const { row } = held;
  const items = polled.events.map(({ type, ...event }) =>
    parseEvent({ specversion: '1.0', source: origin, type: TYPE_PREFIX + type, ...event }, now, true),
  );
  const arrivals = items.flatMap((item): Arrival[] =>
    'event' in item ? [{ workspaceId: row.workspaceId, event: { ...item.event, imported: true } }] : [],
  );
  const refused = items.filter(item => 'errors' in item);
  if (refused.length > 0)
    log.warn({ connection: row.connectionId, count: refused.length, first: refused[0] }, 'a source brought events that are none'); // biome-ignore format: short
  try {
    await database.write(async transaction => {
      const inserted = await insertEvents(transaction, arrivals);
      const change: Partial<SourceRow> = {
        ...stateAfter(row, polled, now),
        accepted: row.accepted + inserted.size,
        duplicates: row.duplicates + arrivals.length - inserted.size,
        rejected: row.rejected + refused.length,
        rejection: rejectionOf(refused.at(-1)) ?? row.rejection,
      };
      if (!(await giveBack(transaction, held, change))) throw new LostSource();
      reached('source written');
      transaction.afterCommit(() => reached('source stored'));
    });
  } catch (error) {
    if (error instanceof LostSource) return false;
    throw error;
  }
  if (arrivals.length > 0) ringPlanner();
  return true;
}

function stateAfter(row: SourceRow, { cursor, more, nextAt, progress, note }: Polled, now: number): Partial<SourceRow> {
  return {
    cursor: cursor ?? null,
    dueAt: more ? now : Math.max(now, nextAt ?? now + NEXT_POLL_MS),
    failures: 0,
    error: null,
    progress: progress ?? null,
    note: note ?? row.note,
    polledAt: now,
    caughtUpAt: more ? row.caughtUpAt : now,
  };
}

function rejectionOf(item: ParsedItem | undefined): string | undefined {
  if (!item || !('errors' in item)) return undefined;
  const mistakes = item.errors.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  return `${item.id ?? 'an event without an id'}: ${mistakes}`.slice(0, 1000);
}

/** Which of these events of a source are stored. */
export async function storedOf(
  database: Database,
  workspaceId: string,
  origin: string,
  ids: string[],
): Promise<Set<string>> {
  const stored = new Set<string>();
  for (let from = 0; from < ids.length; from += IDS_A_QUERY) {
    const some = ids.slice(from, from + IDS_A_QUERY);
    const rows = await database.read<{ event_id: string }>(
      `SELECT event_id FROM events WHERE workspace_id = $1 AND source = $2 AND event_id IN (${placeholders(some.length, 3)})`,
      [workspaceId, origin, ...some],
    );
    for (const row of rows) stored.add(row.event_id);
  }
  return stored;
}
