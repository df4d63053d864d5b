import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type ConnectionRow, Connections } from '../db/entities.ts';
import type { ConnectionRef } from './store.ts';

/** A right to refresh that this process holds. `interrupted`: whoever held it last never gave it back. */
export type Lease = { token: string; row: ConnectionRow; interrupted: boolean };

/**
 * Takes the right to refresh one connection's credential, which one process at a time may hold.
 * @param token a fresh random value that names the holder
 * @param holdMs how long the right lasts; longer than the call it is taken for
 * @returns the lease with the row as it is now, or undefined where another process holds it or the connection is not active
 */
export async function takeLease(
  { database, clock }: { database: Database; clock: Clock },
  { id, workspaceId }: ConnectionRef,
  token: string,
  holdMs: number,
): Promise<Lease | undefined> {
  return database.write(async transaction => {
    const now = await leaseTime(database, transaction, clock);
    const before = await transaction.manager.findOneBy(Connections, { id, workspaceId });
    const taken = await transaction.query(
      `UPDATE connections SET refresh_token = $1, refresh_until = $2
       WHERE id = $3 AND workspace_id = $4 AND status = 'active' AND (refresh_until IS NULL OR refresh_until <= $5) RETURNING id`,
      [token, now + holdMs, id, workspaceId, now],
    );
    if (!before || taken.length === 0) return undefined;
    const row = await transaction.manager.findOneByOrFail(Connections, { id, workspaceId });
    return { token, row, interrupted: before.refreshToken !== null };
  });
}

/** Gives the right back, where it is still ours. */
export async function releaseLease(database: Database, { row, token }: Lease): Promise<void> {
  await database.write(({ query }) =>
    query('UPDATE connections SET refresh_token = NULL, refresh_until = NULL WHERE id = $1 AND refresh_token = $2', [
      row.id,
      token,
    ]),
  );
}

/**
 * On SQLite the only other holder can have been a process that is dead, so at the start all leases end at once. The name of
 * the holder stays, to tell that a refresh was cut short.
 */
export async function endDeadLeases(database: Database): Promise<void> {
  if (database.kind !== 'sqlite') return;
  await database.write(({ query }) =>
    query('UPDATE connections SET refresh_until = NULL WHERE refresh_token IS NOT NULL'),
  );
}

/** Hosts' clocks differ, so where several share a database its clock decides. */
async function leaseTime(database: Database, { query }: Transaction, clock: Clock): Promise<number> {
  if (database.kind === 'sqlite') return clock.now();
  const [row] = await query<{ now: number }>('SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint AS now');
  return row!.now;
}
