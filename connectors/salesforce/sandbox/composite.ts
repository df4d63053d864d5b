import * as z from 'zod';
import { ApiError } from './errors.ts';
import { read } from './read.ts';
import type { Store } from './store.ts';

type Part = { body: unknown; httpHeaders: Record<string, string>; httpStatusCode: number; referenceId: string };
export type SubCall = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  headers: Record<string, string | undefined>;
};
export type SubAnswer = { status: number; body?: unknown; headers?: Record<string, string> };
type Run = (sub: SubCall) => SubAnswer;

const method = z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']);
const compositeBody = z.strictObject({
  allOrNone: z.boolean().default(false),
  collateSubrequests: z.boolean().optional(),
  compositeRequest: z
    .array(
      z.strictObject({
        method,
        url: z.string(),
        referenceId: z.string().regex(/^[A-Za-z0-9]\w*$/),
        body: z.unknown().optional(),
        httpHeaders: z.record(z.string(), z.string()).optional(),
      }),
    )
    .min(1),
});
const batchBody = z.strictObject({
  haltOnError: z.boolean().default(false),
  batchRequests: z.array(z.strictObject({ method, url: z.string(), richInput: z.unknown().optional() })).min(1),
});

const tooMany = (what: string): ApiError =>
  new ApiError(400, 'LIMIT_EXCEEDED', `The ${what} API request cannot have more than 25 subrequests`);

/** The value at a path such as records[0].Id. */
const valueAt = (body: unknown, path: string): unknown =>
  path
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), body);

/** Puts what earlier parts answered in the place of @{reference.path}. */
const resolveReferences = <Value>(value: Value, parts: Part[]): Value => {
  const text = JSON.stringify(value);
  if (text === undefined) return value;
  return JSON.parse(
    text.replace(/@\{(\w+)([.[][\w.[\]]*)\}/g, (_, reference: string, path: string) => {
      const found = valueAt(parts.find(({ referenceId }) => referenceId === reference)?.body, path);
      if (found === undefined || found === null)
        throw new ApiError(
          400,
          'PROCESSING_HALTED',
          `Invalid reference specified. No value for ${reference}${path} found in ${reference}`,
        );
      return JSON.stringify(String(found)).slice(1, -1);
    }),
  );
};

const tried = (run: () => SubAnswer): SubAnswer => {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, body: error.body };
  }
};
const lowerCased = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const halted = new ApiError(
  400,
  'PROCESSING_HALTED',
  'The transaction was rolled back since another operation in the same transaction failed.',
);

/** Answers /composite: up to 25 calls, each of which may name what an earlier one answered. */
export const composite = (store: Store, input: unknown, run: Run): { compositeResponse: Part[] } => {
  const { allOrNone, compositeRequest } = read(compositeBody, input);
  if (compositeRequest.length > 25) throw tooMany('Composite');
  const before = allOrNone ? store.snapshot() : undefined;
  const parts: Part[] = [];
  const failed = () => parts.some(({ httpStatusCode }) => httpStatusCode >= 400);
  for (const { referenceId, ...request } of compositeRequest) {
    const answer = tried(() => {
      if (before && failed()) throw halted;
      const { method, url, body, httpHeaders } = resolveReferences(request, parts);
      const { pathname, searchParams } = new URL(url, 'http://sandbox');
      return run({ method, path: pathname, query: searchParams, body, headers: lowerCased(httpHeaders) });
    });
    const httpHeaders = answer.headers ?? {};
    parts.push({ body: answer.body ?? null, httpHeaders, httpStatusCode: answer.status, referenceId });
  }
  if (!before || !failed()) return { compositeResponse: parts };
  store.restore(before);
  const compositeResponse = parts.map(part =>
    part.httpStatusCode < 400 ? { ...part, body: halted.body, httpHeaders: {}, httpStatusCode: 400 } : part,
  );
  return { compositeResponse };
};

/** Answers /composite/batch: up to 25 calls that know nothing of each other. */
export const batch = (input: unknown, run: Run) => {
  const { haltOnError, batchRequests } = read(batchBody, input);
  if (batchRequests.length > 25) throw tooMany('Batch');
  const results: { statusCode: number; result: unknown }[] = [];
  for (const { method, url, richInput } of batchRequests) {
    const { status, body } = tried(() => {
      if (haltOnError && results.some(({ statusCode }) => statusCode >= 400))
        throw new ApiError(412, 'BATCH_PROCESSING_HALTED', 'Batch processing halted per request');
      const { pathname, searchParams } = new URL(`/services/data/${url}`, 'http://sandbox');
      return run({ method, path: pathname, query: searchParams, body: richInput, headers: {} });
    });
    results.push({ statusCode: status, result: body ?? null });
  }
  return { hasErrors: results.some(({ statusCode }) => statusCode >= 400), results };
};
