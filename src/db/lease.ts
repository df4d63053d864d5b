import { type Database, placeholders, type Transaction } from './database.ts';

/**
 * Takes the lease of `name` until `until` (epoch ms), unless somebody else holds one that has not lapsed at `now`.
 * @returns whether it is ours. The same token may take it again, which prolongs it.
 */
export async function takeLease(
  { query }: Transaction,
  lease: { name: string; token: string; until: number; now: number },
): Promise<boolean> {
  const taken = await query(
    `INSERT INTO leases (name, token, until) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET token = excluded.token, until = excluded.until
     WHERE leases.until <= $4 OR leases.token = excluded.token
     RETURNING name`,
    [lease.name, lease.token, lease.until, lease.now],
  );
  return taken.length === 1;
}

/** Gives a lease back; one that somebody else has taken over meanwhile stays theirs. */
export async function releaseLease({ query }: Transaction, lease: { name: string; token: string }): Promise<void> {
  await query('DELETE FROM leases WHERE name = $1 AND token = $2', [lease.name, lease.token]);
}

/** The same for several, whose names differ, in a transaction of its own. */
export async function releaseLeases(
  { change }: Pick<Database, 'change'>,
  leases: { name: string; token: string }[],
): Promise<void> {
  if (leases.length === 0) return;
  const names = placeholders(leases.length);
  const tokens = placeholders(leases.length, leases.length + 1);
  // Of these names each is held under its own token or a stranger's: no two of the holders swap theirs.
  await change(`DELETE FROM leases WHERE name IN (${names}) AND token IN (${tokens})`, [
    ...leases.map(({ name }) => name),
    ...leases.map(({ token }) => token),
  ]);
}
