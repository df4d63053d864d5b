import type { Clock } from '../clock.ts';
import { type Database, placeholders, type Transaction } from '../db/database.ts';
import type { Bell } from '../queue/queue.ts';
import { bellOf } from './start.ts';

const MOST_RUNG = 500;

/** What a crash, a lost ring or the passing of time has left to do. */
export type Left = { bells: Bell[]; eventsWait: boolean; sessionsWait: boolean };

/**
 * Forgets what listeners will not ask for any more, takes back the steps of workers that fell silent, lets those go on that parked when their connection was just being made
 * again, and finds what is due and was not woken.
 */
export async function sweep(database: Database, clock: Clock): Promise<Left> {
  const now = clock.now();
  await database.write(async transaction => {
    await transaction.query(
      `UPDATE steps SET status = 'ready', lease_token = NULL, lease_until = NULL,
         due_at = CASE WHEN unsettled_until > $1 THEN unsettled_until ELSE $2 END
       WHERE status = 'running' AND lease_until < ${database.clockSql('$3')}`,
      [now, now, now],
    );
    await resumeConnected(transaction, now);
    await transaction.query('DELETE FROM feed WHERE expires_at <= $1', [now]);
  });
  const due = await database.read<{ id: string; tries: number; due_at: number }>(
    `SELECT id, tries, due_at FROM steps WHERE status = 'ready' AND due_at <= $1 ORDER BY due_at LIMIT ${MOST_RUNG}`,
    [now],
  );
  const waits = async (sql: string) => (await database.read(sql, [now])).length > 0;
  return {
    bells: due.map(row => bellOf({ id: row.id, tries: row.tries, dueAt: row.due_at })),
    eventsWait: await waits(`SELECT seq FROM events WHERE status = 'new' AND due_at <= $1 LIMIT 1`),
    sessionsWait: await waits('SELECT id FROM sessions WHERE due_at <= $1 LIMIT 1'),
  };
}

/** A step that parks in the moment in which its account is connected again is found parked by nobody else. */
async function resumeConnected(transaction: Transaction, now: number): Promise<void> {
  const resumed = await transaction.query<{ run_id: string }>(
    `UPDATE steps SET status = 'ready', parked_for = NULL, error = NULL,
       due_at = CASE WHEN unsettled_until > $1 THEN unsettled_until ELSE $2 END
     WHERE status = 'parked' AND EXISTS (
       SELECT 1 FROM connections c WHERE c.workspace_id = steps.workspace_id AND c.user_email IS NULL
         AND c.status = 'active' AND steps.parked_for = 'connection:' || c.connector)
     RETURNING run_id`,
    [now, now],
  );
  await resumeRuns(transaction, [...new Set(resumed.map(row => row.run_id))]);
}

/** Runs of which steps go on: those that wait for nothing else are under way again. What follows from an act on an alert is not what a run waits for. */
export async function resumeRuns({ query }: Transaction, runIds: string[]): Promise<void> {
  if (runIds.length === 0) return;
  await query(
    `UPDATE runs SET status = 'running' WHERE status = 'parked' AND id IN (${placeholders(runIds.length)})
       AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.run_id = runs.id AND s.status = 'parked'
         AND (s.definition IS NULL OR s.parent_id IS NOT NULL))`,
    runIds,
  );
}

/** On SQLite nobody else can hold a lease: those that are left belong to a process that died, and are void at once. */
export async function voidLeases(database: Database, clock: Clock): Promise<void> {
  if (database.kind !== 'sqlite') return;
  const now = clock.now();
  await database.write(async ({ query }) => {
    await query(
      `UPDATE steps SET status = 'ready', lease_token = NULL, lease_until = NULL,
         due_at = CASE WHEN unsettled_until > $1 THEN unsettled_until ELSE $2 END WHERE status = 'running'`,
      [now, now],
    );
    await query('UPDATE sources SET lease_token = NULL, lease_until = NULL');
    await query('DELETE FROM leases');
  });
}
