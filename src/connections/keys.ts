import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';

const keyBytes = 32;

/**
 * The keys for the vault: those of ENCRYPTION_KEYS in their order, then the key file's where there is one, so that moving
 * from the file to the setting loses nothing. Without ENCRYPTION_KEYS the file `encryption.key` under `directory` is made (mode 0600).
 * @throws Error naming ENCRYPTION_KEYS and what is wrong with it: absent in production, or one that is not 32 bytes in base64;
 * or where others than its owner may read the key file
 */
export async function loadKeys(from: {
  encryptionKeys?: string | undefined;
  directory: string;
  production: boolean;
}): Promise<Buffer[]> {
  const file = path.join(from.directory, 'encryption.key');
  if (from.encryptionKeys) return [...parseKeys(from.encryptionKeys), ...(await readKeyFile(file))];
  if (from.production) {
    throw new Error(
      'ENCRYPTION_KEYS must be set in production: one or more keys, comma-separated, each 32 bytes in base64 (for instance from `openssl rand -base64 32`).',
    );
  }
  await makeKeyFile(file);
  return readKeyFile(file);
}

function parseKeys(setting: string): Buffer[] {
  return setting.split(',').map((part, position) => {
    const key = keyFrom(part.trim());
    if (!key) throw new Error(`ENCRYPTION_KEYS: key number ${position + 1} is not 32 bytes in standard base64.`);
    return key;
  });
}

/** Buffer.from skips what is no base64; writing the bytes back shows whether it did. */
function keyFrom(text: string): Buffer | undefined {
  const key = Buffer.from(text, 'base64');
  return key.length === keyBytes && key.toString('base64') === text ? key : undefined;
}

async function readKeyFile(file: string): Promise<Buffer[]> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return [];
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new Error(
      `${file} can be read by others (mode ${(found.mode & 0o777).toString(8)}). Run: chmod 600 ${file}, and consider its key known.`,
    );
  }
  const key = keyFrom((await readFile(file, 'utf8')).trim());
  if (!key) throw new Error(`${file} does not hold a key of 32 bytes in base64.`);
  return [key];
}

/** Writes the file whole and then gives it its name, so that no other process ever reads half a key; the first one to do so wins. */
async function makeKeyFile(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  if (await stat(file).catch(() => undefined)) return;
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(keyBytes).toString('base64')}\n`);
    await handle.sync();
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}
