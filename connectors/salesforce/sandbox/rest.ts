import { collections, composite } from './composite.ts';
import { describeGlobal, describeObject } from './describe.ts';
import { ApiError, invalidSession, notFound, parserError } from './errors.ts';
import { objectType } from './schema.ts';
import { runQuery } from './soql.ts';
import { organizationId, type Store } from './store.ts';
import type { Stored } from './validate.ts';

/** One call of the REST API. `body` is the raw text; a composite hands its parts over as objects. */
export type Call = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;

  userId: string;
};
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

export const versions = Array.from({ length: 12 }, (_, index) => ({
  version: `${55 + index}.0`,
  url: `/services/data/v${55 + index}.0`,
  label: `Release ${55 + index}`,
}));

export type Controls = { dailyLimit: number; queryPageSize: number };
export const defaultControls: Controls = { dailyLimit: 100_000, queryPageSize: 2000 };

export type Rest = {
  store: Store;
  base: string;
  now(): number;
  controls: Controls;
  used(): number;
  pages: Map<string, Record<string, unknown>[]>;
};

const readBody = (body: unknown): unknown => {
  if (typeof body !== 'string') return body;
  if (body.trim() === '') throw parserError('The HTTP entity body is required, but this request has no entity body.');
  try {
    return JSON.parse(body);
  } catch (error) {
    throw parserError(`${error instanceof Error ? error.message : 'Unexpected character'} at [line:1, column:1]`);
  }
};

const page = (
  rest: Rest,
  version: string,
  records: Record<string, unknown>[],
  from: number,
  locator: string,
): Answer => {
  const size = rest.controls.queryPageSize;
  const done = from + size >= records.length;
  return {
    status: 200,
    body: {
      totalSize: records.length,
      done,
      ...(!done && { nextRecordsUrl: `/services/data/${version}/query/${locator}-${from + size}` }),
      records: records.slice(from, from + size),
    },
  };
};

const query = (rest: Rest, call: Call, version: string): Answer => {
  const text = call.query.get('q');
  if (!text) throw new ApiError(400, 'MALFORMED_QUERY', 'unexpected token: <EOF>');
  const { totalSize, records } = runQuery(text, { store: rest.store, now: rest.now(), version });
  if (records.length === 0) return { status: 200, body: { totalSize, done: true, records: [] } };
  const locator = `01g5e${String(rest.pages.size + 1).padStart(10, '0')}AAA`;
  if (records.length > rest.controls.queryPageSize) rest.pages.set(locator, records);
  return page(rest, version, records, 0, locator);
};

const nextPage = (rest: Rest, version: string, cursor: string): Answer => {
  const [, locator = '', from = '0'] = /^(\w+)-(\d+)$/.exec(cursor) ?? [];
  const records = rest.pages.get(locator);
  if (!records) throw new ApiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
  return page(rest, version, records, Number(from), locator);
};

const shown = (record: Stored, version: string, type: string, fields: string | null): Record<string, unknown> => {
  const known = objectType(type)!;
  const names =
    fields === null
      ? Object.keys(record)
      : fields.split(',').map(name => {
          const field = known.fields.find(candidate => candidate.name.toLowerCase() === name.trim().toLowerCase());
          if (!field)
            throw new ApiError(
              400,
              'INVALID_FIELD',
              `No such column '${name.trim()}' on sobject of type ${known.name}`,
            );
          return field.name;
        });
  const own = [...new Set(['Id', ...names])].map(name => [name, record[name] ?? null]);
  return {
    attributes: { type: known.name, url: `/services/data/${version}/sobjects/${known.name}/${record.Id}` },
    ...Object.fromEntries(own),
  };
};

