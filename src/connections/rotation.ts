import type { Database } from '../db/database.ts';
import { keyIdOf, type Vault } from './vault.ts';

// A sealed value's row id (its associated data) is its table's primary key. OAuth states are left out: they live ten
// minutes, and one that no longer opens only asks the person to start again.
const tables = ['connections', 'keys'] as const;
const batch = 200;

/**
 * Looks at the start whether every key in use is loaded.
 * @throws Error naming the missing key ids and how many stored secrets wait for each
 */
export async function checkKeys(database: Database, vault: Vault): Promise<void> {
  const missing = new Map<string, number>();
  for (const table of tables) {
    const rows = await database.read<{ key_id: string; count: number }>(
      `SELECT ${keyIdOf('sealed')} AS key_id, COUNT(*) AS count FROM ${table} WHERE sealed IS NOT NULL GROUP BY 1`,
    );
    for (const { key_id, count } of rows) {
      if (!vault.keyIds.includes(key_id)) missing.set(key_id, (missing.get(key_id) ?? 0) + count);
    }
  }
  if (missing.size === 0) return;
  const list = [...missing].map(([keyId, count]) => `${keyId} (${count} stored ${count === 1 ? 'secret' : 'secrets'})`);
  throw new Error(
    `ENCRYPTION_KEYS lacks keys that are in use: ${list.join(', ')}. Loaded: ${vault.keyIds.join(', ')}. Add the missing ones after the first key; if they are lost, the connections sealed with them must be deleted and made anew.`,
  );
}

/**
 * Seals everything under the vault's first key. May run beside working processes, as long as all of them have that key loaded:
 * a row that changes meanwhile is taken up again.
 * @returns how many rows were sealed anew
 */
export async function rotate(database: Database, vault: Vault): Promise<number> {
  let rotated = 0;
  for (const table of tables) {
    for (;;) {
      const rows = await database.read<{ id: string; sealed: string }>(
        `SELECT id, sealed FROM ${table} WHERE sealed IS NOT NULL AND ${keyIdOf('sealed')} <> $1 ORDER BY id LIMIT ${batch}`,
        [vault.keyIds[0]],
      );
      if (rows.length === 0) break;
      const resealed = rows.map(row => ({ ...row, anew: vault.seal(vault.open(row.sealed, row.id), row.id) }));
      rotated += await database.write(async ({ query }) => {
        let done = 0;
        for (const { id, sealed, anew } of resealed) {
          const update = `UPDATE ${table} SET sealed = $1 WHERE id = $2 AND sealed = $3 RETURNING id`;
          done += (await query(update, [anew, id, sealed])).length;
        }
        return done;
      });
    }
  }
  return rotated;
}
