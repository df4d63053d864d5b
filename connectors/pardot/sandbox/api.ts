import {
  ApiError,
  accessDenied,
  invalidFields,
  invalidProperty,
  missingParameter,
  noEndpoint,
  notFound,
} from './errors.ts';
import { checkEmail, checkProspect, readable } from './prospect-fields.ts';
import { businessUnits, type Prospect, user } from './seed.ts';
import type { UnitStore } from './store.ts';

export type Controls = { readLagSeconds: number; pageSize: number; withholdAbilities: string[] };
export type Call = {
  method: string;
  /** Behind `/api/v5/objects/`. */
  path: string;
  query: URLSearchParams;
  body: unknown;
  businessUnitId: string;
  now: number;
};
export type Answer = { status: number; body?: unknown };
type Row = Record<string, unknown> & { id: number };
type Given = Call & { unit: UnitStore; controls: Controls };

const fixedFields: Record<string, string[]> = {
  account: ['id', 'company', 'level', 'website', 'addressOne', 'city', 'country', 'phone'],
  users: ['id', 'firstName', 'lastName', 'email', 'jobTitle', 'roleName', 'salesforceId', 'createdAt', 'updatedAt'],
  'custom-fields': [
    'id',
    'name',
    'fieldId',
    'type',
    'isRequired',
    'isRecordMultipleResponses',
    'isUseValues',
    'salesforceId',
  ],
  lists: ['id', 'name', 'title', 'description', 'isPublic', 'isDynamic', 'isCrmVisible', 'createdAt', 'updatedAt'],
  'list-memberships': ['id', 'listId', 'prospectId', 'optedOut', 'createdAt', 'updatedAt'],
};

const abilityFor: Record<string, string> = {
  'GET account': 'accounts.view',
  'GET users': 'users.view',
  'GET custom-fields': 'fields.configure',
  'GET prospects': 'prospects.view',
  'POST prospects': 'prospects.create',
  'GET lists': 'lists.view',
  'GET list-memberships': 'lists.view',
  'POST list-memberships': 'lists.create',
};

/** The fields asked for, each of which the object has. Reads must name them. */
const wanted = ({ query, method, unit }: Given, collection: string): string[] => {
  const names = (query.get('fields') ?? '').split(',').filter(Boolean);
  if (method === 'GET' && names.length === 0) throw missingParameter('fields');
  const known = fixedFields[collection];
  const has = (name: string) => (known ? known.includes(name) : readable(unit.customFields.current(), name));
  const strange = names.find(name => !has(name));
  if (strange !== undefined) throw new ApiError(400, 224, `Invalid fields for request type: ${strange}`);
  return names;
};

const only = (row: Record<string, unknown>, names: string[]): Record<string, unknown> =>
  Object.fromEntries(names.map(name => [name, row[name] ?? null]));

const filters: Record<string, string[]> = {
  users: ['email', 'id'],
  'custom-fields': ['id'],
  prospects: ['email', 'id'],
  lists: ['name', 'id'],
  'list-memberships': ['listId', 'prospectId', 'id'],
};

/** Records by the filters of the query, by id, a page at a time. */
const list = (given: Given, collection: string, rows: Row[]): Answer => {
  const { query, controls } = given;
  const names = wanted(given, collection);
  const after = Number(query.get('idGreaterThan') ?? 0);
  const found = rows
    .filter(row => row.id > after)
    .filter(row =>
      (filters[collection] ?? []).every(name => {
        const value = query.get(name);
        return value === null || String(row[name] ?? '').toLowerCase() === value.toLowerCase();
      }),
    )
    .sort((one, other) => one.id - other.id);
  const values = found.slice(0, controls.pageSize);
  const token = found.length > values.length ? Buffer.from(`after ${values.at(-1)?.id}`).toString('base64url') : null;
  return {
    status: 200,
    body: { nextPageToken: token, nextPageUrl: null, values: values.map(row => only(row, names)) },
  };
};

const one = (given: Given, collection: string, rows: Row[], id: string): Answer => {
  const names = wanted(given, collection);
  const row = rows.find(each => String(each.id) === id);
  if (!row) throw notFound();
  return { status: 200, body: only(row, names) };
};

const objectOf = (value: unknown, name: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    throw new ApiError(400, 153, `Missing required property in request: ${name}`);
  return value as Record<string, unknown>;
};

