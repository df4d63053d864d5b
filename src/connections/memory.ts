import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { ConnectionMemory } from '../db/entities.ts';
import type { InboundConnection } from '../sdk/inbound.ts';
import type { ConnectionRef } from './store.ts';

/** What inbound calls keep for a connection; actions read it back (`recall`). */
export function memoryOf(
  { database, clock }: { database: Database; clock: Clock },
  { id: connectionId, workspaceId }: ConnectionRef,
): InboundConnection['memory'] {
  return {
    async get(key) {
      const row = await database.reader.findOneBy(ConnectionMemory, { connectionId, key, workspaceId });
      return row?.value;
    },
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
  };
}
