import * as z from 'zod';
import { ApiError, notFound } from './errors.ts';
import type { ObjectType } from './fields.ts';
import { read } from './read.ts';
import { upsert } from './saved.ts';
import type { Saver } from './saving.ts';
import { nameOfId } from './schema.ts';
import type { Store } from './store.ts';

type Failure = { statusCode: string; message: string; fields: string[] };
type Saved = { id?: string; success: boolean; created?: boolean; errors: Failure[] };

const record = z.looseObject({ attributes: z.looseObject({ type: z.string() }).optional() });
type Item = z.output<typeof record>;
const collectionBody = z.strictObject({ allOrNone: z.boolean().default(false), records: z.array(record).min(1) });
const retrieveBody = z.strictObject({ ids: z.array(z.string()).min(1), fields: z.array(z.string()).min(1) });

const limit = (count: number, most: number): void => {
  if (count > most)
    throw new ApiError(
      400,
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${most} records into this call`,
    );
};

/** Tries one record after the other; with `allOrNone` one failure takes everything back. */
const each = <Piece>(
  store: Store,
  pieces: Piece[],
  allOrNone: boolean,
  apply: (piece: Piece) => { id: string; created?: boolean },
): Saved[] => {
  limit(pieces.length, 200);
  const before = allOrNone ? store.snapshot() : undefined;
  const results = pieces.map((piece): Saved => {
    try {
      const { id, created } = apply(piece);
      return { id, success: true, ...(created !== undefined && { created }), errors: [] };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const failure = { statusCode: error.errorCode, message: error.message, fields: error.fields ?? [] };
      return { success: false, errors: [failure] };
    }
  });
  if (!before || results.every(({ success }) => success)) return results;
  store.restore(before);
  const rolledBack: Failure = {
    statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
    fields: [],
  };
  return results.map(result => (result.success ? { success: false, errors: [rolledBack] } : result));
};

const typeNamed = (store: Store, { attributes }: Item, saver: Saver): ObjectType => {
  if (!attributes) throw new ApiError(400, 'INVALID_TYPE', 'attributes.type is required for every record');
  return store.rights.type(attributes.type, saver.userId);
};

const change = (store: Store, item: Item, saver: Saver): { id: string } => {
  const { id: lower, Id: upper, ...fields } = item;
  const id = lower ?? upper;
  if (typeof id !== 'string') throw new ApiError(400, 'MISSING_ARGUMENT', 'Id not specified in an update call', ['Id']);
  store.update(typeNamed(store, item, saver), id, fields, saver);
  return { id };
};

const removeAll = (store: Store, query: URLSearchParams, saver: Saver): Saved[] => {
  const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
  return each(store, ids, query.get('allOrNone') === 'true', id => {
    const name = nameOfId(id);
    if (!name) throw new ApiError(400, 'MALFORMED_ID', `bad id ${id}`);
    store.remove(store.rights.type(name, saver.userId), id, saver);
    return { id };
  });
};

/** Answers /composite/sobjects: up to 200 records created, changed or deleted in one call. */
export const collections = (
  store: Store,
  method: string,
  query: URLSearchParams,
  body: unknown,
  saver: Saver,
): Saved[] => {
  if (method === 'DELETE') return removeAll(store, query, saver);
  if (method !== 'POST' && method !== 'PATCH') throw notFound();
  const { allOrNone, records } = read(collectionBody, body);
  return each(store, records, allOrNone, item =>
    method === 'PATCH'
      ? change(store, item, saver)
      : { id: String(store.create(typeNamed(store, item, saver), item, saver).Id) },
  );
};

/** Answers PATCH /composite/sobjects/T/Field: up to 200 records, each created or changed by its external id. */
export const upsertAll = (store: Store, type: ObjectType, fieldName: string, body: unknown, saver: Saver): Saved[] => {
  const { allOrNone, records } = read(collectionBody, body);
  // A field that is none refuses the whole call.
  store.externalId(type, fieldName);
  return each(store, records, allOrNone, item => {
    if (typeNamed(store, item, saver).name !== type.name)
      throw new ApiError(400, 'INVALID_TYPE', `All records must be of type ${type.name}`);
    const key = Object.keys(item).find(name => name.toLowerCase() === fieldName.toLowerCase());
    const value = key && item[key];
    if (key === undefined || typeof value !== 'string' || value === '')
      throw new ApiError(400, 'MISSING_ARGUMENT', `${fieldName} not specified`, [fieldName]);
    const { [key]: _key, ...fields } = item;
    const done = upsert(store, type, fieldName, value, fields, saver);
    if ('id' in done) return done;
    throw new ApiError(
      400,
      'DUPLICATE_EXTERNAL_ID',
      `more than one record found for external id field: [${done.several.join(', ')}]`,
      [fieldName],
    );
  });
};

/** What GET and POST /composite/sobjects/T ask for. */
export const asked = (query: URLSearchParams, body: unknown): { ids: string[]; fields: string[] } => {
  const ask =
    body === undefined
      ? { ids: query.get('ids')?.split(',') ?? [], fields: query.get('fields')?.split(',') ?? [] }
      : read(retrieveBody, body);
  limit(ask.ids.length, 2000);
  return ask;
};
