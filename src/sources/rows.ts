import type { Database, Transaction } from '../db/database.ts';
import { type ConnectionRow, type SourceRow, Sources } from '../db/entities.ts';
import { assignments } from '../db/save.ts';

/** Which source: the one of this connection. */
export type SourceRef = Pick<SourceRow, 'connectionId' | 'workspaceId'>;
/** A source that this process polls; `token` proves it. */
export type HeldSource = { row: SourceRow; token: string };

/** Polls a source at once: its connection has just been made, or made again. Makes the row where there is none. */
export async function wakeSource(
  { query }: Transaction,
  { id, workspaceId, connector }: Pick<ConnectionRow, 'id' | 'workspaceId' | 'connector'>,
  now: number,
): Promise<void> {
  await query(
    `INSERT INTO sources (connection_id, workspace_id, connector, due_at, created_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (connection_id) DO UPDATE SET due_at = excluded.due_at, failures = 0, error = NULL`,
    [id, workspaceId, connector, now, now],
  );
}

/** Connections that were there before their connector became a source. */
export async function adoptConnections(database: Database, connectors: string[], now: number): Promise<void> {
  for (const connector of connectors) {
    const without = await database.read<{ id: string; workspace_id: string }>(
      `SELECT id, workspace_id FROM connections c WHERE connector = $1 AND user_email IS NULL AND status = 'active'
       AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.connection_id = c.id)`,
      [connector],
    );
    for (const { id, workspace_id: workspaceId } of without)
      await database.write(transaction => wakeSource(transaction, { id, workspaceId, connector }, now));
  }
}

/** What is due and may be polled: nobody polls it, its connection works and is not paused. */
export async function dueSources(database: Database, now: number): Promise<SourceRef[]> {
  const rows = await database.read<{ connection_id: string; workspace_id: string }>(
    `SELECT s.connection_id, s.workspace_id FROM sources s
     JOIN connections c ON c.id = s.connection_id AND c.workspace_id = s.workspace_id
     WHERE s.due_at <= $1 AND c.status = 'active' AND (c.paused_until IS NULL OR c.paused_until <= $2)
       AND (s.lease_until IS NULL OR s.lease_until < ${database.clockSql('$3')})
     ORDER BY s.due_at`,
    [now, now, now],
  );
  return rows.map(row => ({ connectionId: row.connection_id, workspaceId: row.workspace_id }));
}

/**
 * Takes a source for this process, by the database's clock.
 * @returns undefined where somebody else polls it, or it is not due
 */
export function claimSource(
  database: Database,
  { connectionId, workspaceId }: SourceRef,
  lease: { token: string; milliseconds: number },
  now: number,
): Promise<HeldSource | undefined> {
  const clock = (parameter: string) => database.clockSql(parameter);
  return database.write(async ({ manager, query }) => {
    const taken = await query(
      `UPDATE sources SET lease_token = $1, lease_until = ${clock('$2')} + $3
       WHERE connection_id = $4 AND workspace_id = $5 AND due_at <= $6
         AND (lease_until IS NULL OR lease_until < ${clock('$7')}) RETURNING connection_id`,
      [lease.token, now, lease.milliseconds, connectionId, workspaceId, now, now],
    );
    if (taken.length === 0) return undefined;
    return { row: await manager.findOneByOrFail(Sources, { connectionId, workspaceId }), token: lease.token };
  });
}

/**
 * Changes a source that we hold and gives it back.
 * @returns false where it was lost meanwhile (the lease lapsed, or an admin began anew): then nothing has changed
 */
export async function giveBack(
  transaction: Transaction,
  { row, token }: HeldSource,
  change: Partial<SourceRow>,
): Promise<boolean> {
  const { sql, values } = assignments(transaction.manager, Sources, { ...change, leaseToken: null, leaseUntil: null });
  const [id, workspace, held] = [row.connectionId, row.workspaceId, token].map(value => `$${values.push(value)}`);
  const changed = await transaction.query(
    `UPDATE sources SET ${sql} WHERE connection_id = ${id} AND workspace_id = ${workspace} AND lease_token = ${held}
     RETURNING connection_id`,
    values,
  );
  return changed.length === 1;
}

/** Reads everything since then once more. Whoever polls at this moment has lost the source. */
export function restartSource(database: Database, row: SourceRef, since: number, now: number): Promise<void> {
  return database.write(async transaction => {
    const note = `Read once more from ${new Date(since).toISOString()} on, as an admin asked. What is there already stays as it is.`;
    const { sql, values } = assignments(transaction.manager, Sources, {
      cursor: null,
      since,
      note,
      dueAt: now,
      failures: 0,
      error: null,
      progress: null,
      caughtUpAt: null,
      leaseToken: null,
      leaseUntil: null,
    });
    const [id, workspace] = [row.connectionId, row.workspaceId].map(value => `$${values.push(value)}`);
    await transaction.query(
      `UPDATE sources SET ${sql} WHERE connection_id = ${id} AND workspace_id = ${workspace}`,
      values,
    );
  });
}
