import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { ConnectionMemory } from '../db/entities.ts';
import { heldRows } from '../db/save.ts';
import type { InboundConnection } from '../sdk/inbound.ts';
import type { ConnectionRef } from './store.ts';

/** What inbound calls keep for a connection; actions read it back (`recall`). */
export function memoryOf(
  { database, clock }: { database: Database; clock: Clock },
  { id: connectionId, workspaceId }: ConnectionRef,
): InboundConnection['memory'] {
  const get = async (key: string): Promise<unknown> => {
    const row = await database.reader.findOneBy(ConnectionMemory, { connectionId, key, workspaceId });
    return row?.value;
  };
  return {
    get,
    async set(key, value) {
      await database.write(({ query }) =>
        query(
          `INSERT INTO connection_memory (connection_id, key, workspace_id, value, updated_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (connection_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
          [connectionId, key, workspaceId, JSON.stringify(value), clock.now()],
        ),
      );
    },
    async delete(key) {
      await database.write(({ manager }) => manager.delete(ConnectionMemory, { connectionId, key, workspaceId }));
    },
    async change(key, to) {
      // Most of what a vendor tells is known already, and then nothing is to be written.
      const seen = await get(key);
      if (isDeepStrictEqual(seen, to(seen))) return seen;
      return database.write(async ({ query, manager }) => {
        // There must be a row to hold, so that two who are the first at once see each other.
        await query(
          `INSERT INTO connection_memory (connection_id, key, workspace_id, value, updated_at) VALUES ($1, $2, $3, 'null', $4)
           ON CONFLICT (connection_id, key) DO NOTHING`,
          [connectionId, key, workspaceId, clock.now()],
        );
        const where = { connectionId, key, workspaceId };
        const row = await manager.findOne(ConnectionMemory, { where, ...heldRows(manager) });
        const value = to(row?.value ?? undefined);
        if (value === undefined) await manager.delete(ConnectionMemory, where);
        else await manager.update(ConnectionMemory, where, { value, updatedAt: clock.now() } as never);
        return value;
      });
    },
  };
}
