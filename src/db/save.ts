import type { EntityManager, EntitySchema, ObjectLiteral } from 'typeorm';
import type { Row, Transaction } from './database.ts';
import { tableOf } from './table.ts';

const ROWS_A_STATEMENT = 200;

/**
 * Inserts rows by plain statements, in as few as the drivers' parameter limits allow. TypeORM's own insert spends several
 * times what the database does.
 * @param ending SQL after the values: what to do about rows that are there already, what to return
 * @returns what `ending` returns
 */
export async function insertAll<T extends ObjectLiteral>(
  transaction: Transaction,
  entity: EntitySchema<T>,
  rows: T[],
  ending = '',
): Promise<Row[]> {
  const { name: table, columns } = tableOf(transaction.manager, entity);
  const names = columns.map(column => column.name).join(', ');
  const answers: Row[] = [];
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    const values: unknown[] = [];
    const tuples = rows.slice(from, from + ROWS_A_STATEMENT).map(row => {
      const places = columns.map(({ property, stored }) => `$${values.push(stored((row as Row)[property]) ?? null)}`);
      return `(${places.join(', ')})`;
    });
    const sql = `INSERT INTO ${table} (${names}) VALUES ${tuples.join(', ')} ${ending}`;
    answers.push(...(await transaction.query(sql, values)));
  }
  return answers;
}

/** Inserts rows, or replaces those that are there already. */
export async function saveAll<T extends ObjectLiteral>(
  transaction: Transaction,
  entity: EntitySchema<T>,
  rows: T[],
): Promise<void> {
  const { columns, keys } = tableOf(transaction.manager, entity);
  const others = columns.filter(({ name }) => !keys.includes(name)).map(({ name }) => `${name} = excluded.${name}`);
  await insertAll(transaction, entity, rows, `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${others.join(', ')}`);
}

/** The part of an UPDATE between SET and WHERE for some properties of a row, with its parameters, from $1 on. */
export function assignments<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntitySchema<T>,
  change: Partial<T>,
): { sql: string; values: unknown[] } {
  const { columns } = tableOf(manager, entity);
  const values: unknown[] = [];
  const parts = columns.flatMap(({ name, property, stored }) => {
    const value = stored((change as Row)[property]);
    return value === undefined ? [] : `${name} = $${values.push(value)}`;
  });
  return { sql: parts.join(', '), values };
}

/**
 * What makes a read hold its rows until the transaction ends, so that whoever reads them to change them does not undo
 * somebody else's change. On SQLite there is one writer anyway.
 */
export const heldRows = (manager: EntityManager): { lock?: { mode: 'pessimistic_write' } } =>
  manager.connection.options.type === 'postgres' ? { lock: { mode: 'pessimistic_write' } } : {};
