import { contactFrom, shown } from './contact.ts';
import { ApiError, notFound, objectError, parameterError } from './errors.ts';
import { paged, searched } from './search.ts';
import { type Contact, type Field, fields, type List } from './seed.ts';
import type { Store } from './store.ts';

export type Call = {
  method: string;
  /** Behind `/api/REST/`, e.g. `1.0/data/contacts`. */
  path: string;
  query: URLSearchParams;
  body: unknown;
  now: number;
  store: Store;
  /** E-mails of contacts that the user may not see. */
  hidden: string[];
};
export type Answer = { status: number; body?: unknown };

const depths = ['minimal', 'partial', 'complete'];
const depthOf = ({ query }: Call): string => {
  const depth = query.get('depth') ?? '';
  return depths.includes(depth) ? depth : 'complete';
};
const key = (email: string | undefined): string => (email ?? '').toLowerCase();

const objectOf = (body: unknown): Record<string, unknown> => {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new ApiError(400, 'There was a parsing error.');
};

const visible = ({ store, hidden }: Call): Contact[] =>
  store.contacts().filter(({ properties }) => !hidden.includes(key(properties.emailAddress)));

const contactTerm = (contact: Contact, term: string): unknown => {
  if (term === 'id') return contact.id;
  if (term === 'name') return contact.properties.emailAddress;
  const field = fields.find(({ internalName, property }) => term === internalName || (property && term === property));
  if (!field) return undefined;
  return (field.property ? contact.properties[field.property] : contact.values[field.id]) ?? '';
};

const listContacts = (call: Call): Answer => {
  const found = searched(visible(call), call.query.get('search'), contactTerm);
  const depth = depthOf(call);
  return {
    status: 200,
    body: paged(
      found.map(contact => shown(contact, depth)),
      call.query,
    ),
  };
};

/** Each e-mail is there once, also where the one who has it is not shown. */
const checkUnique = ({ store }: Call, email: string | undefined, id?: string): void => {
  const taken = store.contacts().some(each => key(each.properties.emailAddress) === key(email) && each.id !== id);
  if (taken) throw objectError({ objectType: 'Contact' }, 'emailAddress', 'UniquenessRequirement', email, 409);
};

const createContact = (call: Call): Answer => {
  const { store, now } = call;
  const made = contactFrom(objectOf(call.body));
  checkUnique(call, made.properties.emailAddress);
  const at = Math.floor(now / 1000);
  const contact = store.saveContact({ id: store.nextId(), createdAt: at, updatedAt: at, ...made });
  return { status: 201, body: shown(contact, 'complete') };
};

const oneContact = (call: Call, id: string): Answer => {
  const contact = visible(call).find(each => each.id === id);
  if (!contact) throw notFound();
  if (call.method === 'GET') return { status: 200, body: shown(contact, depthOf(call)) };
  const body = objectOf(call.body);
  if (body.id !== undefined && body.id !== id)
    throw objectError({ objectType: 'Contact' }, 'id', 'IdRequirement', body.id);
  const made = contactFrom(body, id);
  checkUnique(call, made.properties.emailAddress, id);
  const saved = call.store.saveContact({ ...contact, ...made, updatedAt: Math.floor(call.now / 1000) });
  return { status: 200, body: shown(saved, 'complete') };
};

const shownField = ({ property: _property, ...field }: Field) => ({
  type: 'ContactField',
  depth: 'complete',
  createdAt: '1262304000',
  updatedAt: '1262304000',
  updateType: 'always',
  ...field,
  isReadOnly: String(field.isReadOnly),
  isRequired: String(field.isRequired),
  isStandard: String(field.isStandard),
});

const shownList = ({ members, updatedAt, ...list }: List, depth: string) => ({
  type: 'ContactList',
  ...list,
  depth,
  createdAt: '1262304000',
  updatedAt: String(updatedAt),
  count: String(members.length),
  ...(depth === 'complete' && { dataLookupId: '3d0c9a5e-2f6a-4f3a-8d11-7c2b9f0e4a63', permissions: 'fullControl' }),
});

const listLists = (call: Call): Answer => {
  const term = (list: List, name: string): unknown => ({ id: list.id, name: list.name, scope: list.scope })[name];
  const found = searched(call.store.lists(), call.query.get('search'), term);
  if (/^name\b/.test(call.query.get('orderBy') ?? ''))
    found.sort((one, other) => one.name.localeCompare(other.name, 'en') || Number(one.id) - Number(other.id));
  return {
    status: 200,
    body: paged(
      found.map(list => shownList(list, depthOf(call))),
      call.query,
    ),
  };
};

const texts = (value: unknown, name: string): string[] => {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every(each => typeof each === 'string')) return value;
  throw objectError({ objectType: 'ContactList' }, name, 'SyntaxRequirement', value);
};

/** What is not named is blank afterwards; members are added and taken out one by one. */
const oneList = (call: Call, id: string): Answer => {
  const { store, now, method } = call;
  const list = store.lists().find(each => each.id === id);
  if (!list) throw notFound();
  if (method === 'GET') return { status: 200, body: shownList(list, depthOf(call)) };
  const body = objectOf(call.body);
  const about = { objectType: 'ContactList', objectId: id };
  const { name, description = '', scope = list.scope } = body;
  if (typeof name !== 'string' || name === '') throw objectError(about, 'name', 'NotNullRequirement', name);
  const additions = texts(body.membershipAdditions, 'membershipAdditions');
  const strange = additions.find(each => !visible(call).some(contact => contact.id === each));
  if (strange !== undefined) throw objectError(about, 'membershipAdditions', 'RelationshipRequirement', strange);
  const deletions = new Set(texts(body.membershipDeletions, 'membershipDeletions'));
  const members = [...new Set([...list.members, ...additions])].filter(each => !deletions.has(each));
  const saved = store.saveList({
    ...list,
    name,
    description: String(description),
    scope: String(scope),
    members,
    updatedAt: Math.floor(now / 1000),
  });
  return { status: 200, body: shownList(saved, 'complete') };
};

type Route = { method: string; path: RegExp; run(call: Call, id: string): Answer };
const routes: Route[] = [
  { method: 'GET', path: /^1\.0\/data\/contacts$/, run: listContacts },
  { method: 'POST', path: /^1\.0\/data\/contact$/, run: createContact },
  { method: 'GET', path: /^1\.0\/data\/contact\/([^/]+)$/, run: oneContact },
  { method: 'PUT', path: /^1\.0\/data\/contact\/([^/]+)$/, run: oneContact },
  {
    method: 'GET',
    path: /^1\.0\/assets\/contact\/fields$/,
    run: ({ query }) => ({ status: 200, body: paged(fields.map(shownField), query) }),
  },
  { method: 'GET', path: /^1\.0\/assets\/contact\/lists$/, run: listLists },
  { method: 'GET', path: /^1\.0\/assets\/contact\/list\/([^/]+)$/, run: oneList },
  { method: 'PUT', path: /^1\.0\/assets\/contact\/list\/([^/]+)$/, run: oneList },
];

/** One call of the API with an accepted token. Throws the ApiError that the vendor would answer. */
export const answerCall = (call: Call): Answer => {
  for (const { method, path, run } of routes) {
    const match = path.exec(call.path);
    if (!match || method !== call.method) continue;
    const id = match[1];
    if (id !== undefined && !/^[1-9]\d*$/.test(id)) throw parameterError('id', 'IdRequirement', id);
    return run(call, id ?? '');
  }
  throw notFound();
};
