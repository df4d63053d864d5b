import * as z from 'zod';
import type { Clock } from '../../clock.ts';
import { CannotConnect } from '../../connections/cannot-connect.ts';
import type { FindConnector } from '../../connections/credential.ts';
import { createLink } from '../../connections/links.ts';
import { connectByValues, disconnect, testConnection } from '../../connections/manage.ts';
import type { OAuthFlow } from '../../connections/oauth.ts';
import { type ConnectionStore, OtherAccountError } from '../../connections/store.ts';
import type { Tokens } from '../../connections/tokens.ts';
import { usageWarning } from '../../connections/usage.ts';
import type { Database } from '../../db/database.ts';
import type { ConnectionRow } from '../../db/entities.ts';
import type { Log } from '../../log.ts';
import { failureKinds } from '../../model/run.ts';
import { type Account, StepError } from '../../sdk/index.ts';
import { notFound, Problem, type ProblemKind } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';

export type ConnectionServices = {
  database: Database;
  clock: Clock;
  store: ConnectionStore;
  tokens: Tokens;
  flow: OAuthFlow;
  find: FindConnector;
  publicUrl: string;
  log: Log;
};

const tag = 'Connections';
const time = z.iso.datetime();
const account = z.object({
  id: z.string(),
  name: z.string(),
  user: z.string().optional(),
  url: z.string().optional(),
  details: z.record(z.string(), z.string()).optional(),
});
const connection = z
  .object({
    id: z.string(),
    connector: z.string(),
    user: z.string().nullable().describe('The rep whose personal connection it is; null for the workspace’s own'),
    status: z.enum(['active', 'needs_reconnect', 'disconnected']),
    reason: z.string().nullable().describe('Why it does not work at present, and what to do'),
    account: account.nullable(),
    options: z.record(z.string(), z.string()),
    pausedUntil: time.nullable(),
    usage: z
      .object({ used: z.number(), limit: z.number(), at: time })
      .nullable()
      .describe('How much of the account’s call budget was used when the vendor last said so'),
    warning: z.string().nullable().describe('What to know about the call budget, from 80 % on'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Connection' });
const byId = z.strictObject({ id: z.string() });
const email = z.email().max(320);

/** The admin API of connections. No answer holds a credential. */
export function connectionRoutes(services: ConnectionServices): Route[] {
  return [
    listRoute(services),
    createRoute(services),
    getRoute(services),
    deleteRoute(services),
    testRoute(services),
    createLinkRoute(services),
  ];
}

const listRoute = ({ store, clock }: ConnectionServices): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/connections',
    summary: 'List connected accounts',
    tag,
    auth: 'admin',
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(200).default(50),
      after: z.string().max(64).optional(),
      connector: z.string().max(64).optional(),
      user: email.optional().describe('Only the personal connections of this rep'),
    }),
    response: z.object({ data: z.array(connection), next: z.string().nullable() }),
    async handler({ query }, { caller }) {
      const rows = await store.list(caller.workspaceId, { ...query, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      return { data: page.map(row => shown(row, { clock })), next: rows.length > page.length ? page.at(-1)!.id : null };
    },
  });

const createRoute = (services: ConnectionServices): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/connections',
    summary: 'Connect an account by typed values',
    description:
      'For connectors with API keys or client credentials. The fields are those that the connector declares.',
    tag,
    auth: 'admin',
    status: 201,
    body: z.strictObject({
      connector: z.string(),
      values: z.record(z.string(), z.unknown()),
      user: email.optional(),
    }),
    response: connection,
    problems: {
      404: 'There is no such connector',
      409: 'The connector is not connected this way, or another account is connected',
      503: 'The vendor does not answer',
    },
    async handler({ body }, { caller }) {
      const { connector, values, user } = body;
      const typed = { workspaceId: caller.workspaceId, connector, values, userEmail: user };
      return shown(await connectByValues(services, typed).catch(asProblem), services);
    },
  });

const getRoute = ({ store, clock }: ConnectionServices): Route =>
  defineRoute({
    method: 'get',
    path: '/v1/connections/:id',
    summary: 'Show a connected account',
    tag,
    auth: 'admin',
    params: byId,
    response: connection,
    handler: async ({ params }, { caller }) => shown(await found(store, params.id, caller.workspaceId), { clock }),
  });

