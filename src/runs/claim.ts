import type { EntityManager } from 'typeorm';
import { type Database, placeholders, type Transaction } from '../db/database.ts';
import { type StepRow, Steps } from '../db/entities.ts';
import { assignments } from '../db/save.ts';
import { columnsOf, entityOf, tableOf } from '../db/table.ts';

/** Proof that a step is ours for now. Whoever lost it changes nothing any more. */
export type Lease = { token: string; milliseconds: number };

/**
 * Takes steps that are due, each for one worker alone. A lease is measured by the database's clock, so that machines whose
 * clocks disagree agree on it; `now` (epoch ms) decides what is due.
 * @returns the steps taken; those that somebody else has, or that are not due, are left out
 */
export async function claim(database: Database, ids: string[], lease: Lease, now: number): Promise<StepRow[]> {
  if (ids.length === 0) return [];
  const table = tableOf(database.reader, Steps);
  const taken = await database.change(
    `UPDATE steps SET status = 'running', lease_token = $1, lease_until = ${database.clockSql('$2')} + $3
     WHERE id IN (SELECT id FROM steps WHERE status = 'ready' AND due_at <= $4 AND id IN (${placeholders(ids.length, 5)})
       ${database.skipLocked}) RETURNING ${columnsOf(table)}`,
    [lease.token, now, lease.milliseconds, now, ...ids],
  );
  return taken.map(row => entityOf<StepRow>(table, row));
}

export type StepChange = Partial<
  Pick<
    StepRow,
    | 'status'
    | 'tries'
    | 'dueAt'
    | 'intent'
    | 'unsettledUntil'
    | 'connectionId'
    | 'parkedFor'
    | 'input'
    | 'output'
    | 'error'
    | 'attempts'
    | 'notes'
    | 'finishedAt'
    | 'alertId'
  >
> & { keepLease?: boolean };

/**
 * Changes a step that we hold, and gives the lease back unless told to keep it.
 * @returns false where the lease was lost meanwhile (somebody else has the step, or it was cancelled): then nothing has changed
 */
export async function changeHeld(
  { manager, query }: Transaction,
  step: Pick<StepRow, 'id'>,
  token: string,
  change: StepChange,
): Promise<boolean> {
  const { sql, values } = heldUpdate(manager, step, token, change);
  return (await query(sql, values)).length === 1;
}

/** The same where nothing else is to change with it. */
export async function changeHeldAlone(
  { reader, change: run }: Database,
  step: Pick<StepRow, 'id'>,
  token: string,
  change: StepChange,
): Promise<boolean> {
  const { sql, values } = heldUpdate(reader, step, token, change);
  return (await run(sql, values)).length === 1;
}

function heldUpdate(
  manager: EntityManager,
  { id }: Pick<StepRow, 'id'>,
  token: string,
  { keepLease = false, ...change }: StepChange,
) {
  const row = keepLease ? change : { ...change, leaseToken: null, leaseUntil: null };
  const { sql, values } = assignments(manager, Steps, row);
  const [step, held] = [values.push(id), values.push(token)];
  return {
    sql: `UPDATE steps SET ${sql} WHERE id = $${step} AND lease_token = $${held} AND status = 'running' RETURNING id`,
    values,
  };
}
