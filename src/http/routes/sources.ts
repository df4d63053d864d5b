import * as z from 'zod';
import type { Clock } from '../../clock.ts';
import type { FindConnector } from '../../connections/credential.ts';
import type { ConnectionStore } from '../../connections/store.ts';
import type { Database } from '../../db/database.ts';
import { type ConnectionRow, type SourceRow, Sources } from '../../db/entities.ts';
import { failureKinds } from '../../model/run.ts';
import { listSources } from '../../sources/list.ts';
import { restartSource } from '../../sources/rows.ts';
import { sourceState, sourceStates } from '../../sources/state.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { iso, isoOrNull, time, timeQuery } from '../shapes.ts';

type SourceServices = { database: Database; clock: Clock; store: ConnectionStore; find: FindConnector };

const tag = 'Sources';
const params = z.strictObject({ id: z.string().min(1).max(64) });
const source = z
  .object({
    connectionId: z.string(),
    connector: z.string(),
    state: z
      .enum(Object.keys(sourceStates) as [keyof typeof sourceStates])
      .meta({ description: Object.entries(sourceStates).map(([name, means]) => `\`${name}\`: ${means}`).join(' · ') }), // biome-ignore format: short
    polledAt: time.nullable().meta({ description: 'When it last answered' }),
    caughtUpAt: time.nullable().meta({ description: 'When nothing more waited there' }),
    nextAt: time.nullable().meta({ description: 'When it is asked next; null while its connection does not work' }),
    progress: z
      .object({ done: z.number(), total: z.number().nullable(), message: z.string() })
      .nullable()
      .meta({ description: 'While it catches up: how far it has come' }),
    note: z.string().nullable().meta({ description: 'What to know about what was read' }),
    error: z
      .object({
        at: time,
        kind: z.enum(failureKinds),
        message: z.string().meta({ description: 'What went wrong, and what to do' }),
        vendorCode: z.string().nullable(),
        vendorMessage: z.string().nullable(),
        vendorRequestId: z.string().nullable(),
      })
      .nullable(),
    accepted: z.int().meta({ description: 'Events taken so far' }),
    duplicates: z.int().meta({ description: 'Events that were there already' }),
    rejected: z.int().meta({ description: 'Events that were none' }),
    rejection: z.string().nullable().meta({ description: 'Why the newest of those was not taken' }),
  })
  .meta({ id: 'Source' });

/** Sources that are polled: how far each has been read, and reading again. */
export function sourceRoutes(services: SourceServices): Route[] {
  const { database, clock } = services;
  return [
    defineRoute({
      method: 'get',
      path: '/v1/sources',
      summary: 'List the connected accounts that are asked for events',
      tag,
      auth: 'admin',
      query: z.strictObject(pageQuery),
      response: pageOf(source),
      async handler({ query: { limit, after } }, { caller }) {
        const rows = await listSources(database, caller.workspaceId, { limit: limit + 1, after });
        const data = rows.slice(0, limit).map(each => shown(each.source, each.connection, clock.now()));
        return { data, next: rows.length > limit ? data.at(-1)!.connectionId : null };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/connections/:id/source',
      summary: 'Show how far a connected account has been read',
      tag,
      auth: 'admin',
      params,
      response: source,
      async handler({ params: { id } }, { caller }) {
        const { row, connection } = await found(services, caller.workspaceId, id);
        return shown(row, connection, clock.now());
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/connections/:id/source/restart',
      summary: 'Read everything since a time once more',
      description: 'Harmless: events that are there already are known by their ids and change nothing.',
      tag,
      auth: 'admin',
      params,
      body: z.strictObject({ since: timeQuery.meta({ description: 'An RFC 3339 time in the past' }) }),
      response: source,
      async handler({ params: { id }, body: { since } }, { caller }) {
        const { connection } = await found(services, caller.workspaceId, id);
        const now = clock.now();
        if (since > now) {
          const errors = [{ path: 'since', message: 'must lie in the past' }];
          throw new Problem('invalid-request', 'What lies in the future cannot be read once more.', { errors });
        }
        await restartSource(database, { connectionId: id, workspaceId: caller.workspaceId }, since, now);
        const { row } = await found(services, caller.workspaceId, id);
        return shown(row, connection, now);
      },
    }),
  ];
}

async function found({ database, store, find }: SourceServices, workspaceId: string, id: string) {
  const connection = await store.get({ id, workspaceId });
  if (!connection) throw notFound('connection', id);
  const row = await database.reader.findOneBy(Sources, { connectionId: id, workspaceId });
  if (row) return { row, connection };
  const title = find(connection.connector)?.connector.title ?? connection.connector;
  throw new Problem('not-found', `${title} is no source of events, or this connection is a rep’s own.`);
}

const shown = (row: SourceRow, connection: ConnectionRow, now: number): z.input<typeof source> => ({
  connectionId: row.connectionId,
  connector: row.connector,
  ...sourceState(row, connection, now),
  polledAt: isoOrNull(row.polledAt),
  caughtUpAt: isoOrNull(row.caughtUpAt),
  nextAt: connection.status === 'active' ? iso(Math.max(row.dueAt, connection.pausedUntil ?? 0)) : null,
  progress: row.progress && { ...row.progress, total: row.progress.total ?? null },
  note: row.note,
  accepted: row.accepted,
  duplicates: row.duplicates,
  rejected: row.rejected,
  rejection: row.rejection,
});
