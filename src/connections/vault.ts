import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/**
 * Encrypts what must not lie in the database in clear: AES-256-GCM, the row's id as associated data, so that a ciphertext
 * moved to another row does not open. A sealed value reads `v1.<key id>.<base64url of iv, ciphertext, tag>`.
 */
export type Vault = {
  /** Ids of the loaded keys; the first one writes. */
  readonly keyIds: readonly string[];
  seal(plain: string, rowId: string): string;
  /** @throws UnknownKeyError where the key is not loaded; Error where the value was changed or belongs to another row */
  open(sealed: string, rowId: string): string;
  /** True where another key than the first one wrote it. */
  needsRotation(sealed: string): boolean;
};

export class UnknownKeyError extends Error {
  readonly keyId: string;
  constructor(keyId: string) {
    super(
      `A stored secret was encrypted with key ${keyId}, which is not loaded. Add that key to ENCRYPTION_KEYS (any place but the first).`,
    );
    this.name = 'UnknownKeyError';
    this.keyId = keyId;
  }
}

const version = 'v1';
const ivBytes = 12;
const tagBytes = 16;

/** SQL expressions on a `sealed` column: the id of the key that wrote it. Beside the format, so that the two cannot drift. */
export const keyIdOf = (column: string): string => `substr(${column}, ${version.length + 2}, 12)`;

/** Twelve hex digits that name a key and tell nothing about it. */
const idOf = (key: Buffer): string => createHmac('sha256', key).update('baton key id').digest('hex').slice(0, 12);

/**
 * @param keys 32 bytes each, the first one writes, all of them open
 */
export function createVault(keys: readonly Buffer[]): Vault {
  const byId = new Map(keys.map(key => [idOf(key), key]));
  const keyIds = [...byId.keys()];
  const [first] = keyIds;
  if (first === undefined) throw new Error('The vault needs a key.');
  return {
    keyIds,
    seal(plain, rowId) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', byId.get(first)!, iv, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(rowId));
      const body = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${first}.${body.toString('base64url')}`;
    },
    open(sealed, rowId) {
      const { keyId, body } = parse(sealed);
      const key = byId.get(keyId);
      if (!key) throw new UnknownKeyError(keyId);
      const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, ivBytes), { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(rowId));
      decipher.setAuthTag(body.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(body.subarray(ivBytes, -tagBytes)), decipher.final()]).toString('utf8');
      } catch {
        throw new Error(`The stored secret of ${rowId} does not open: it was changed, or belongs to another row.`);
      }
    },
    needsRotation: sealed => parse(sealed).keyId !== first,
  };
}

function parse(sealed: string): { keyId: string; body: Buffer } {
  const [, keyId, encoded] = /^v1\.([0-9a-f]{12})\.([A-Za-z0-9_-]+)$/.exec(sealed) ?? [];
  const body = Buffer.from(encoded ?? '', 'base64url');
  if (keyId === undefined || body.length < ivBytes + tagBytes) throw new Error('This is no value sealed by the vault.');
  return { keyId, body };
}
