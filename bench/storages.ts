import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Bull from 'bull';
import pg from 'pg';
import sqlite3 from 'sqlite3';
import { answers } from './processes.ts';

/** A database and queue of the benchmark's own. `environment` are the hub's settings for them. */
export type Storage = {
  name: string;
  directory: string;
  environment: Record<string, string>;
  /** Answers the one number that a statement selects, read beside the running hub. */
  count(sql: string): Promise<number>;
  drop(): Promise<void>;
};

const temporary = () => mkdtemp(path.join(os.tmpdir(), 'baton-bench-'));

/** The embedded defaults. */
export async function sqliteStorage(): Promise<Storage> {
  const directory = await temporary();
  let reader: sqlite3.Database | undefined;
  const opened = () => {
    reader ??= new sqlite3.Database(path.join(directory, 'baton.sqlite'), sqlite3.OPEN_READONLY);
    return reader;
  };
  return {
    name: 'SQLite, embedded queue',
    directory,
    environment: { DATA_DIR: directory },
    count: sql =>
      new Promise((resolve, reject) => {
        const done = (error: Error | null, row: Record<string, number>) =>
          error ? reject(error) : resolve(Number(Object.values(row)[0]));
        opened().get(sql, done);
      }),
    async drop() {
      if (reader) await new Promise(resolve => reader!.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
}

/**
 * PostgreSQL and Bull, on the servers that DATABASE_URL and REDIS_URL name or that answer on the usual local ports.
 * @returns a sentence that says what is missing, where one of them does not answer
 */
export async function postgresStorage(): Promise<Storage | string> {
  const server = new URL(process.env.DATABASE_URL || 'postgres://postgres@127.0.0.1:5432/postgres');
  const redis = new URL(process.env.REDIS_URL || 'redis://127.0.0.1:6379');
  if (!(await answers(server.hostname, Number(server.port) || 5432)))
    return 'PostgreSQL and Bull: not measured, since no PostgreSQL answers (set DATABASE_URL).';
  if (!(await answers(redis.hostname, Number(redis.port) || 6379)))
    return 'PostgreSQL and Bull: not measured, since no Redis answers (set REDIS_URL).';
  const number = await emptyRedis(redis);
  if (number === undefined) return 'PostgreSQL and Bull: not measured, since every database of that Redis is in use.';
  redis.pathname = `/${number}`;
  const name = `baton_bench_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(server.href), { pathname: `/${name}` }).href;
  const reader = new pg.Client({ connectionString: url });
  await reader.connect();
  const directory = await temporary();
  return {
    name: 'PostgreSQL, Bull',
    directory,
    environment: { DATA_DIR: directory, DATABASE_URL: url, REDIS_URL: redis.href },
    async count(sql) {
      const { rows } = await reader.query<Record<string, unknown>>(sql);
      return Number(Object.values(rows[0]!)[0]);
    },
    async drop() {
      await reader.end();
      await client.query(`DROP DATABASE ${name}`);
      await client.end();
      await withBull(redis, queue => queue.obliterate({ force: true }));
      await rm(directory, { recursive: true });
    },
  };
}

/** The hub's keys have fixed names, so the benchmark takes a numbered database that holds nothing at all. */
const emptyRedis = (redis: URL): Promise<number | undefined> =>
  withBull(redis, async ({ client }) => {
    for (let number = 15; number > 0; number--) {
      await client.select(number);
      if ((await client.dbsize()) === 0) return number;
    }
    return undefined;
  });

async function withBull<T>(redis: URL, work: (queue: Bull.Queue) => Promise<T>): Promise<T> {
  const queue = new Bull('steps', redis.href, { prefix: 'baton' });
  try {
    await queue.isReady();
    return await work(queue);
  } finally {
    await queue.close();
  }
}
