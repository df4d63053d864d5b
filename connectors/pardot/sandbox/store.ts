import { businessUnits, customFields, type List, lists, type Membership, type Prospect, prospects } from './seed.ts';

type Row = Record<string, unknown> & { id: number };
/** Every state that a record has been in, oldest first. */
type Version<R> = { at: number; row: R };

/**
 * One collection of one business unit. Reads may be answered from a copy that is some seconds old, as the vendor's are; writes always
 * see the present.
 */
export const createCollection = <R extends Row>(seed: R[], now: () => number) => {
  const histories = new Map<number, Version<R>[]>();
  for (const row of seed) histories.set(row.id, [{ at: Number.NEGATIVE_INFINITY, row }]);
  const asOf = (time: number): R[] =>
    [...histories.values()].flatMap(versions => versions.findLast(({ at }) => at <= time)?.row ?? []);
  return {
    current: () => asOf(now()),
    /** As it was `lagMs` ago. */
    read: (lagMs: number) => asOf(now() - lagMs),
    save(row: R): R {
      histories.set(row.id, [...(histories.get(row.id) ?? []), { at: now(), row }]);
      return row;
    },
  };
};

const unitStore = (businessUnitId: string, now: () => number) => {
  const first = businessUnitId === businessUnits[0]?.id;
  let lastId = first ? 20_240_000 : 30_240_000;
  return {
    prospects: createCollection<Prospect>(first ? prospects() : [], now),
    lists: createCollection<List>(lists(), now),
    memberships: createCollection<Membership>([], now),
    customFields: createCollection(customFields(), now),
    nextId: () => {
      lastId += 1;
      return lastId;
    },
  };
};
export type UnitStore = ReturnType<typeof unitStore>;

/** What is kept per business unit. */
export const createStore = (now: () => number) => {
  const create = () => new Map(businessUnits.map(({ id }) => [id, unitStore(id, now)]));
  let units = create();
  return {
    unit: (id: string): UnitStore => units.get(id)!,
    units: (): [string, UnitStore][] => [...units],
    reset: () => {
      units = create();
    },
  };
};
export type Store = ReturnType<typeof createStore>;
