import type { EntityManager, EntitySchema, ObjectLiteral } from 'typeorm';
import { findAll } from './find.ts';

type Asked<Row> = {
  key: string[];
  promise: Promise<Row | null>;
  found(row: Row | null): void;
  failed(reason: unknown): void;
};

/**
 * A look-up of single rows by their key, given in the order of `properties`. Those that are asked for in the same turn of the
 * loop share a statement, as far as they differ in the last property alone. A row may have been handed to others as well: it
 * is for reading.
 */
export function lookUp<Row extends ObjectLiteral>(
  reader: EntityManager,
  entity: EntitySchema<Row>,
  ...properties: (keyof Row & string)[]
): (...key: string[]) => Promise<Row | null> {
  let waiting = new Map<string, Asked<Row>>();
  const fixed = properties.slice(0, -1);
  const last = properties.at(-1)!;

  const read = async (group: Asked<Row>[]) => {
    const shared = Object.fromEntries(fixed.map((property, place) => [property, group[0]!.key[place]]));
    const where = { ...shared, [last]: group.map(({ key }) => key.at(-1)) } as Parameters<typeof findAll<Row>>[2];
    try {
      const rows = new Map((await findAll(reader, entity, where)).map(row => [row[last] as string, row]));
      for (const { key, found } of group) found(rows.get(key.at(-1)!) ?? null);
    } catch (error) {
      for (const { failed } of group) failed(error);
    }
  };
  const flush = () => {
    const asked = [...waiting.values()];
    waiting = new Map();
    for (const group of Map.groupBy(asked, ({ key }) => JSON.stringify(key.slice(0, -1))).values()) void read(group);
  };

  return (...key) => {
    const name = JSON.stringify(key);
    const known = waiting.get(name);
    if (known) return known.promise;
    if (waiting.size === 0) setImmediate(flush);
    const { promise, resolve: found, reject: failed } = Promise.withResolvers<Row | null>();
    waiting.set(name, { key, promise, found, failed });
    return promise;
  };
}
