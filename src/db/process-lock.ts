import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sqlite3 from 'sqlite3';

/**
 * Makes sure that one process alone works on a SQLite file. The lock is SQLite's own on a file beside it, so it dies with
 * its process however that ends.
 * @returns a function that gives the lock back
 * @throws Error naming the file and what to do, where another process holds it
 */
export async function lockDatabaseFile(file: string): Promise<() => Promise<void>> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const lock = await open(`${file}.lock`);
  try {
    await execute(lock, 'PRAGMA busy_timeout=500');
    await execute(lock, 'BEGIN EXCLUSIVE');
  } catch (cause) {
    await close(lock);
    throw new Error(
      `${file} is in use by another Baton process. SQLite takes one process at a time: stop the other one, set DATA_DIR to another folder, or set DATABASE_URL to a PostgreSQL server to run several.`,
      { cause },
    );
  }
  return () => close(lock);
}

const open = (file: string) =>
  new Promise<sqlite3.Database>((resolve, reject) => {
    const database = new sqlite3.Database(file, error => (error ? reject(error) : resolve(database)));
  });
const execute = (database: sqlite3.Database, sql: string) =>
  new Promise<void>((resolve, reject) => database.run(sql, error => (error ? reject(error) : resolve())));
const close = (database: sqlite3.Database) =>
  new Promise<void>((resolve, reject) => database.close(error => (error ? reject(error) : resolve())));
