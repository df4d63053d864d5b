import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { createKeyStore, type KeyStore, type Sealer } from '../../src/access/keys.ts';
import { DEFAULT_WORKSPACE, ensureDefaultWorkspace } from '../../src/access/workspaces.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { DatabaseInbox } from '../../src/events/inbox.ts';
import type { Route } from '../../src/http/route.ts';
import { adminRoutes, createServer, type HttpServices } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { type Action, defineAction, defineConnector } from '../../src/sdk/connector.ts';
import { StepError } from '../../src/sdk/errors.ts';

export const INGEST_KEY = 'ingest-key-of-the-tests-0123456789';
export const ADMIN_TOKEN = 'admin-token-of-the-tests-0123456789';

/** Stands in for the vault: readable, but bound to its row. */
const sealer: Sealer = {
  seal: (plain, rowId) => `${rowId}|${Buffer.from(plain).toString('base64')}`,
  open: (sealed, rowId) => {
    const [row, body] = sealed.split('|');
    if (row !== rowId) throw new Error('sealed for another row');
    return Buffer.from(body!, 'base64').toString();
  },
};

export type TestHub = {
  database: Database;
  keys: KeyStore;
  /** Moves only when a test moves it. */
  clock: { now(): number; time: number };
  url: string;
  logged: string[];
  /** Sends a request; objects go out as JSON, with the admin token where no authorization is given. */
  send(
    method: string,
    address: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<{ status: number; headers: Headers; body: unknown }>;
  close(): Promise<void>;
};

const note = defineAction({
  id: 'crm.write_note',
  title: 'Write a note',
  description: 'Writes a note on a record.',
  input: z.object({ text: z.string() }),
  output: z.object({ noteId: z.string() }),
  fits: { except: [{ type: 'pounce_sent' }] },
  replay: 'safe',
  run: async () => ({ noteId: 'n1' }),
});
const crm = defineConnector({
  id: 'crm',
  title: 'CRM',
  description: 'Made up for tests.',
  auth: { kind: 'key', fields: z.object({ apiKey: z.string().meta({ secret: true }) }) },
  limits: { callTimeoutMs: 1000 },
  open: () => ({}),
  classify: error => new StepError('defect', String(error)),
  actions: [note as Action],
});
const setField = defineAction({
  id: 'set_visitor_field',
  title: 'Set a visitor field',
  description: '',
  input: z.object({ field: z.string(), value: z.unknown() }),
  output: z.object({}),
  fits: {},
  replay: 'safe',
  run: async () => ({}),
});
/** One connector that needs a connection, and one action that needs none. */
const catalogue: HttpServices['catalogue'] = {
  connectors: [crm],
  actions: new Map([note as Action, setField as Action].map(action => [action.id, action])),
  connectorOf: id => (id.startsWith('crm.') ? { id: 'crm', needsConnection: true } : undefined),
  builtIns: [],
  missingSettings: () => [],
};

export const NOW = Date.parse('2026-11-20T10:00:00Z');

/** The HTTP side over a real SQLite database in a folder of its own, on a free port. `change` replaces single services. */
export async function startHub(
  change: (services: HttpServices) => Partial<HttpServices> = () => ({}),
): Promise<TestHub> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'baton-http-'));
  const database = await openDatabase({ directory });
  const clock = { time: NOW, now: () => clock.time };
  await ensureDefaultWorkspace(database, clock);
  const fixed = { workspaceId: DEFAULT_WORKSPACE, adminToken: ADMIN_TOKEN, ingestKey: INGEST_KEY };
  const logged: string[] = [];
  const log = createLog('debug', { write: line => logged.push(line) });
  const keys = createKeyStore({ database, clock, sealer, fixed, log });
  const services: HttpServices = {
    database,
    keys,
    clock,
    inbox: new DatabaseInbox(database, { onStored: () => undefined }),
    metrics: createMetrics(),
    log,
    publicUrl: 'http://localhost:3000',
    version: '0.0.0',
    catalogue,
    runControl: { retry: async () => ({}), cancel: async () => ({}) },
    ready: async () => ({ database: true, queue: true }),
  };
  const changed = { ...services, ...change(services) };
  const routes = adminRoutes(changed);
  const server = createServer(changed).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    database,
    keys,
    clock,
    url,
    logged,
    async send(method, address, { body, headers = {} } = {}) {
      const response = await fetch(url + address, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = /json/.test(response.headers.get('content-type') ?? '');
      const answer = { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
      if (response.ok) expectDeclared(routes, method, address, answer.body);
      return answer;
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Every answer of the admin API must have exactly the shape that its route declares, since clients read it there. */
function expectDeclared(routes: Route[], method: string, address: string, body: unknown): void {
  const [pathname] = address.split('?');
  const route = routes.find(
    candidate =>
      candidate.method === method.toLowerCase() &&
      new RegExp(`^${candidate.path.replace(/:\\w+/g, '[^/]+')}$`).test(pathname!),
  );
  if (!route?.response) return;
  expect(body).toEqual(route.response.parse(body));
}
