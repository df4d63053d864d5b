import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { type ConnectorRegistry, registryOf } from '../../src/connectors.ts';
import type { Database } from '../../src/db/database.ts';
import { createLog } from '../../src/log.ts';
import { TYPE_PREFIX } from '../../src/model/event.ts';
import type { WorkflowDocument } from '../../src/model/workflow.ts';
import type { Bell, Listener, Queue } from '../../src/queue/queue.ts';
import type { Connector } from '../../src/sdk/index.ts';
import { makeDatabase } from './services.ts';

export const ADMIN = 'test-admin-token-0123456789abcdef0123';
export const INGEST = 'test-ingest-key-0123456789abcdef01234';
/** 2026-11-20, 10:00 UTC: when every test begins, unless it says otherwise. */
export const MORNING = Date.UTC(2026, 10, 20, 10);

/** A queue that remembers what was rung; the test does the work when it wants to. */
export class ManualQueue implements Queue {
  readonly rung = new Map<string, Bell>();
  listener: Listener | undefined;
  ring(bells: Bell[]): void {
    for (const bell of bells) this.rung.set(bell.ring, bell);
  }
  ringPlanner(): void {}
  listen(listener: Listener): void {
    this.listener = listener;
  }
  async ready(): Promise<boolean> {
    return true;
  }
  async close(): Promise<void> {}
}

export type TestHub = {
  app: App;
  url: string;
  clock: { now(): number; set(at: number): void; advance(ms: number): void };
  /** Takes events in over HTTP. Each gets an id, a source and the clock's time unless it says otherwise. */
  send(...events: { type: string; id?: string; time?: string; data: object }[]): Promise<void>;
  /** Works until nothing is due any more at the clock's time. */
  settle(): Promise<void>;
  /** Settles, and moves the clock to whatever is due next, `rounds` times at the most, until no step is left waiting. */
  settleAll(rounds?: number): Promise<void>;
  /** Stores a workflow and activates it. @returns its id */
  activate(document: WorkflowDocument): Promise<string>;
  api(method: string, path: string, body?: unknown): Promise<{ status: number; body: never }>;
  runs(): Promise<{ id: string; status: string; error: string | null; workflow_id: string; occasion_key: string }[]>;
  close(): Promise<void>;
};

/** A whole hub on a database of its own (SQLite unless it says otherwise), with these connectors and a clock of its own. */
export async function startHub(
  connectors: Connector[] | ConnectorRegistry,
  options: AppOptions & { config?: Partial<Config>; kind?: Database['kind'] } = {},
): Promise<TestHub> {
  const directory = options.config?.dataDirectory ?? (await mkdtemp(path.join(os.tmpdir(), 'baton-hub-')));
  const postgres = options.kind === 'postgres' ? await makeDatabase() : undefined;
  let now = MORNING;
  const clock = {
    now: () => now,
    set: (at: number) => {
      now = at;
    },
    advance: (ms: number) => {
      now += ms;
    },
  };
  const queue = new ManualQueue();
  const config: Config = {
    role: 'all',
    port: 0,
    host: '127.0.0.1',
    publicUrl: 'http://127.0.0.1:3000',
    dataDirectory: directory,
    databaseUrl: postgres?.url,
    production: false,
    logLevel: 'silent',
    adminToken: ADMIN,
    ingestKey: INGEST,
    environment: {},
    ...options.config,
  };
  const app = await createApp(config, {
    clock,
    queue,
    log: createLog('silent'),
    random: () => 0.5,
    registry: Array.isArray(connectors) ? registryOf(connectors) : connectors,
    ...options,
  });
  const { url } = await app.start();
  let count = 0;

  const request = async (method: string, route: string, token: string, type: string, body?: unknown) => {
    const response = await fetch(url + route, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as never };
  };

  const settle = async () => {
    for (;;) {
      await app.plan();
      await app.sweep();
      const due = [...queue.rung.values()].filter(bell => bell.dueAt <= now);
      if (due.length === 0) return;
      for (const bell of due) queue.rung.delete(bell.ring);
      await Promise.all(due.map(bell => app.worker.step(bell.stepId)));
    }
  };

  return {
    app,
    url: url!,
    clock,
    async send(...events) {
      const batch = events.map(({ type, id, time, data }) => ({
        specversion: '1.0',
        id: id ?? `e${++count}`,
        source: 'test',
        type: TYPE_PREFIX + type,
        time: time ?? new Date(now).toISOString(),
        data,
      }));
      const answer = await request('POST', '/v1/events', INGEST, 'application/cloudevents-batch+json', batch);
      expect(answer).toMatchObject({ status: 202, body: { rejected: [] } });
    },
    settle,
    async settleAll(rounds = 50) {
      for (let round = 0; round < rounds; round++) {
        await settle();
        const [next] = await app.database.read<{ due_at: number }>(
          "SELECT min(due_at) AS due_at FROM steps WHERE status = 'ready'",
        );
        if (!next?.due_at) return;
        now = Math.max(now, next.due_at);
      }
    },
    async activate(document) {
      const { id } = await app.workflows.create('default', document);
      await app.workflows.setStatus('default', id, { version: 1, status: 'inactive' }, 'active');
      return id;
    },
    api: (method, route, body) => request(method, route, ADMIN, 'application/json', body),
    runs: () => app.database.read('SELECT id, status, error, workflow_id, occasion_key FROM runs ORDER BY id'),
    async close() {
      await app.stop();
      await postgres?.drop();
      if (!options.config?.dataDirectory) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The admin API as an admin of a second workspace sees it. */
export async function apiOfAnotherWorkspace({ app, url }: TestHub): Promise<TestHub['api']> {
  const id = 'another';
  await app.database.write(({ query }) =>
    query("INSERT INTO workspaces (id, name, settings, created_at) VALUES ($1, 'Another', '{}', 0)", [id]),
  );
  const { token } = await app.keys.create(id, { kind: 'admin', name: 'Admin' });
  return async (method, route, body) => {
    const response = await fetch(url + route, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as never };
  };
}
