import { definitions } from './definitions.ts';
import { invalid } from './errors.ts';
import type { Body } from './requests.ts';
import { shape } from './shapes.ts';
import type { ObjectType, Store, Stored } from './store.ts';

type Filter = Body<'search'>['filterGroups'][number]['filters'][number];
const MOST_RESULTS = 10_000;

const matches = (stored: Stored, { propertyName, operator, value = '', values = [] }: Filter): boolean => {
  const held = stored.properties[propertyName]?.toLowerCase();
  const wanted = value.toLowerCase();
  switch (operator) {
    case 'EQ':
      return held === wanted || (held?.split(';').includes(wanted) ?? false);
    case 'NEQ':
      return held !== wanted;
    case 'IN':
      return held !== undefined && values.some(each => each.toLowerCase() === held);
    case 'HAS_PROPERTY':
      return held !== undefined;
    case 'NOT_HAS_PROPERTY':
      return held === undefined;
    case 'CONTAINS_TOKEN':
      return held?.split(/[^\p{L}\p{N}]+/u).includes(wanted.replaceAll('*', '')) ?? false;
    default:
      throw invalid(`Invalid operator ${operator}`);
  }
};

/** Searches what the index knows: what was written in the last moments is not in it, or stands in it as it was not long ago. */
export const search = (
  store: Store,
  type: ObjectType,
  { filterGroups, properties, sorts, limit, after }: Body<'search'>,
  indexedUpTo: number,
) => {
  for (const { propertyName, values } of filterGroups.flatMap(({ filters }) => filters)) {
    if (!definitions[type]?.some(({ name }) => name === propertyName))
      throw invalid(`There was a problem with the request: property "${propertyName}" does not exist`);
    if ((values?.length ?? 0) > 100) throw invalid('The IN operator takes at most 100 values');
  }
  const from = Number(after ?? 0);
  if (from + limit > MOST_RESULTS) throw invalid('The offset is over 10000');
  const found = store
    .all(type)
    .filter(({ updatedAt }) => updatedAt <= indexedUpTo)
    .filter(
      stored =>
        filterGroups.length === 0 || filterGroups.some(({ filters }) => filters.every(each => matches(stored, each))),
    );
  const down = sorts[0]?.startsWith('-') ? -1 : 1;
  if (sorts.length > 0)
    found.sort((one, other) => down * (one.createdAt - other.createdAt || Number(one.id) - Number(other.id)));
  const next = from + limit < found.length ? { paging: { next: { after: String(from + limit) } } } : {};
  return {
    total: found.length,
    results: found.slice(from, from + limit).map(stored => shape(stored, properties)),
    ...next,
  };
};