const methodNotAllowed = (method: string, allowed: string): ApiError =>
  new ApiError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${allowed}`);

const oneRecord = (rest: Rest, call: Call, version: string, name: string, id: string): Answer => {
  const type = rest.store.type(name);
  if (call.method === 'GET')
    return { status: 200, body: shown(rest.store.get(type, id), version, type.name, call.query.get('fields')) };
  if (call.method === 'PATCH') {
    const body = readBody(call.body);
    rest.store.update(type, id, body, call.userId);
    return { status: 204 };
  }
  if (call.method === 'DELETE') {
    rest.store.remove(type, id, call.userId);
    return { status: 204 };
  }
  throw methodNotAllowed(call.method, 'DELETE,GET,HEAD,PATCH');
};

const collection = (rest: Rest, call: Call, version: string, name: string): Answer => {
  const type = rest.store.type(name);
  if (call.method === 'POST') {
    const record = rest.store.create(type, readBody(call.body), call.userId);
    return {
      status: 201,
      body: { id: record.Id, success: true, errors: [] },
      headers: { Location: `/services/data/${version}/sobjects/${type.name}/${record.Id}` },
    };
  }
  if (call.method !== 'GET') throw methodNotAllowed(call.method, 'GET,HEAD,POST');
  const recentItems = rest.store
    .list(type.name)
    .slice(-5)
    .map(record => shown(record, version, type.name, 'Id'));
  return {
    status: 200,
    body: { objectDescribe: describeGlobal(version).sobjects.find(object => object.name === type.name), recentItems },
  };
};

const sobjects = (rest: Rest, call: Call, version: string, parts: string[]): Answer => {
  const [name, id, ...more] = parts;
  if (name === undefined) return { status: 200, body: describeGlobal(version) };
  if (id === undefined) return collection(rest, call, version, name);
  if (more.length > 0) throw notFound();
  if (id === 'describe') return { status: 200, body: describeObject(rest.store.type(name), version) };
  return oneRecord(rest, call, version, name, id);
};

const limits = (rest: Rest): Answer => ({
  status: 200,
  body: {
    DailyApiRequests: { Max: rest.controls.dailyLimit, Remaining: Math.max(0, rest.controls.dailyLimit - rest.used()) },
  },
});

const resources = (rest: Rest, call: Call, version: string): Answer => {
  const at = (name: string) => `/services/data/${version}/${name}`;
  const names = ['sobjects', 'query', 'limits', 'composite'];
  return {
    status: 200,
    body: {
      ...Object.fromEntries(names.map(name => [name, at(name)])),
      identity: `${rest.base}/id/${organizationId}/${call.userId}`,
    },
  };
};

const compositeCall = (rest: Rest, call: Call, names: string[]): Answer => {
  if (names[0] === 'sobjects' && names.length === 1) {
    const body = call.method === 'DELETE' ? undefined : readBody(call.body);
    return { status: 200, body: collections(rest.store, call.method, call.query, body, call.userId) };
  }
  if (names.length > 0 || call.method !== 'POST') throw notFound();
  const answer = composite(rest.store, readBody(call.body), part => dispatch(rest, { ...part, userId: call.userId }));
  return { status: 200, body: answer };
};

/** Answers one call below /services/data/vNN.0. Throws an ApiError for every refusal. */
export const dispatch = (rest: Rest, call: Call): Answer => {
  const [, , version = '', ...parts] = call.path.split('/').filter(Boolean).map(decodeURIComponent);
  if (!versions.some(known => `v${known.version}` === version)) throw notFound();
  const [resource, ...names] = parts;
  if (resource === undefined) return resources(rest, call, version);
  if (resource === 'sobjects') return sobjects(rest, call, version, names);
  if (resource === 'composite') return compositeCall(rest, call, names);
  if (call.method !== 'GET') throw notFound();
  if (resource === 'limits' && names.length === 0) return limits(rest);
  if (resource === 'query' && names.length === 0) return query(rest, call, version);
  if (resource === 'query' && names.length === 1) return nextPage(rest, version, names[0]!);
  throw notFound();
};

/** Refuses what comes without a session for the REST API. */
export const requireSession = (session: { userId: string; scopes: string[] } | undefined): string => {
  if (!session) throw invalidSession();
  if (!session.scopes.some(scope => ['api', 'full', 'web'].includes(scope)))
    throw new ApiError(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API');
  return session.userId;
};
