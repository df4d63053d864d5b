import * as z from 'zod';
import type { Database } from '../../db/database.ts';
import { People, Sessions, Visitors } from '../../db/entities.ts';
import { normaliseEmail } from '../../sessions/visitors.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { idParams, iso, isoOrNull, time } from '../shapes.ts';

const MOST_SESSIONS = 200;
const visitorShape = z
  .object({
    visitorId: z.string(),
    email: z.string().nullable(),
    fields: z.record(z.string(), z.unknown()),
    external: z
      .record(z.string(), z.string())
      .meta({ description: 'Ids of the same person (by e-mail) in the connected systems.' }),
    sessions: z
      .array(z.object({ sessionId: z.string(), startedAt: time, endedAt: time.nullable() }))
      .meta({ description: `Newest first, ${MOST_SESSIONS} at most.` }),
  })
  .meta({ id: 'Visitor' });

/** What is known of a visitor. */
export function visitorRoutes({ database }: { database: Database }): Route[] {
  const { reader } = database;
  return [
    defineRoute({
      method: 'get',
      path: '/v1/visitors/:id',
      summary: 'Get a visitor',
      tag: 'Visitors',
      auth: 'admin',
      params: idParams,
      response: visitorShape,
      async handler({ params: { id } }, { caller: { workspaceId } }) {
        const visitor = await reader.findOneBy(Visitors, { workspaceId, id });
        if (!visitor) throw notFound('visitor', id);
        const email = visitor.email && normaliseEmail(visitor.email);
        const person = email ? await reader.findOneBy(People, { workspaceId, email }) : null;
        const sessions = await reader.find(Sessions, {
          select: { id: true, startedAt: true, endedAt: true },
          where: { workspaceId, visitorId: id },
          order: { startedAt: 'DESC', id: 'DESC' },
          take: MOST_SESSIONS,
        });
        // The e-mail has a place of its own.
        const fields = Object.entries(visitor.fields).filter(([name]) => name !== 'email');
        return {
          visitorId: id,
          email: visitor.email,
          fields: Object.fromEntries(fields.map(([name, { value }]) => [name, value])),
          external: person?.external ?? {},
          sessions: sessions.map(session => ({
            sessionId: session.id,
            startedAt: iso(session.startedAt),
            endedAt: isoOrNull(session.endedAt),
          })),
        };
      },
    }),
  ];
}
