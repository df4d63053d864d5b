import * as z from 'zod';
import { ApiError, notFound, parserError } from './errors.ts';
import { typeOfId } from './schema.ts';
import type { Store } from './store.ts';

type Failure = { statusCode: string; message: string; fields: string[] };
type Saved = { id?: string; success: boolean; errors: Failure[] };
type Part = { body: unknown; httpHeaders: Record<string, string>; httpStatusCode: number; referenceId: string };

const records = z.looseObject({ attributes: z.object({ type: z.string() }).optional() });
const collectionBody = z.strictObject({ allOrNone: z.boolean().default(false), records: z.array(records).min(1) });
const compositeBody = z.strictObject({
  allOrNone: z.boolean().default(false),
  collateSubrequests: z.boolean().optional(),
  compositeRequest: z
    .array(
      z.strictObject({
        method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']),
        url: z.string(),
        referenceId: z.string().regex(/^[A-Za-z0-9]\w*$/),
        body: z.unknown().optional(),
        httpHeaders: z.record(z.string(), z.string()).optional(),
      }),
    )
    .min(1),
});

const read = <Output>(schema: z.ZodType<Output>, input: unknown): Output => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw parserError(`${issue?.message ?? 'Unexpected value'} at ${issue?.path.join('.') || 'the body'}`);
};

/** Tries one record after the other; with `allOrNone` one failure takes everything back. */
const each = <Item>(store: Store, items: Item[], allOrNone: boolean, apply: (item: Item) => string): Saved[] => {
  if (items.length > 200)
    throw new ApiError(
      400,
      'EXCEEDED_ID_LIMIT',
      'record limit reached. cannot submit more than 200 records into this call',
    );
  const before = allOrNone ? store.snapshot() : undefined;
  const results = items.map((item): Saved => {
    try {
      return { id: apply(item), success: true, errors: [] };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return {
        success: false,
        errors: [{ statusCode: error.errorCode, message: error.message, fields: error.fields ?? [] }],
      };
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

const typeNamed = (store: Store, record: z.output<typeof records>) => {
  if (!record.attributes) throw new ApiError(400, 'INVALID_TYPE', 'attributes.type is required for every record');
  return store.type(record.attributes.type);
};
const idIn = (record: Record<string, unknown>): string => {
  const id = record.id ?? record.Id;
  if (typeof id !== 'string') throw new ApiError(400, 'MISSING_ARGUMENT', 'Id not specified in an update call', ['Id']);
  return id;
};

/** Answers /composite/sobjects: up to 200 records created, changed or deleted in one call. */
export const collections = (
  store: Store,
  method: string,
  query: URLSearchParams,
  body: unknown,
  userId: string,
): Saved[] => {
  if (method === 'DELETE') {
    const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
    return each(store, ids, query.get('allOrNone') === 'true', id => {
      const type = typeOfId(id);
      if (!type) throw new ApiError(400, 'MALFORMED_ID', `bad id ${id}`);
      store.remove(type, id, userId);
      return id;
    });
  }
  const { allOrNone, records: items } = read(collectionBody, body);
  if (method === 'POST')
    return each(store, items, allOrNone, record => String(store.create(typeNamed(store, record), record, userId).Id));
  if (method !== 'PATCH') throw notFound();
  return each(store, items, allOrNone, record => {
    const { id: _lower, Id: _upper, ...fields } = record;
    const id = idIn(record);
    store.update(typeNamed(store, record), id, fields, userId);
    return id;
  });
};

/** Puts what earlier parts answered in the place of @{reference.field}. */
const resolveReferences = <Value>(value: Value, parts: Part[]): Value => {
  const text = JSON.stringify(value);
  if (text === undefined) return value;
  return JSON.parse(
    text.replace(/@\{(\w+)\.(\w+)\}/g, (_, reference: string, name: string) => {
      const body = parts.find(({ referenceId }) => referenceId === reference)?.body;
      const found = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
      if (found === undefined)
        throw new ApiError(
          400,
          'PROCESSING_HALTED',
          `Invalid reference specified. No value for ${reference}.${name} found in ${reference}`,
        );
      return String(found);
    }),
  );
};

export type SubCall = { method: string; path: string; query: URLSearchParams; body: unknown };
export type SubAnswer = { status: number; body?: unknown; headers?: Record<string, string> };

/** Answers /composite: up to 25 calls, each of which may name what an earlier one answered. */
export const composite = (
  store: Store,
  input: unknown,
  call: (sub: SubCall) => SubAnswer,
): { compositeResponse: Part[] } => {
  const { allOrNone, compositeRequest } = read(compositeBody, input);
  if (compositeRequest.length > 25)
    throw new ApiError(400, 'LIMIT_EXCEEDED', 'The Composite API request cannot have more than 25 subrequests');
  const before = allOrNone ? store.snapshot() : undefined;
  const parts: Part[] = [];
  for (const { referenceId, ...request } of compositeRequest) {
    try {
      const { method, url, body } = resolveReferences(request, parts);
      const { pathname, searchParams } = new URL(url, 'http://sandbox');
      const answer = call({ method, path: pathname, query: searchParams, body });
      parts.push({
        body: answer.body ?? null,
        httpHeaders: answer.headers ?? {},
        httpStatusCode: answer.status,
        referenceId,
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      parts.push({ body: error.body, httpHeaders: {}, httpStatusCode: error.status, referenceId });
    }
  }
  if (!before || parts.every(({ httpStatusCode }) => httpStatusCode < 400)) return { compositeResponse: parts };
  store.restore(before);
  const halted = new ApiError(
    400,
    'PROCESSING_HALTED',
    'The transaction was rolled back since another operation in the same transaction failed.',
  );
  return {
    compositeResponse: parts.map(part =>
      part.httpStatusCode < 400 ? { ...part, body: halted.body, httpHeaders: {}, httpStatusCode: 400 } : part,
    ),
  };
};
