import { describeGlobal, describeObject } from './describe.ts';
import { ApiError, notFound } from './errors.ts';
import type { ObjectType } from './fields.ts';
import { readJson } from './read.ts';
import { type Answer, type Call, type Rest, saverOf } from './rest.ts';
import { upsert } from './saved.ts';
import { fieldOf } from './schema.ts';
import type { Stored } from './validate.ts';

const urlOf = (version: string, type: ObjectType, id: unknown): string =>
  `/services/data/${version}/sobjects/${type.name}/${id}`;

/** A record as the vendor writes it: the named fields, or all that the user may see. Throws INVALID_FIELD for others. */
export const shown = (
  record: Stored,
  version: string,
  type: ObjectType,
  names: string[] = type.fields.map(({ name }) => name),
): Record<string, unknown> => {
  const fields = names.map(name => {
    const field = fieldOf(type, name.trim());
    if (!field)
      throw new ApiError(400, 'INVALID_FIELD', `No such column '${name.trim()}' on sobject of type ${type.name}`);
    return field.name;
  });
  return {
    attributes: { type: type.name, url: urlOf(version, type, record.Id) },
    ...Object.fromEntries([...new Set(['Id', ...fields])].map(name => [name, record[name] ?? null])),
  };
};

const methodNotAllowed = (method: string, allowed: string): ApiError =>
  new ApiError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are ${allowed}`);

const oneRecord = (rest: Rest, call: Call, version: string, type: ObjectType, id: string): Answer => {
  if (call.method === 'GET')
    return { status: 200, body: shown(rest.store.get(type, id), version, type, call.query.get('fields')?.split(',')) };
  if (call.method === 'PATCH') {
    rest.store.update(type, id, readJson(call.body), saverOf(call));
    return { status: 204 };
  }
  if (call.method === 'DELETE') {
    rest.store.remove(type, id, saverOf(call));
    return { status: 204 };
  }
  throw methodNotAllowed(call.method, 'DELETE,GET,HEAD,PATCH');
};

const byExternalId = (
  rest: Rest,
  call: Call,
  version: string,
  type: ObjectType,
  fieldName: string,
  value: string,
): Answer => {
  const several = (ids: unknown[]): Answer => ({ status: 300, body: ids.map(id => urlOf(version, type, id)) });
  if (call.method === 'PATCH') {
    const done = upsert(rest.store, type, fieldName, value, readJson(call.body), saverOf(call));
    if ('several' in done) return several(done.several);
    return { status: done.created ? 201 : 200, body: { ...done, success: true, errors: [] } };
  }
  const found = rest.store.byExternalId(type, rest.store.externalId(type, fieldName), value);
  if (found.length > 1) return several(found.map(({ Id }) => Id));
  if (!found[0]) throw notFound();
  return oneRecord(rest, call, version, type, String(found[0].Id));
};

const wholeObject = (rest: Rest, call: Call, version: string, type: ObjectType): Answer => {
  if (call.method === 'POST') {
    const record = rest.store.create(type, readJson(call.body), saverOf(call));
    return {
      status: 201,
      body: { id: record.Id, success: true, errors: [] },
      headers: { Location: urlOf(version, type, record.Id) },
    };
  }
  if (call.method !== 'GET') throw methodNotAllowed(call.method, 'GET,HEAD,POST');
  const recentItems = rest.store
    .list(type.name)
    .slice(-5)
    .map(record => shown(record, version, type, ['Id']));
  return { status: 200, body: { objectDescribe: describeGlobal([type], version).sobjects[0], recentItems } };
};

/** Answers everything below /sobjects. */
export const sobjects = (rest: Rest, call: Call, version: string, parts: string[]): Answer => {
  const [name, id, value, ...more] = parts;
  const { rights } = rest.store;
  if (name === undefined) return { status: 200, body: describeGlobal(rights.types(call.userId), version) };
  const type = rights.type(name, call.userId);
  if (id === undefined) return wholeObject(rest, call, version, type);
  if (more.length > 0) throw notFound();
  if (value !== undefined) return byExternalId(rest, call, version, type, id, value);
  if (id === 'describe') return { status: 200, body: describeObject(type, version) };
  return oneRecord(rest, call, version, type, id);
};
