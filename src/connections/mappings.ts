import type { Database } from '../db/database.ts';
import { FieldMappings } from '../db/entities.ts';
import type { Connector, FieldMapping } from '../sdk/index.ts';

/** What an admin has said goes into which field, by object of the vendor. Objects that nobody has touched stand at the connector's defaults. */
export type MappingStore = {
  /** The workspace's own. */
  own(workspaceId: string, connector: string): Promise<Record<string, FieldMapping[]>>;
  /** What is in effect. */
  inEffect(workspaceId: string, connector: Connector): Promise<Record<string, FieldMapping[]>>;
  /** Replaces the mappings of the objects given, each whole; null goes back to the defaults. */
  replace(
    workspaceId: string,
    connector: string,
    changes: Record<string, FieldMapping[] | null>,
    now: number,
  ): Promise<void>;
};

export function createMappingStore(database: Database): MappingStore {
  const own: MappingStore['own'] = async (workspaceId, connector) => {
    const rows = await database.reader.findBy(FieldMappings, { workspaceId, connector });
    return Object.fromEntries(rows.map(row => [row.object, row.mappings]));
  };
  return {
    own,
    async inEffect(workspaceId, { id, mappable }) {
      if (!mappable) return {};
      const changed = await own(workspaceId, id);
      return Object.fromEntries(mappable.objects.map(({ name, defaults }) => [name, changed[name] ?? defaults]));
    },
    replace: (workspaceId, connector, changes, now) =>
      database.write(async ({ manager, query }) => {
        for (const [object, mappings] of Object.entries(changes)) {
          if (mappings === null) await manager.delete(FieldMappings, { workspaceId, connector, object });
          else
            await query(
              `INSERT INTO field_mappings (workspace_id, connector, object, mappings, updated_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (workspace_id, connector, object)
               DO UPDATE SET mappings = excluded.mappings, updated_at = excluded.updated_at`,
              [workspaceId, connector, object, JSON.stringify(mappings), now],
            );
        }
      }),
  };
}
