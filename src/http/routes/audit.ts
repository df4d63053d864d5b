import * as z from 'zod';
import type { Database } from '../../db/database.ts';
import { Audit, type AuditRow } from '../../db/entities.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { defineRoute, type Route } from '../route.ts';
import { iso, time } from '../shapes.ts';

const entry = z
  .object({
    id: z.string(),
    at: time,
    actor: z.looseObject({ via: z.string() }).meta({ description: 'Who, and where they did it.' }),
    action: z.string(),
    subject: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

const shown = ({ workspaceId: _, at, ...row }: AuditRow): z.input<typeof entry> => ({ ...row, at: iso(at) });

/** What people did: so far, with alerts. */
export function auditRoutes({ database }: { database: Database }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/audit',
      summary: 'List what people did, newest first',
      description: 'Holds what people do with alerts, in a chat or over the API.',
      tag: 'Audit',
      auth: 'admin',
      query: z.strictObject({
        ...pageQuery,
        subject: z.string().max(255).optional().meta({ description: 'Such as `alert:<id>`.' }),
      }),
      response: pageOf(entry),
      async handler({ query: { limit, after, subject } }, { caller: { workspaceId } }) {
        const builder = database.reader
          .createQueryBuilder(Audit, 'audit')
          .where('audit.workspaceId = :workspaceId', { workspaceId });
        const cursor = readCursor(after);
        if (cursor)
          builder.andWhere('(audit.at < :at OR (audit.at = :at AND audit.id < :id))', { at: cursor[0], id: cursor[1] });
        if (subject !== undefined) builder.andWhere('audit.subject = :subject', { subject });
        const rows = await builder
          .orderBy('audit.at', 'DESC')
          .addOrderBy('audit.id', 'DESC')
          .limit(limit + 1)
          .getMany();
        return page(rows, limit, row => [row.at, row.id], shown);
      },
    }),
  ];
}
