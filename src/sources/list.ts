import type { Database } from '../db/database.ts';
import { type ConnectionRow, Connections, type SourceRow, Sources } from '../db/entities.ts';

/** The sources of a workspace with their connections, in order of the connections' ids, at most `limit` after the id `after`. */
export async function listSources(
  { reader }: Database,
  workspaceId: string,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<{ source: SourceRow; connection: ConnectionRow }[]> {
  const query = reader
    .createQueryBuilder(Sources, 'source')
    .where('source.workspaceId = :workspaceId', { workspaceId });
  if (after !== undefined) query.andWhere('source.connectionId > :after', { after });
  const sources = await query.orderBy('source.connectionId').limit(limit).getMany();
  if (sources.length === 0) return [];
  const connections = await reader
    .createQueryBuilder(Connections, 'connection')
    .where('connection.workspaceId = :workspaceId', { workspaceId })
    .andWhere('connection.id IN (:...ids)', { ids: sources.map(source => source.connectionId) })
    .getMany();
  const byId = new Map(connections.map(connection => [connection.id, connection]));
  return sources.flatMap(source => {
    const connection = byId.get(source.connectionId);
    return connection ? [{ source, connection }] : [];
  });
}
