import { loadKeys } from '../connections/keys.ts';
import { checkKeys, rotate } from '../connections/rotation.ts';
import { createVault } from '../connections/vault.ts';
import { openDatabase } from '../db/database.ts';
import { CommandError, type GlobalOptions, show, type World } from './world.ts';

/**
 * Seals every stored secret under the first of ENCRYPTION_KEYS, right in the database (DATABASE_URL, else the file under DATA_DIR).
 * On SQLite the hub must be stopped; on PostgreSQL it may run, if it has the key loaded.
 */
export async function rotateKeys(world: World, options: GlobalOptions): Promise<void> {
  const { DATABASE_URL, DATA_DIR, ENCRYPTION_KEYS, NODE_ENV } = world.environment;
  const directory = DATA_DIR || './data';
  const production = NODE_ENV === 'production';
  try {
    const vault = createVault(await loadKeys({ encryptionKeys: ENCRYPTION_KEYS || undefined, directory, production }));
    const database = await openDatabase(DATABASE_URL ? { url: DATABASE_URL } : { directory });
    try {
      await checkKeys(database, vault);
      const result = { keyId: vault.keyIds[0], rotated: await rotate(database, vault) };
      show(world, options, result, ({ rotated, keyId }) => [
        rotated === 0
          ? `Everything is sealed with the key ${keyId} already.`
          : `${rotated} stored ${rotated === 1 ? 'secret is' : 'secrets are'} now sealed with the key ${keyId}. Older keys may be taken out of ENCRYPTION_KEYS.`,
      ]);
    } finally {
      await database.close();
    }
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
