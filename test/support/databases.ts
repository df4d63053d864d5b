import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/db/database.ts';

/** A fresh, empty database for a test, and how to open it once more as another process would (PostgreSQL only). */
export type TestDatabase = { database: Database; another(): Promise<Database>; drop(): Promise<void> };

const server = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const postgresAnswers = await asServer(async () => undefined).then(
  () => true,
  () => false,
);
if (!postgresAnswers) {
  const told = 'Not run: the PostgreSQL half of the database tests (no server answers; set DATABASE_URL).';
  if (process.env.REQUIRE_SERVICES === '1') throw new Error(told);
  console.log(told);
}

/** The kinds of database that answer here: for `describe.each`. */
export const databaseKinds: readonly Database['kind'][] = postgresAnswers ? ['sqlite', 'postgres'] : ['sqlite'];

/** Makes a database of its own, with the schema in it; on PostgreSQL in the server that DATABASE_URL names or that answers on the usual port. */
export async function testDatabase(kind: Database['kind']): Promise<TestDatabase> {
  if (kind === 'sqlite') {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'baton-test-'));
    const database = await openDatabase({ directory });
    return {
      database,
      another: () => Promise.reject(new Error('SQLite takes one process at a time')),
      async drop() {
        await database.close();
        await rm(directory, { recursive: true });
      },
    };
  }
  const { url, drop } = await emptyPostgres();
  const opened = [await openDatabase({ url })];
  return {
    database: opened[0]!,
    async another() {
      const database = await openDatabase({ url });
      opened.push(database);
      return database;
    },
    async drop() {
      for (const database of opened) await database.close();
      await drop();
    },
  };
}

/** A database of its own in that server, without a schema. */
export async function emptyPostgres(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `baton_test_${randomBytes(6).toString('hex')}`;
  await asServer(client => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  return {
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    drop: () => asServer(async client => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

async function asServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
