import type { Transaction } from '../db/database.ts';
import type { HubEvent } from '../model/event.ts';

/** An event on its way into a workspace. */
export type Arrival = { workspaceId: string; event: HubEvent };

/** Rows of one statement: twelve parameters each, well below what the drivers take. */
export const MOST_ROWS = 1000;

/** What makes an event the same as another one. */
export const identityOf = ({ workspaceId, event: { source, id } }: Arrival): string =>
  identity(workspaceId, source, id);
const identity = (workspaceId: string, source: string, id: string) => JSON.stringify([workspaceId, source, id]);

/**
 * Stores events in their order; a repeat of (`source`, `id`) changes nothing.
 * @returns the identities that were stored, by `identityOf`
 */
export async function insertEvents(transaction: Transaction, arrivals: Arrival[]): Promise<Set<string>> {
  const inserted = new Set<string>();
  for (let from = 0; from < arrivals.length; from += MOST_ROWS) {
    for (const each of await insert(transaction, arrivals.slice(from, from + MOST_ROWS))) inserted.add(each);
  }
  return inserted;
}

async function insert({ query }: Transaction, arrivals: Arrival[]): Promise<string[]> {
  const values: unknown[] = [];
  const rows = arrivals.map(({ workspaceId, event }) => {
    const { data } = event;
    const cells = [
      workspaceId,
      event.source,
      event.id,
      event.type,
      event.time,
      event.receivedAt,
      JSON.stringify(data),
      event.imported ? 1 : 0,
      event.anyAge ? 1 : 0,
      data.visitorId ?? null,
      data.conversationId ?? null,
      'meetingId' in data ? data.meetingId : null,
    ];
    return `(${cells.map(cell => `$${values.push(cell)}`).join(', ')})`;
  });
  const written = await query<{ workspace_id: string; source: string; event_id: string }>(
    `INSERT INTO events (workspace_id, source, event_id, type, time, received_at, data, imported, any_age,
       visitor_id, conversation_id, meeting_id)
     VALUES ${rows.join(', ')} ON CONFLICT (workspace_id, source, event_id) DO NOTHING
     RETURNING workspace_id, source, event_id`,
    values,
  );
  return written.map(row => identity(row.workspace_id, row.source, row.event_id));
}
