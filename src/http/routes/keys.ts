import * as z from 'zod';
import type { KeyStore } from '../../access/keys.ts';
import type { KeyRow } from '../../db/entities.ts';
import { MAX_ORIGINS, originMistake } from '../../sdk/origins.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { idParams, iso, isoOrNull, time } from '../shapes.ts';

const kinds = z.enum(['admin', 'ingest', 'signing', 'site']);
const origin = z.string().superRefine((text, context) => {
  const message = originMistake(text);
  if (message) context.addIssue({ code: 'custom', message });
});
const keyFields = {
  id: z.string(),
  kind: kinds,
  name: z.string(),
  hint: z.string().meta({ description: 'The last characters of the key.' }),
  anyAge: z.boolean(),
  origins: z
    .array(z.string())
    .nullable()
    .meta({ description: 'From which origins pages may use it. Only of site keys.' }),
  publicKey: z
    .string()
    .nullable()
    .meta({ description: 'The key itself, where it is no secret: only of site keys, which stand in public pages.' }),
  createdAt: time,
  lastUsedAt: time.nullable(),
  revokedAt: time.nullable(),
};
const keyShape = z.object(keyFields).meta({ id: 'Key' });
const newKeyShape = z
  .object({
    ...keyFields,
    key: z.string().meta({ description: 'The key itself. Unless it is a site key, it is not shown again.' }),
  })
  .meta({ id: 'NewKey' });

const shown = (row: KeyRow): z.infer<typeof keyShape> => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  hint: row.hint,
  anyAge: row.anyAge === 1,
  origins: row.origins,
  publicKey: row.publicToken,
  createdAt: iso(row.createdAt),
  lastUsedAt: isoOrNull(row.lastUsedAt),
  revokedAt: isoOrNull(row.revokedAt),
});

const newKey = z
  .strictObject({
    kind: kinds,
    name: z.string().trim().min(1).max(255),
    anyAge: z
      .boolean()
      .optional()
      .meta({ description: 'What it brings may start `immediately` workflows however old it is.' }),
    origins: z.array(origin).min(1).max(MAX_ORIGINS).optional().meta({
      description:
        'Of a site key, and required there: `https://www.example.com`, or `https://*.example.com` for every name below it.',
    }),
  })
  .superRefine(({ kind, origins, anyAge }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (kind === 'site' && !origins)
      wrong('origins', 'is required for a site key: the origins of the pages that use it');
    if (kind !== 'site' && origins) wrong('origins', 'goes with a site key only');
    if (kind === 'site' && anyAge) wrong('anyAge', 'is not for site keys: a page reports what is happening');
  });

const tag = 'Keys';

/** Keys of programs: admin, ingest, and signing secrets (Standard Webhooks), shown once, when made; and the public keys of sites. */
export function keyRoutes({ keys }: { keys: KeyStore }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/keys',
      summary: 'List keys, newest first, revoked ones included',
      tag,
      auth: 'admin',
      query: z.strictObject(pageQuery),
      response: pageOf(keyShape),
      async handler({ query }, { caller }) {
        const after = readCursor(query.after);
        const isAfter = (row: KeyRow) =>
          !after || row.createdAt < after[0] || (row.createdAt === after[0] && row.id < after[1]);
        const rows = (await keys.list(caller.workspaceId)).filter(isAfter);
        return page(rows, query.limit, row => [row.createdAt, row.id], shown);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/keys',
      summary: 'Make a key',
      tag,
      auth: 'admin',
      body: newKey,
      status: 201,
      response: newKeyShape,
      async handler({ body }, { caller, response }) {
        const { key, token } = await keys.create(caller.workspaceId, {
          kind: body.kind,
          name: body.name,
          ...(body.anyAge !== undefined && { anyAge: body.anyAge }),
          ...(body.origins && { origins: body.origins }),
        });
        response.set('Cache-Control', 'no-store');
        return { ...shown(key), key: token };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/keys/:id',
      summary: 'Revoke a key; other processes forget it within seconds',
      tag,
      auth: 'admin',
      params: idParams,
      status: 204,
      async handler({ params: { id } }, { caller }) {
        if (!(await keys.revoke(caller.workspaceId, id))) throw notFound('key in use', id);
      },
    }),
  ];
}
