import * as z from 'zod';
import { askVendor } from '../../connections/ask.ts';
import type { FindConnector } from '../../connections/credential.ts';
import type { Describer } from '../../connections/describe.ts';
import type { ConnectionStore } from '../../connections/store.ts';
import type { Tokens } from '../../connections/tokens.ts';
import type { Connector } from '../../sdk/index.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { iso, time } from '../shapes.ts';
import { asProblem } from './connections.ts';

const tag = 'Connections';
const id = z.string().min(1).max(64);
const option = z.object({ value: z.string(), label: z.string() });
const field = z
  .object({
    name: z.string(),
    label: z.string(),
    type: z.string().meta({ description: 'In the vendor’s words' }),
    required: z.boolean(),
    creatable: z.boolean(),
    updatable: z.boolean(),
    maxLength: z.int().optional(),
    options: z.array(option).optional(),
    restricted: z.boolean().optional().meta({ description: 'Only the options are accepted' }),
  })
  .meta({ id: 'FieldDescription' });
const problems = { 400: 'The vendor refuses it', 503: 'The vendor does not answer' };

/** What a vendor says of the connected account: its objects and their fields, missing rights, lists to choose from. */
export function describeRoutes(services: {
  store: ConnectionStore;
  tokens: Tokens;
  find: FindConnector;
  describer: Describer;
}): Route[] {
  const { store, find, describer } = services;
  const connected = async (workspaceId: string, id: string) => {
    const row = await store.get({ id, workspaceId });
    if (!row) throw notFound('connection', id);
    const connector = find(row.connector)?.connector;
    if (!connector) throw new Problem('conflict', `The connector ${row.connector} is not installed here.`);
    return { row, connector };
  };
  const lacks = ({ title }: Connector, what: string) => new Problem('not-found', `${title} has no ${what}.`);

  return [
    defineRoute({
      method: 'get',
      path: '/v1/connections/:id/objects',
      summary: 'List the objects whose fields can be mapped',
      tag,
      auth: 'admin',
      params: z.strictObject({ id }),
      response: z.object({ data: z.array(z.object({ name: z.string(), label: z.string() })), next: z.null() }),
      async handler({ params }, { caller }) {
        const { connector } = await connected(caller.workspaceId, params.id);
        const objects = connector.mappable?.objects ?? [];
        return { data: objects.map(({ name, label }) => ({ name, label })), next: null };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/connections/:id/objects/:object/fields',
      summary: 'List the fields of an object that the connected user may see, required ones first',
      description: 'Kept for ten minutes, or until a step finds that they have changed.',
      tag,
      auth: 'admin',
      params: z.strictObject({ id, object: z.string().min(1).max(128) }),
      query: z.strictObject({ refresh: z.literal('1').optional().meta({ description: '1 asks the vendor anew' }) }),
      response: z.object({ data: z.array(field), next: z.null(), readAt: time }),
      problems,
      async handler({ params, query }, { caller }) {
        const { row, connector } = await connected(caller.workspaceId, params.id);
        const anew = query.refresh === '1';
        const described = await describer.describe(row, params.object, { anew }).catch(asProblem);
        if (!described) throw lacks(connector, `object ${JSON.stringify(params.object)} whose fields can be mapped`);
        return { data: described.fields, next: null, readAt: iso(described.readAt) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/connections/:id/rights',
      summary: 'Ask the vendor which rights the connected user lacks',
      tag,
      auth: 'admin',
      params: z.strictObject({ id }),
      response: z.object({
        ok: z.boolean(),
        missing: z.array(z.string()).meta({ description: 'Each a sentence that says what to grant' }),
      }),
      problems,
      async handler({ params }, { caller }) {
        const { row, connector } = await connected(caller.workspaceId, params.id);
        const { checkRights } = connector;
        if (!checkRights) throw lacks(connector, 'check of rights');
        const missing = await askVendor(services, row, asking => checkRights(asking)).catch(asProblem);
        return { ok: missing.length === 0, missing };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/connections/:id/setup',
      summary: 'Have the connected account prepared: fields, permissions',
      description: 'What it does is said by the connector’s `setup`. Doing it again does no harm.',
      tag,
      auth: 'admin',
      params: z.strictObject({ id }),
      response: z.object({
        done: z.boolean().meta({ description: 'false: the message says what is still to come' }),
        message: z.string(),
      }),
      problems,
      async handler({ params }, { caller }) {
        const { row, connector } = await connected(caller.workspaceId, params.id);
        const { setup } = connector;
        if (!setup) throw lacks(connector, 'set-up');
        return askVendor(services, row, asking => setup.run(asking)).catch(asProblem);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/connections/:id/options/:list',
      summary: 'List what can be chosen from: owners, campaigns, channels…',
      tag,
      auth: 'admin',
      params: z.strictObject({ id, list: z.string().min(1).max(64) }),
      query: z.strictObject({
        search: z.string().max(200).optional(),
        after: z.string().min(1).max(2000).optional().meta({ description: '`next` of the page before.' }),
      }),
      response: z.object({ data: z.array(option), next: z.string().nullable() }),
      problems,
      async handler({ params, query }, { caller }) {
        const { row, connector } = await connected(caller.workspaceId, params.id);
        const lists = connector.pickLists ?? {};
        const list = Object.hasOwn(lists, params.list) ? lists[params.list] : undefined;
        if (!list) throw lacks(connector, `list ${JSON.stringify(params.list)}`);
        const { options, next } = await askVendor(services, row, asking => list(asking, query)).catch(asProblem);
        return { data: options, next: next ?? null };
      },
    }),
  ];
}
