import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { type KeyRow, Keys } from '../db/entities.ts';
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import { type Expiring, expiring } from './expiring.ts';

export type KeyKind = KeyRow['kind'];

/** Encrypts a text so that it opens only for the same row. */
export type Sealer = { seal(plain: string, rowId: string): string; open(sealed: string, rowId: string): string };

/** Who a credential belongs to. `keyId` is null for a fixed one of the configuration; `anyAge` lifts the age limit of `immediately`. */
export type KeyOwner = { workspaceId: string; keyId: string | null; kind: KeyKind; anyAge: boolean };
export type Signer = KeyOwner & { secret: string };
/** A site key as the pages use it: whose it is, and from which origins (src/sdk/origins.ts) it may be used. */
export type Site = { workspaceId: string; keyId: string; origins: string[] };

/** Fixed credentials of the configuration, for one workspace. */
export type FixedKeys = { workspaceId: string; adminToken?: string; ingestKey?: string };

export type KeyStore = {
  /** @returns whose token this is, from memory for a few seconds; undefined where nobody's, or revoked */
  find(token: string): Promise<KeyOwner | undefined>;
  /** The signing secrets in use, of every workspace: a signed request does not name one. */
  signers(): Promise<Signer[]>;
  /** @returns the site that this public key belongs to; undefined for an unknown or revoked one, and for a key of another kind */
  site(token: string): Promise<Site | undefined>;
  /**
   * Makes a key. `token` is what the program has to send (or sign with); only that of a site key, which is public, is ever shown again.
   * `origins` go with a site key and with no other.
   */
  create(
    workspaceId: string,
    key: { kind: KeyKind; name: string; anyAge?: boolean; origins?: string[] },
  ): Promise<{ key: KeyRow; token: string }>;
  /** Newest first, revoked ones included. */
  list(workspaceId: string): Promise<KeyRow[]>;
  /** @returns whether there was such a key in use */
  revoke(workspaceId: string, id: string): Promise<boolean>;
};

const CACHE_MS = 5000;
const USED_EVERY_MS = 60_000;
const prefixes = { admin: 'baton_admin_', ingest: 'baton_ingest_', signing: 'whsec_', site: 'baton_site_' } as const;

/** SHA-256, hex: all that is kept of a token. Looking one up by its hash tells nothing through its timing. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Keys of programs, kept in the database as hashes (signing secrets sealed). */
export function createKeyStore(deps: {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  fixed?: FixedKeys;
  log: Pick<Log, 'warn'>;
}): KeyStore {
  const { database, clock, sealer, log } = deps;
  const fixed = fixedOwners(deps.fixed);
  const owners = expiring<KeyOwner | undefined>(clock, CACHE_MS);
  const signers = expiring<Signer[]>(clock, CACHE_MS);
  const sites = expiring<Site | undefined>(clock, CACHE_MS);
  const used = createUsage(database, clock);

  const lookUp = async (hash: string): Promise<KeyOwner | undefined> => {
    const row = await database.reader.findOneBy(Keys, { hash });
    return row && row.revokedAt === null && row.kind !== 'signing' ? ownerOf(row) : undefined;
  };
  const lookUpSite = async (hash: string): Promise<Site | undefined> => {
    const row = await database.reader.findOneBy(Keys, { hash, kind: 'site' });
    if (!row || row.revokedAt !== null) return undefined;
    return { workspaceId: row.workspaceId, keyId: row.id, origins: row.origins ?? [] };
  };
  const allSigners = async (): Promise<Signer[]> => {
    const rows = await database.reader.findBy(Keys, { kind: 'signing' });
    return rows.filter(row => row.revokedAt === null && row.sealed !== null).flatMap(opened);
  };
  /** One secret that does not open, since its encryption key is gone, must not turn the others away. */
  const opened = (row: KeyRow): Signer[] => {
    try {
      return [{ ...ownerOf(row), secret: sealer.open(row.sealed!, row.id) }];
    } catch (err) {
      log.warn({ err, keyId: row.id }, 'a signing secret cannot be opened; what it signs is refused');
      return [];
    }
  };

  return {
    async find(token) {
      const hash = hashOf(token);
      const owner = fixed.get(hash) ?? (await owners.get(hash, () => lookUp(hash)));
      used(owner);
      return owner;
    },
    signers: () => signers.get('', allSigners),
    async site(token) {
      if (!token.startsWith(prefixes.site) || token.length > 64) return undefined;
      const hash = hashOf(token);
      const site = await sites.get(hash, () => lookUpSite(hash));
      used(site);
      return site;
    },
    async create(workspaceId, { kind, name, anyAge, origins }) {
      const id = newId();
      const token = prefixes[kind] + randomBytes(32).toString(kind === 'signing' ? 'base64' : 'base64url');
      const key: KeyRow = {
        id,
        workspaceId,
        kind,
        name,
        hash: hashOf(token),
        hint: `…${token.slice(-5)}`,
        sealed: kind === 'signing' ? sealer.seal(token, id) : null,
        publicToken: kind === 'site' ? token : null,
        origins: kind === 'site' ? (origins ?? []) : null,
        anyAge: anyAge ? 1 : 0,
        createdAt: clock.now(),
        lastUsedAt: null,
        revokedAt: null,
      };
      await database.write(({ manager }) => manager.insert(Keys, key));
      forget(owners, signers, sites);
      return { key, token };
    },
    list: workspaceId =>
      database.reader.find(Keys, { where: { workspaceId }, order: { createdAt: 'DESC', id: 'DESC' } }),
    async revoke(workspaceId, id) {
      const rows = await database.write(({ query }) =>
        query(
          'UPDATE keys SET revoked_at = $1 WHERE workspace_id = $2 AND id = $3 AND revoked_at IS NULL RETURNING id',
          [clock.now(), workspaceId, id],
        ),
      );
      forget(owners, signers, sites);
      return rows.length > 0;
    },
  };
}

const forget = (...caches: Pick<Expiring<unknown>, 'clear'>[]) => {
  for (const cache of caches) cache.clear();
};

const ownerOf = (row: KeyRow): KeyOwner => ({
  workspaceId: row.workspaceId,
  keyId: row.id,
  kind: row.kind,
  anyAge: row.anyAge === 1,
});

function fixedOwners(fixed: FixedKeys | undefined): Map<string, KeyOwner> {
  const owners = new Map<string, KeyOwner>();
  if (!fixed) return owners;
  const add = (kind: KeyKind, token: string | undefined) => {
    if (token) owners.set(hashOf(token), { workspaceId: fixed.workspaceId, keyId: null, kind, anyAge: false });
  };
  add('admin', fixed.adminToken);
  add('ingest', fixed.ingestKey);
  return owners;
}

/** Notes when a key was last used, once a minute at most. It is only for people to look at: a failure to note it is let go. */
function createUsage(database: Database, clock: Clock) {
  const noted = new Map<string, number>();
  return (owner: Pick<KeyOwner, 'workspaceId' | 'keyId'> | undefined): void => {
    const now = clock.now();
    if (!owner?.keyId || now - (noted.get(owner.keyId) ?? 0) < USED_EVERY_MS) return;
    noted.set(owner.keyId, now);
    const parameters = [now, owner.workspaceId, owner.keyId];
    database
      .write(({ query }) => query('UPDATE keys SET last_used_at = $1 WHERE workspace_id = $2 AND id = $3', parameters))
      .catch(() => undefined);
  };
}
