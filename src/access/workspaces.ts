import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { Keys, VisitorFields, Workspaces } from '../db/entities.ts';
import type { KeyStore } from './keys.ts';
import { startFields } from './visitor-fields.ts';

export const DEFAULT_WORKSPACE = 'default';

/**
 * Makes the default workspace with its visitor fields where it is not there yet. Safe to call at every start, also by
 * several processes at once.
 */
export async function ensureDefaultWorkspace(database: Database, clock: Clock): Promise<void> {
  const workspaceId = DEFAULT_WORKSPACE;
  await database.write(async ({ manager, query }) => {
    const made = await query(
      'INSERT INTO workspaces (id, name, settings, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id',
      [workspaceId, 'Default', '{}', clock.now()],
    );
    if (made.length > 0)
      await manager.insert(
        VisitorFields,
        startFields.map(field => ({ ...field, workspaceId })),
      );
  });
}

/**
 * Makes the first admin key where the workspace has none in use and the configuration fixes none.
 * @returns the token, to be printed once, or undefined where there is another way in
 */
export async function ensureAdminKey(
  database: Database,
  keys: KeyStore,
  fixedAdminToken: string | undefined,
): Promise<string | undefined> {
  if (fixedAdminToken) return undefined;
  const all = await database.reader.findBy(Keys, { workspaceId: DEFAULT_WORKSPACE, kind: 'admin' });
  if (all.some(key => key.revokedAt === null)) return undefined;
  const { token } = await keys.create(DEFAULT_WORKSPACE, { kind: 'admin', name: 'Made at the first start' });
  return token;
}

/** The ids of all workspaces. */
export const workspaceIds = async (database: Database): Promise<string[]> =>
  (await database.reader.find(Workspaces, { select: { id: true } })).map(row => row.id);
