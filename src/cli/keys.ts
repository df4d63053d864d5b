import { readConfig } from '../config.ts';
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
  const result = await rotated(world).catch(cause => {
    throw new CommandError(cause instanceof Error ? cause.message : String(cause), { cause });
  });
  show(world, options, result, ({ rotated, keyId }) => [
    rotated === 0
      ? `Everything is sealed with the key ${keyId} already.`
      : `${rotated} stored ${rotated === 1 ? 'secret is' : 'secrets are'} now sealed with the key ${keyId}. Older keys may be taken out of ENCRYPTION_KEYS.`,
  ]);
}

async function rotated({ environment }: World): Promise<{ keyId: string | undefined; rotated: number }> {
  const { databaseUrl, dataDirectory, encryptionKeys, production } = readConfig('migrate', environment);
  const vault = createVault(await loadKeys({ encryptionKeys, directory: dataDirectory, production }));
  const database = await openDatabase(databaseUrl ? { url: databaseUrl } : { directory: dataDirectory });
  try {
    await checkKeys(database, vault);
    return { keyId: vault.keyIds[0], rotated: await rotate(database, vault) };
  } finally {
    await database.close();
  }
}