const deleteRoute = (services: ConnectionServices): Route =>
  defineRoute({
    method: 'delete',
    path: '/v1/connections/:id',
    summary: 'Disconnect an account',
    description:
      'Takes the credential back at the vendor where that can be done, and forgets it in any case. Steps that need it wait until the same account is connected again.',
    tag,
    auth: 'admin',
    params: byId,
    response: z.object({
      connection,
      revoked: z.boolean().describe('Whether the vendor confirmed that the credential is void'),
      message: z.string(),
    }),
    async handler({ params }, { caller }) {
      const row = await found(services.store, params.id, caller.workspaceId);
      const result = await disconnect(services, row, 'an admin');
      const after = await found(services.store, params.id, caller.workspaceId);
      return { connection: shown(after, services), ...result };
    },
  });

const testRoute = (services: ConnectionServices): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/connections/:id/test',
    summary: 'Ask the vendor whether the connection works',
    tag,
    auth: 'admin',
    params: byId,
    response: z.object({
      ok: z.boolean(),
      account: account.optional(),
      failure: z
        .object({
          kind: z.enum(failureKinds),
          message: z.string(),
          vendorCode: z.string().optional(),
          vendorMessage: z.string().optional(),
        })
        .optional(),
    }),
    async handler({ params }, { caller }) {
      const row = await found(services.store, params.id, caller.workspaceId);
      const result = await testConnection(services, row);
      if (result.ok) return result;
      const { kind, message, details } = result.failure;
      const { vendorCode, vendorMessage } = details;
      return { ok: false, failure: { kind, message, vendorCode, vendorMessage } };
    },
  });

const createLinkRoute = (services: ConnectionServices): Route =>
  defineRoute({
    method: 'post',
    path: '/v1/connect-links',
    summary: 'Make a link that connects an account in any browser',
    description: 'It works once: for an hour, or with `user` (a rep’s personal connection) for seven days.',
    tag,
    auth: 'admin',
    status: 201,
    body: z.strictObject({
      connector: z.string(),
      user: email.optional(),
      options: z.record(z.string(), z.string()).default({}),
    }),
    response: z.object({ url: z.string(), expiresAt: time }),
    problems: {
      404: 'There is no such connector',
      409: 'The connector is not connected this way, or its settings are missing',
    },
    async handler({ body }, { caller }) {
      const { connector, options, user } = body;
      const wanted = { workspaceId: caller.workspaceId, connector, options, userEmail: user };
      const link = await createLink(services, wanted).catch(asProblem);
      return { url: link.url, expiresAt: new Date(link.expiresAt).toISOString() };
    },
  });

async function found(store: ConnectionStore, id: string, workspaceId: string): Promise<ConnectionRow> {
  const row = await store.get({ id, workspaceId });
  if (!row) throw notFound('connection', id);
  return row;
}

const shown = (row: ConnectionRow, { clock }: Pick<ConnectionServices, 'clock'>): z.input<typeof connection> => ({
  id: row.id,
  connector: row.connector,
  user: row.userEmail,
  status: row.status,
  reason: row.reason,
  account: row.account as Account | null,
  options: row.options,
  pausedUntil: row.pausedUntil === null ? null : new Date(row.pausedUntil).toISOString(),
  usage: row.usage && { ...row.usage, at: new Date(row.usage.at).toISOString() },
  warning: usageWarning(row.usage, clock.now()) ?? null,
  createdAt: new Date(row.createdAt).toISOString(),
  updatedAt: new Date(row.updatedAt).toISOString(),
});

const problemOf: Record<CannotConnect['why'], ProblemKind> = {
  'unknown-connector': 'not-found',
  'other-kind': 'conflict',
  'not-configured': 'conflict',
  'invalid-values': 'invalid-request',
};

/** Rethrows what kept an account from being connected as the answer to an API call. */
export function asProblem(error: unknown): never {
  if (error instanceof CannotConnect) {
    throw new Problem(problemOf[error.why], error.message, error.errors.length > 0 ? { errors: error.errors } : {});
  }
  if (error instanceof OtherAccountError) {
    throw new Problem('conflict', error.message, { members: { connectionId: error.connectionId } });
  }
  if (error instanceof StepError && error.kind !== 'defect') {
    const { vendorCode, vendorMessage } = error.details;
    const final = ['rejected', 'unauthorized', 'forbidden'].includes(error.kind);
    const members = { vendorCode, vendorMessage };
    throw new Problem(final ? 'invalid-request' : 'unavailable', error.message, { members });
  }
  throw error;
}
