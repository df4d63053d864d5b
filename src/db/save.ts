import type { EntityManager, EntitySchema, ObjectLiteral } from 'typeorm';

const ROWS_A_STATEMENT = 200;

/** Inserts rows, or replaces those that are there already, in as few statements as the drivers' parameter limits allow. */
export async function saveAll<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntitySchema<T>,
  rows: T[],
): Promise<void> {
  const { columns, primaryColumns } = manager.connection.getMetadata(entity);
  const keys = primaryColumns.map(column => column.databaseName);
  const others = columns.map(column => column.databaseName).filter(name => !keys.includes(name));
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    await manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(rows.slice(from, from + ROWS_A_STATEMENT) as never)
      .orUpdate(others, keys)
      .updateEntity(false)
      .execute();
  }
}