const time = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}+00:00`;

/** Of several with the e-mail, the one that was active last. */
const latest = (rows: Prospect[], email: string): Prospect | undefined =>
  rows
    .filter(row => String(row.email).toLowerCase() === email.toLowerCase())
    .sort(
      (left, right) =>
        String(right.lastActivityAt ?? '').localeCompare(String(left.lastActivityAt ?? '')) || right.id - left.id,
    )[0];

const upsert = (given: Given): Answer => {
  const { unit, controls, now } = given;
  const { matchEmail, prospect, fields = [], ...more } = objectOf(given.body, 'matchEmail');
  const strange = Object.keys(more).find(name => name !== 'secondaryDeletedSearch');
  if (strange !== undefined) throw new ApiError(400, 208, `Unknown action argument: ${strange}`);
  if (matchEmail === undefined) throw new ApiError(400, 207, 'Missing required action argument: matchEmail');
  if (!Array.isArray(fields)) throw new ApiError(400, 206, 'Invalid action argument value: fields');
  const email = checkEmail(matchEmail);
  const values = objectOf(prospect, 'prospect');
  const custom = unit.customFields.current();
  checkProspect(custom, values);
  const unreadable = fields.find(name => !readable(custom, String(name)));
  if (unreadable !== undefined) throw invalidFields(String(unreadable));
  const there = latest(unit.prospects.current(), email);
  const base: Prospect = there ?? { id: unit.nextId(), email, createdAt: time(now) };
  const saved = unit.prospects.save({ ...base, ...values, id: base.id, updatedAt: time(now) });
  if (fields.length === 0 || controls.withholdAbilities.includes('prospects.view')) return { status: 204 };
  return { status: there ? 200 : 201, body: only(saved, fields.map(String)) };
};

const join = (given: Given): Answer => {
  const { unit, now, controls } = given;
  const names = wanted(given, 'list-memberships');
  const { listId, prospectId, optedOut = false, ...more } = objectOf(given.body, 'listId');
  const strange = Object.keys(more)[0];
  if (strange !== undefined) throw invalidFields(strange);
  const target = unit.lists.current().find(({ id }) => id === listId);
  if (!target) throw new ApiError(400, 55, 'Invalid list ID');
  if (target.isDynamic) throw invalidProperty('listId', 'must not be a dynamic list');
  if (!unit.prospects.current().some(({ id }) => id === prospectId)) throw new ApiError(400, 3, 'Invalid prospect ID');
  if (typeof optedOut !== 'boolean') throw new ApiError(400, 50, 'Invalid boolean');
  if (unit.memberships.current().some(row => row.listId === listId && row.prospectId === prospectId))
    throw new ApiError(400, 58, 'That prospect is already a member of that list. Update the membership instead.');
  const saved = unit.memberships.save({
    id: unit.nextId(),
    listId: target.id,
    prospectId: Number(prospectId),
    optedOut,
    createdAt: time(now),
    updatedAt: time(now),
  });
  if (names.length === 0 || controls.withholdAbilities.includes('lists.view')) return { status: 204 };
  return { status: 201, body: only(saved, names) };
};

const [firstName = '', lastName = ''] = user.name.split(' ');
const pardotUser = { id: 77_001, firstName, lastName, email: user.email, salesforceId: user.id, roleName: 'Marketing' };

const rowsOf = ({ unit, controls }: Given, collection: string): Row[] | undefined => {
  const lagMs = controls.readLagSeconds * 1000;
  if (collection === 'users') return [pardotUser];
  if (collection === 'custom-fields') return unit.customFields.read(lagMs);
  if (collection === 'prospects') return unit.prospects.read(lagMs);
  if (collection === 'lists') return unit.lists.read(lagMs);
  if (collection === 'list-memberships') return unit.memberships.read(lagMs);
  return undefined;
};

/** One call of the API, once its headers are accepted. Throws the ApiError that the vendor would answer. */
export const answerCall = (given: Given): Answer => {
  const { method, path, controls, businessUnitId } = given;
  const [collection = '', id, ...rest] = path.split('/');
  const ability = abilityFor[`${method} ${collection}`];
  if (ability === undefined) throw noEndpoint();
  if (controls.withholdAbilities.includes(ability)) throw accessDenied();
  if (method === 'POST' && collection === 'prospects') {
    if (path !== 'prospects/do/upsertLatestByEmail') throw noEndpoint();
    return upsert(given);
  }
  if (method === 'POST') return join(given);
  if (collection === 'account') {
    const { accountId, company, level } = businessUnits.find(unit => unit.id === businessUnitId)!;
    return { status: 200, body: only({ id: accountId, company, level }, wanted(given, 'account')) };
  }
  const rows = rowsOf(given, collection);
  if (!rows || rest.length > 0) throw noEndpoint();
  return id === undefined ? list(given, collection, rows) : one(given, collection, rows, id);
};
