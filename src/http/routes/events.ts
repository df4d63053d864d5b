import * as z from 'zod';
import type { Database } from '../../db/database.ts';
import { type EventRow, Events } from '../../db/entities.ts';
import { hubEvent } from '../../events/rows.ts';
import { eventTypes, TYPE_PREFIX, toCloudEvent } from '../../model/event.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { idParams, idQuery, iso, time } from '../shapes.ts';

const statuses = ['new', 'planned', 'dead'] as const;
const eventShape = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    time,
    data: z.looseObject({}),
    seq: z.int().meta({ description: 'The order of arrival.' }),
    receivedAt: time,
    status: z.enum(statuses).meta({ description: 'Still to be handled, handled, or set aside with its reason.' }),
    reason: z.string().optional(),
    sessionId: z.string().nullable(),
    visitorId: z.string().nullable(),
    conversationId: z.string().nullable(),
    imported: z.boolean(),
  })
  .meta({ id: 'Event' });

const shown = (row: EventRow): z.infer<typeof eventShape> => {
  const event = toCloudEvent(hubEvent(row));
  return {
    ...event,
    specversion: '1.0',
    data: event.data as Record<string, unknown>,
    seq: row.seq,
    receivedAt: iso(row.receivedAt),
    status: row.status,
    ...(row.reason !== null && { reason: row.reason }),
    sessionId: row.sessionId,
    visitorId: row.visitorId,
    conversationId: row.conversationId,
    imported: row.imported === 1,
  };
};

const tag = 'Events';
const typeQuery = z
  .string()
  .transform(type => (type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : type))
  .pipe(z.enum(eventTypes as [(typeof eventTypes)[number], ...typeof eventTypes]));
/** The largest `seq` that the column takes. */
const MOST_SEQ = 2 ** 31 - 1;

/** Events as they were taken in: list and look at one. */
export function eventRoutes({ database }: { database: Database }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/events',
      summary: 'List events, the last to arrive first',
      tag,
      auth: 'admin',
      query: z.strictObject({
        ...pageQuery,
        status: z.enum(statuses).optional(),
        type: typeQuery.optional(),
        session: idQuery,
        visitor: idQuery,
      }),
      response: pageOf(eventShape),
      async handler({ query }, { caller: { workspaceId } }) {
        const builder = database.reader
          .createQueryBuilder(Events, 'event')
          .where('event.workspaceId = :workspaceId', { workspaceId });
        if (query.status) builder.andWhere('event.status = :status', { status: query.status });
        if (query.type) builder.andWhere('event.type = :type', { type: query.type });
        if (query.session) builder.andWhere('event.sessionId = :session', { session: query.session });
        if (query.visitor) builder.andWhere('event.visitorId = :visitor', { visitor: query.visitor });
        const cursor = readCursor(query.after);
        if (cursor) builder.andWhere('event.seq < :seq', { seq: Math.min(Math.trunc(cursor[0]), MOST_SEQ) });
        const rows = await builder
          .orderBy('event.seq', 'DESC')
          .limit(query.limit + 1)
          .getMany();
        return page(rows, query.limit, row => [row.seq, ''], shown);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/events/:id',
      summary: 'Get an event by its CloudEvents id (the last to arrive, where several sources use it) or its seq',
      tag,
      auth: 'admin',
      params: idParams,
      response: eventShape,
      async handler({ params: { id } }, { caller: { workspaceId } }) {
        const [byId] = await database.reader.find(Events, {
          where: { workspaceId, eventId: id },
          order: { seq: 'DESC' },
          take: 1,
        });
        const seq = /^\d{1,10}$/.test(id) ? Number(id) : MOST_SEQ + 1;
        const bySeq = byId || seq > MOST_SEQ ? null : await database.reader.findOneBy(Events, { workspaceId, seq });
        const row = byId ?? bySeq;
        if (!row) throw notFound('event', id);
        return shown(row);
      },
    }),
  ];
}
