import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import Bull from 'bull';
import pg from 'pg';
import { eventually } from './eventually.ts';

const postgres = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const redis = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The address of a PostgreSQL server in which databases may be made: DATABASE_URL's, or the one on the usual port; undefined where none answers. */
export const postgresServer = await found('PostgreSQL', 'DATABASE_URL', postgres, () =>
  asServer(async () => undefined),
);
/** The address of a Redis server: REDIS_URL's, or the one on the usual port; undefined where none answers. Use a prefix of your own, and never flush. */
export const redisServer = await found('Redis', 'REDIS_URL', redis, () => ping(redis));

/** Says in one line what is not run. @throws where services are required */
async function found(name: string, setting: string, url: string, ask: () => Promise<unknown>) {
  try {
    await ask();
    return url;
  } catch {
    const told = `Not run: what needs ${name} (no server answers; set ${setting}).`;
    if (process.env.REQUIRE_SERVICES === '1') throw new Error(told);
    console.log(told);
    return undefined;
  }
}

/** `describe` where a service is there, else `describe.skip`. */
export const describeWith = (service: unknown) => (service ? describe : describe.skip);

/** An empty database of its own name. */
export async function makeDatabase(): Promise<{ url: string; name: string; drop(): Promise<void> }> {
  const name = `baton_test_${randomBytes(6).toString('hex')}`;
  // From template0, since nobody may be connected to the template, and another test may be making its own from template1.
  await asServer(client => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  return {
    name,
    url: Object.assign(new URL(postgres), { pathname: `/${name}` }).href,
    drop: () => asServer(async client => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

/** Breaks every connection to a database, as a server that is restarted does. */
export const breakConnections = (name: string): Promise<void> =>
  asServer(async client => {
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  });

/** Removes what a queue of ours has under a prefix. */
export async function forgetPrefix(prefix: string): Promise<void> {
  const queue = new Bull('steps', redis, { prefix });
  await queue.obliterate({ force: true });
  await queue.close();
}

/** A Redis server that a test may kill and start again; it keeps nothing. */
export type OwnRedis = { url: string; kill(): Promise<void>; start(): Promise<void> };

/** Starts a Redis of the test's own; undefined, with one line that says so, where there is no `redis-server` to start. */
export async function ownRedis(port: number): Promise<OwnRedis | undefined> {
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const own: OwnRedis = {
    url,
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async start() {
      child = spawn('redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1'], { stdio: 'ignore' });
      await once(child, 'spawn');
      await eventually(() => ping(url));
    },
  };
  try {
    await own.start();
    return own;
  } catch (error) {
    const told = 'Not run: what needs a Redis that can be killed (there is no redis-server to start).';
    if (process.env.REQUIRE_SERVICES === '1') throw new Error(told, { cause: error });
    console.log(told);
    return undefined;
  }
}

async function asServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: postgres, connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function ping(url: string): Promise<void> {
  const { client } = new Bull('ping', url, { redis: { retryStrategy: () => null, connectTimeout: 2000 } });
  client.on('error', () => undefined);
  try {
    await client.ping();
  } finally {
    client.disconnect();
  }
}
