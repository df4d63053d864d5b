import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TYPE_PREFIX } from '../../src/model/event.ts';
import type { RunStatus, StepStatus } from '../../src/model/run.ts';
import type { WorkflowDocument } from '../../src/model/workflow.ts';
import { eventually } from './eventually.ts';
import { ADMIN, INGEST } from './hub.ts';

export type Ended = { code: number | null; signal: NodeJS.Signals | null };

/** One process of a hub. */
export type HubProcess = {
  /** Resolves when the process is over, however it ended. */
  ended: Promise<Ended>;
  /** From now on, the process kills itself with SIGKILL the `after`th time it reaches the point. */
  arm(point: string, after?: number): Promise<void>;
  /** kill -9, from outside. */
  kill(): Promise<void>;
  /** SIGTERM. @returns how the process then ended by itself */
  terminate(): Promise<Ended>;
  /** What it wrote. */
  output(): string;
};

export type SentEvent = { type: string; id: string; data: object };
export type ShownStep = {
  id: string;
  status: StepStatus;
  attempts: { kind?: string }[];
  nextAt?: string;
  notes?: string[];
};
export type ShownRun = {
  id: string;
  status: RunStatus;
  sessionId: string | null;
  startedAt: string;
  error?: string;
  steps: ShownStep[];
};

export type StartOptions = {
  role?: 'all' | 'web' | 'worker';
  /** By how much its clock is ahead: waiting times that it finds have passed. SQLite only; PostgreSQL has its own clock for leases. */
  aheadMs?: number;
  /** The hub as it is started in earnest, without points. */
  plain?: boolean;
};

/** A hub that outlives its processes: its data, its address and its settings stay. */
export type Installation = {
  url: string;
  start(options?: StartOptions): Promise<HubProcess>;
  /** Sends as a source does: again and again, until the hub has answered that it has the events. */
  deliver(events: SentEvent[]): Promise<void>;
  api<T>(method: string, route: string, body?: unknown): Promise<{ status: number; body: T }>;
  /** Stores a workflow and activates it. */
  activate(document: WorkflowDocument): Promise<void>;
  /** Walks the way of a browser from a connect link over the vendor's consent page (that allows by itself) and back. @returns the page it ends on */
  connect(connector: string): Promise<string>;
  /** All runs with their steps, newest first. */
  runs(): Promise<ShownRun[]>;
  /** Ends every process and removes what was stored. */
  remove(): Promise<void>;
};

const programs = {
  plain: fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
  watched: fileURLToPath(new URL('./hub-process.ts', import.meta.url)),
};

/** A new hub, nothing of which runs yet. @param environment its settings; those that every test needs are there already */
export async function install(environment: Record<string, string>): Promise<Installation> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'baton-faults-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    PATH: process.env.PATH ?? '',
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    ADMIN_TOKEN: ADMIN,
    INGEST_KEY: INGEST,
    ALLOW_PRIVATE_ADDRESSES: '1',
    ...environment,
  };
  const processes = new Set<HubProcess>();
  const call = caller(url);

  return {
    url,
    async start({ role = 'all', aheadMs = 0, plain = false } = {}) {
      const program = plain ? programs.plain : programs.watched;
      const environment = { ...settings, CLOCK_AHEAD_MS: String(aheadMs) };
      const hub = await startProcess(program, role, environment, () => call('GET', '/v1/runs', ADMIN));
      processes.add(hub);
      return hub;
    },
    async deliver(events) {
      const batch = events.map(event => ({
        ...event,
        specversion: '1.0',
        source: 'test',
        type: TYPE_PREFIX + event.type,
      }));
      await eventually(async () => {
        const { status, body } = await call<{ rejected: unknown[] }>('POST', '/v1/events', INGEST, batch, 'application/cloudevents-batch+json'); // biome-ignore format: short
        expect({ status, rejected: body.rejected }).toEqual({ status: 202, rejected: [] });
      });
    },
    api: (method, route, body) => call(method, route, ADMIN, body),
    async activate(document) {
      const made = await call<{ id: string }>('POST', '/v1/workflows', ADMIN, document);
      expect(made).toMatchObject({ status: 201 });
      expect(await call('POST', `/v1/workflows/${made.body.id}/activate`, ADMIN)).toMatchObject({ status: 200 });
    },
    async connect(connector) {
      const link = await call<{ url: string }>('POST', '/v1/connect-links', ADMIN, { connector });
      return browse(link.body.url);
    },
    async runs() {
      const runs: ShownRun[] = [];
      for (let after = ''; ; ) {
        const page = await call<{ data: ShownRun[]; next: string | null }>('GET', `/v1/runs?limit=200${after}`, ADMIN);
        runs.push(...page.body.data);
        if (page.body.next === null) return runs;
        after = `&after=${encodeURIComponent(page.body.next)}`;
      }
    },
    async remove() {
      await Promise.all([...processes].map(hub => hub.kill()));
      await rm(directory, { recursive: true });
    },
  };
}

async function startProcess(
  program: string,
  role: string,
  env: Record<string, string>,
  ask: () => Promise<unknown>,
): Promise<HubProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, role], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', chunk => (output += chunk));
  const ended = once(child, 'exit').then(([code, signal]): Ended => ({ code, signal }));
  const told = (word: string) =>
    new Promise<void>((resolve, reject) => {
      child.on('message', message => message === word && resolve());
      void ended.then(how => reject(new Error(`the hub ended (${JSON.stringify(how)}):\n${output}`)));
    });
  if (program === programs.plain) await eventually(ask);
  else await told('started');
  return {
    ended,
    output: () => output,
    async arm(point, after = 1) {
      const done = told('armed');
      child.send({ point, after });
      await done;
    },
    kill: () => signalled(child, 'SIGKILL', ended).then(() => undefined),
    terminate: () => signalled(child, 'SIGTERM', ended),
  };
}

async function signalled(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<Ended>): Promise<Ended> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  return ended;
}

function caller(url: string) {
  return async <T>(method: string, route: string, token: string, body?: unknown, type = 'application/json') => {
    const response = await fetch(url + route, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        connection: 'close',
        ...(body !== undefined && { 'content-type': type }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  };
}

/** Follows redirects, and keeps cookies, as a browser does. */
async function browse(address: string): Promise<string> {
  const cookies = new Map<string, string>();
  for (let next = address; ; ) {
    const cookie = [...cookies].map(pair => pair.join('=')).join('; ');
    const answer = await fetch(next, { redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      cookies.set(name!, value!);
    }
    const location = answer.headers.get('location');
    if (!location) return answer.text();
    next = new URL(location, next).href;
  }
}

/** A port that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
