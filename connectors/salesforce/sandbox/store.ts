import { ApiError, notFound } from './errors.ts';
import { fullId, makeId } from './ids.ts';
import { type ObjectType, objectType, objectTypes, typeOfId } from './schema.ts';
import { accounts, leads, users } from './seed.ts';
import { readFields, requireFields, type Stored, writeTime } from './validate.ts';

/** The org's records. Ids rise from 1 in every object, so that the seed has the same ids at every start. */
export const createStore = (now: () => number) => {
  const tables = new Map<string, Map<string, Stored>>();
  const sequences = new Map<string, number>();

  const table = (name: string): Map<string, Stored> => tables.get(name) ?? new Map();
  const find = (id: string): Stored | undefined => {
    const full = fullId(id);
    const type = full && typeOfId(full);
    return type ? table(type.name).get(full) : undefined;
  };

  const insert = (type: ObjectType, fields: Stored, userId: string): Stored => {
    const sequence = (sequences.get(type.name) ?? 0) + 1;
    const at = writeTime(now());
    const record: Stored = Object.fromEntries(type.fields.map(field => [field.name, field.initial ?? null]));
    if ('OwnerId' in record) record.OwnerId = userId;
    for (const [name, value] of Object.entries(fields)) record[name] = value ?? record[name] ?? null;
    Object.assign(record, {
      CreatedDate: at,
      CreatedById: userId,
      LastModifiedDate: at,
      LastModifiedById: userId,
      SystemModstamp: at,
    });
    requireFields(type, record);
    record.Id = makeId(type.prefix, sequence);
    derive(type, record, find);
    sequences.set(type.name, sequence);
    table(type.name).set(record.Id, record);
    return record;
  };

  const live = (type: ObjectType, id: string): Stored => {
    const full = fullId(id);
    const record = full?.startsWith(type.prefix) ? table(type.name).get(full) : undefined;
    if (!record)
      throw new ApiError(
        404,
        'NOT_FOUND',
        full
          ? 'The requested resource does not exist'
          : `Provided external ID field does not exist or is not accessible: ${id}`,
      );
    if (record.IsDeleted === true) throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted', []);
    return record;
  };

  const touch = (record: Stored, userId: string): void => {
    const at = writeTime(now());
    Object.assign(record, { LastModifiedDate: at, LastModifiedById: userId, SystemModstamp: at });
  };

  const store = {
    type(name: string): ObjectType {
      const type = objectType(name);
      if (!type) throw notFound();
      return type;
    },
    find,
    get: live,
    create: (type: ObjectType, body: unknown, userId: string): Stored =>
      insert(type, readFields(type, body, 'createable', find), userId),
    update(type: ObjectType, id: string, body: unknown, userId: string): void {
      const record = live(type, id);
      const next = { ...record, ...readFields(type, body, 'updateable', find) };
      requireFields(type, next);
      derive(type, next, find);
      touch(next, userId);
      Object.assign(record, next);
    },
    remove(type: ObjectType, id: string, userId: string): void {
      const record = live(type, id);
      if (type.name === 'User')
        throw new ApiError(400, 'CANNOT_DELETE_ENTITY', 'Users cannot be deleted; deactivate them instead', []);
      record.IsDeleted = true;
      touch(record, userId);
    },
    /** Records of one object in the order of their making, without deleted ones. */
    list: (name: string): Stored[] => [...table(name).values()].filter(record => record.IsDeleted !== true),
    snapshot: () => ({ tables: structuredClone(tables), sequences: new Map(sequences) }),
    restore(snapshot: { tables: Map<string, Map<string, Stored>>; sequences: Map<string, number> }): void {
      for (const [name, rows] of snapshot.tables) tables.set(name, rows);
      for (const name of objectTypes.keys()) sequences.set(name, snapshot.sequences.get(name) ?? 0);
    },
    reset(): void {
      sequences.clear();
      for (const name of objectTypes.keys()) tables.set(name, new Map());
      plant(insert);
    },
  };
  store.reset();
  return store;
};
export type Store = ReturnType<typeof createStore>;

/** The user who connects: the first of the seed. */
export const integrationUserId = makeId('005', 1);
export const organizationId = makeId('00D', 1);

/** Fields that the vendor works out from others. */
const derive = (type: ObjectType, record: Stored, find: (id: string) => Stored | undefined): void => {
  if ('FirstName' in record) record.Name = [record.FirstName, record.LastName].filter(Boolean).join(' ');
  if (type.name !== 'Task') return;
  record.IsClosed = record.Status === 'Completed';
  record.IsHighPriority = record.Priority === 'High';
  const what = typeof record.WhatId === 'string' ? record.WhatId : null;
  const who = typeof record.WhoId === 'string' ? find(record.WhoId) : undefined;
  record.AccountId = what ?? who?.AccountId ?? null;
};

const plant = (insert: (type: ObjectType, fields: Stored, userId: string) => Stored): void => {
  const put = (name: string, fields: Stored): string =>
    String(insert(objectTypes.get(name)!, fields, integrationUserId).Id);
  const ids = new Map(
    users.map(({ Email, ...user }) => [
      Email,
      put('User', { ...user, Email, Username: `${Email}.sandbox`, Alias: user.LastName.slice(0, 8).toLowerCase() }),
    ]),
  );
  const ownerId = (email: string): string => ids.get(email) ?? integrationUserId;
  for (const { contacts, owner, ...account } of accounts) {
    const AccountId = put('Account', { ...account, OwnerId: ownerId(owner) });
    for (const contact of contacts) put('Contact', { ...contact, AccountId, OwnerId: ownerId(owner) });
  }
  for (const { owner, ...lead } of leads) put('Lead', { ...lead, OwnerId: ownerId(owner) });
};
