import type { DataSource, EntityManager, EntitySchema, ObjectLiteral } from 'typeorm';
import type { Row } from './database.ts';

/** A table as plain statements need it: what its columns are called, and how their values look on either side. */
export type Table = {
  name: string;
  keys: string[];
  columns: { name: string; property: string; stored(value: unknown): unknown; read(value: unknown): unknown }[];
};

const known = new WeakMap<DataSource, Map<object, Table>>();

export function tableOf<T extends ObjectLiteral>({ connection }: EntityManager, entity: EntitySchema<T>): Table {
  const tables = known.get(connection) ?? new Map<object, Table>();
  known.set(connection, tables);
  const table = tables.get(entity) ?? describe(connection, entity);
  tables.set(entity, table);
  return table;
}

function describe<T extends ObjectLiteral>(connection: DataSource, entity: EntitySchema<T>): Table {
  const { tableName, columns, primaryColumns } = connection.getMetadata(entity);
  const { driver } = connection;
  return {
    name: tableName,
    keys: primaryColumns.map(column => column.databaseName),
    columns: columns.map(column => ({
      name: column.databaseName,
      property: column.propertyName,
      stored: value => driver.preparePersistentValue(value, column),
      read: value => driver.prepareHydratedValue(value, column),
    })),
  };
}

/** A row of the database as the entity's type has it. */
export const entityOf = <T>({ columns }: Table, row: Row): T =>
  Object.fromEntries(columns.map(({ name, property, read }) => [property, read(row[name])])) as T;

/** The names of all columns, as a list for SELECT or RETURNING. */
export const columnsOf = ({ columns }: Table): string => columns.map(({ name }) => name).join(', ');
