import { asked, collections, upsertAll } from './collections.ts';
import { batch, composite, type SubCall } from './composite.ts';
import { ApiError, invalidSession, notFound } from './errors.ts';
import { readJson } from './read.ts';
import { shown, sobjects } from './records.ts';
import type { Saver } from './saving.ts';
import { organizationId } from './seed-records.ts';
import { runQuery } from './soql.ts';
import type { Store } from './store.ts';

/** One call of the REST API. `body` is the raw text; a composite hands its parts over as objects. */
export type Call = {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  /** By lower-case name. */
  headers: Record<string, string | undefined>;
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

/** Who saves, and what the headers ask for: without a word of theirs the assignment rule runs, and duplicates are not saved. */
export const saverOf = ({ userId, headers }: Call): Saver => ({
  userId,
  autoAssign: headers['sforce-auto-assign']?.toLowerCase() !== 'false',
  allowSave: /\ballowSave\s*=\s*true\b/i.test(headers['sforce-duplicate-rule-header'] ?? ''),
});

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

const query = (rest: Rest, call: Call, version: string, deleted: boolean): Answer => {
  const text = call.query.get('q');
  if (!text) throw new ApiError(400, 'MALFORMED_QUERY', 'unexpected token: <EOF>');
  const { totalSize, records } = runQuery(text, {
    store: rest.store,
    userId: call.userId,
    now: rest.now(),
    version,
    deleted,
  });
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

const limits = (rest: Rest): Answer => ({
  status: 200,
  body: {
    DailyApiRequests: { Max: rest.controls.dailyLimit, Remaining: Math.max(0, rest.controls.dailyLimit - rest.used()) },
  },
});

const resources = (rest: Rest, call: Call, version: string): Answer => {
  const at = (name: string) => `/services/data/${version}/${name}`;
  const names = ['sobjects', 'query', 'queryAll', 'limits', 'composite'];
  return {
    status: 200,
    body: {
      ...Object.fromEntries(names.map(name => [name, at(name)])),
      identity: `${rest.base}/id/${organizationId}/${call.userId}`,
    },
  };
};

const collection = (rest: Rest, call: Call, version: string, names: string[]): Answer => {
  const body = call.method === 'GET' || call.method === 'DELETE' ? undefined : readJson(call.body);
  const [name, fieldName, ...more] = names;
  if (name === undefined)
    return { status: 200, body: collections(rest.store, call.method, call.query, body, saverOf(call)) };
  if (more.length > 0) throw notFound();
  const type = rest.store.rights.type(name, call.userId);
  if (fieldName !== undefined) {
    if (call.method !== 'PATCH') throw notFound();
    return { status: 200, body: upsertAll(rest.store, type, fieldName, body, saverOf(call)) };
  }
  if (call.method !== 'GET' && call.method !== 'POST') throw notFound();
  const { ids, fields } = asked(call.query, body);
  const found = ids.map(id => {
    const record = rest.store.find(id);
    return record && record.IsDeleted !== true && String(record.Id).startsWith(type.prefix) ? record : undefined;
  });
  return { status: 200, body: found.map(record => (record ? shown(record, version, type, fields) : null)) };
};

const compositeCall = (rest: Rest, call: Call, version: string, names: string[]): Answer => {
  const [kind, ...more] = names;
  if (kind === 'sobjects') return collection(rest, call, version, more);
  if (call.method !== 'POST' || more.length > 0) throw notFound();
  const run = (part: SubCall) => dispatch(rest, { ...part, userId: call.userId });
  if (kind === undefined) return { status: 200, body: composite(rest.store, readJson(call.body), run) };
  if (kind === 'batch') return { status: 200, body: batch(readJson(call.body), run) };
  throw notFound();
};

/** Answers one call below /services/data/vNN.0. Throws an ApiError for every refusal. */
export const dispatch = (rest: Rest, call: Call): Answer => {
  const [, , version = '', ...parts] = call.path.split('/').filter(Boolean).map(decodeURIComponent);
  if (!versions.some(known => `v${known.version}` === version)) throw notFound();
  const [resource, ...names] = parts;
  if (resource === undefined) return resources(rest, call, version);
  if (resource === 'sobjects') return sobjects(rest, call, version, names);
  if (resource === 'composite') return compositeCall(rest, call, version, names);
  if (call.method !== 'GET') throw notFound();
  if (resource === 'limits' && names.length === 0) return limits(rest);
  if (resource === 'query' && names.length === 0) return query(rest, call, version, false);
  if (resource === 'queryAll' && names.length === 0) return query(rest, call, version, true);
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
