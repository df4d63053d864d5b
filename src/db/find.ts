import type { EntityManager, EntitySchema, ObjectLiteral } from 'typeorm';
import type { Row } from './database.ts';
import { columnsOf, entityOf, tableOf } from './table.ts';

type Value = string | number;

/**
 * Finds rows by a plain statement. TypeORM's own `find` spends several times what the database does, so what is read for
 * every event and every step is read with this.
 * @param where what properties must be; a list stands for any of its values, an empty one for nothing
 * @param ending SQL after the conditions: an order, `heldSql`
 */
export async function findAll<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntitySchema<T>,
  where: Partial<Record<keyof T & string, Value | Value[]>>,
  ending = '',
): Promise<T[]> {
  if (Object.values(where).some(wanted => Array.isArray(wanted) && wanted.length === 0)) return [];
  const table = tableOf(manager, entity);
  const values: Value[] = [];
  const place = (value: Value) => `$${values.push(value)}`;
  const conditions = table.columns.flatMap(({ name, property }) => {
    const wanted = where[property];
    if (wanted === undefined) return [];
    return Array.isArray(wanted) ? `${name} IN (${wanted.map(place).join(', ')})` : `${name} = ${place(wanted)}`;
  });
  const sql = `SELECT ${columnsOf(table)} FROM ${table.name} WHERE ${conditions.join(' AND ')} ${ending}`;
  const rows = await manager.query<Row[]>(sql, values);
  return rows.map(row => entityOf<T>(table, row));
}

/** SQL that holds what is read until the transaction ends: see `heldRows`. */
export const heldSql = (manager: EntityManager): string =>
  manager.connection.options.type === 'postgres' ? 'FOR UPDATE' : '';
