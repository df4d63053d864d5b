import path from 'node:path';
import pg from 'pg';
import 'reflect-metadata';
import { DataSource, type DataSourceOptions, type EntityManager, type QueryRunner } from 'typeorm';
import { migrations } from '../../migrations/index.ts';
import { entities } from './entities.ts';
import { GroupCommit } from './group-commit.ts';
import { SnakeCase } from './naming.ts';
import { sqliteDriver } from './prepared.ts';
import { lockDatabaseFile } from './process-lock.ts';

export type Row = Record<string, unknown>;

/** One open transaction: an EntityManager for ordinary rows, `query` for the statements that must be fast. */
export type Transaction = {
  manager: EntityManager;
  /** Runs one statement with $1, $2, … (first used in rising order) and answers its rows, RETURNING included, on both databases. */
  query<T = Row>(sql: string, parameters?: unknown[]): Promise<T[]>;
  /** Called once the transaction is durable; not where it is rolled back. Must not throw. */
  afterCommit(work: () => void): void;
};

/**
 * The one door to storage. `write` is a transaction that is durable when it resolves; on SQLite all writes go through one
 * lane and those that wait together share a commit. `read` sees committed rows only, on both databases.
 */
export type Database = {
  kind: 'sqlite' | 'postgres';
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** One statement that is durable when it resolves; answers rows as a transaction's `query` does. Cheaper than a `write` of it. */
  change<T = Row>(sql: string, parameters?: unknown[]): Promise<T[]>;
  read<T = Row>(sql: string, parameters?: unknown[]): Promise<T[]>;
  /** Repositories and query builders for reading. */
  reader: EntityManager;
  /** SQL that takes rows for us and leaves those that others hold (`FOR UPDATE SKIP LOCKED` where there are others). */
  skipLocked: string;
  /** SQL for the time that leases are measured by: the server's own clock, or on SQLite the hub's, given as `parameter`. */
  clockSql(parameter: string): string;
  /** Statements that the schema is behind by; empty when migrations and entities agree. */
  drift(): Promise<string[]>;
  close(): Promise<void>;
};

export type DatabaseTarget = { url: string } | { directory: string };

// bigint columns hold epoch milliseconds and counters, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const common = { entities, migrations, namingStrategy: new SnakeCase(), migrationsTableName: 'migrations' };

/**
 * Opens the database and brings its schema up to date.
 * @param target a `postgres://` address, or the directory of the SQLite file
 * @throws where another process holds the SQLite file, or the server does not answer
 */
export async function openDatabase(target: DatabaseTarget, options: { poolSize?: number } = {}): Promise<Database> {
  return 'url' in target ? openPostgres(target.url, options.poolSize ?? 10) : openSqlite(target.directory);
}

async function openPostgres(url: string, poolSize: number): Promise<Database> {
  const source = new DataSource({ type: 'postgres', url, poolSize, ...common } as DataSourceOptions);
  await source.initialize();
  // Two processes may start at once: the second waits here and then finds nothing left to migrate. The lock belongs to one
  // connection, which must also be the one that gives it back.
  const lock = source.createQueryRunner();
  await lock.query('SELECT pg_advisory_lock(48151623)');
  try {
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await lock.query('SELECT pg_advisory_unlock(48151623)');
    await lock.release();
  }
  return {
    kind: 'postgres',
    reader: source.manager,
    skipLocked: 'FOR UPDATE SKIP LOCKED',
    // The parameter is not needed here, but PostgreSQL wants every one that is sent to be used.
    clockSql: parameter => `((extract(epoch FROM clock_timestamp()) * 1000)::bigint + 0 * ${parameter}::bigint)`,
    read: async (sql, parameters) => rowsOf(await source.query(sql, parameters)),
    write: work => thenAfter(after => source.transaction(manager => work(transactionOf(manager.queryRunner!, after)))),
    change: async (sql, parameters) => rowsOf(await source.query(sql, parameters)),
    drift: async () => driftOf(source),
    close: () => source.destroy(),
  };
}

async function openSqlite(directory: string): Promise<Database> {
  const file = path.join(directory, 'baton.sqlite');
  const release = await lockDatabaseFile(file);
  const options = {
    type: 'sqlite',
    driver: sqliteDriver,
    database: file,
    enableWAL: true,
    busyTimeout: 5000,
    ...common,
  } as const;
  // Two connections on one file: the driver shares a single connection per DataSource, so a read on the writer's
  // would see the open transaction of somebody else.
  const writer = new DataSource(options);
  await writer.initialize();
  await writer.query('PRAGMA synchronous=FULL');
  await writer.runMigrations({ transaction: 'each' });
  const reader = new DataSource({ ...options, migrations: [] });
  await reader.initialize();
  await reader.query('PRAGMA query_only=ON');
  const runner = writer.createQueryRunner();
  const lane = new GroupCommit(runner);
  return {
    kind: 'sqlite',
    reader: reader.manager,
    skipLocked: '',
    clockSql: parameter => parameter,
    read: async (sql, parameters) => rowsOf(await reader.query(sql, parameters)),
    write: work => thenAfter(after => lane.run(() => work(transactionOf(runner, after)))),
    change: (sql, parameters) => lane.runStatement(async () => rowsOf(await runner.query(readable(sql), parameters))),
    drift: async () => driftOf(writer),
    async close() {
      await lane.idle();
      await reader.destroy();
      await writer.destroy();
      await release();
    },
  };
}

const driftOf = async (source: DataSource) =>
  (await source.driver.createSchemaBuilder().log()).upQueries.map(entry => entry.query);

type AfterCommit = (() => void)[];

async function thenAfter<T>(write: (after: AfterCommit) => Promise<T>): Promise<T> {
  const after: AfterCommit = [];
  const result = await write(after);
  for (const work of after) work();
  return result;
}

function transactionOf(runner: QueryRunner, after: AfterCommit): Transaction {
  return {
    manager: runner.manager,
    afterCommit: work => after.push(work),
    query: async (sql, parameters) => rowsOf(await runner.query(readable(sql), parameters)),
  };
}

// The sqlite3 driver drops the rows of a statement that starts with one of these words; a comment in front keeps them.
const readable = (sql: string) => (/^\s*(INSERT|UPDATE|DELETE)\b/i.test(sql) ? `/* */ ${sql}` : sql);

/** PostgreSQL answers [rows, count] to UPDATE and DELETE, rows to everything else; SQLite always rows. */
function rowsOf<T>(result: unknown): T[] {
  if (!Array.isArray(result)) return [];
  return (Array.isArray(result[0]) ? result[0] : result) as T[];
}

/** `$3, $4, $5` for `count` values, the first of which is number `from`. */
export const placeholders = (count: number, from = 1): string =>
  Array.from({ length: count }, (_, position) => `$${from + position}`).join(', ');
