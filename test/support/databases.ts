import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { makeDatabase, postgresServer } from './services.ts';

/** A fresh, empty database for a test, and how to open it once more as another process would (PostgreSQL only). */
export type TestDatabase = { database: Database; another(): Promise<Database>; drop(): Promise<void> };

/** The kinds of database that answer here: for `describe.each`. */
export const databaseKinds: readonly Database['kind'][] = postgresServer ? ['sqlite', 'postgres'] : ['sqlite'];

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
  const { url, drop } = await makeDatabase();
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
