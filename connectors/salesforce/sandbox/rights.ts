import { ApiError, notFound } from './errors.ts';
import type { Field, ObjectType } from './fields.ts';
import type { Schema } from './schema.ts';

export type Right = 'read' | 'create' | 'edit' | 'delete';
/** What a user may not do or see. Objects and fields go by their API names. */
export type Withheld = {
  objects: Record<string, Right[]>;
  fields: Record<string, string[]>;
  readOnlyFields: Record<string, string[]>;
  marketingUser: boolean;
  apiEnabled: boolean;
  modifyMetadata: boolean;
};
const changing: Right[] = ['create', 'edit', 'delete'];

/** Without the marketing-user mark campaigns are for reading only, and their member statuses are not to be seen. */
const withoutMarketing: Record<string, Right[]> = {
  Campaign: changing,
  CampaignMember: changing,
  CampaignMemberStatus: ['read', ...changing],
};

const narrowed = (type: ObjectType, withheld: Withheld): ObjectType | undefined => {
  const taken = [
    ...(withheld.objects[type.name] ?? []),
    ...(withheld.marketingUser ? [] : (withoutMarketing[type.name] ?? [])),
  ];
  if (taken.includes('read')) return undefined;
  const hidden = withheld.fields[type.name] ?? [];
  const closed = withheld.readOnlyFields[type.name] ?? [];
  const shown = (field: Field): Field =>
    closed.includes(field.name) ? { ...field, createable: false, updateable: false } : field;
  return {
    ...type,
    createable: type.createable && !taken.includes('create'),
    updateable: type.updateable && !taken.includes('edit'),
    deletable: type.deletable && !taken.includes('delete'),
    fields: type.fields.filter(({ name }) => !hidden.includes(name)).map(shown),
  };
};

/**
 * The rights of the org's users: everything that was not withheld from one of them or from all, and the deployed fields
 * that their permission sets grant.
 */
export const createRights = (schema: Schema, permissionSetsOf: (userId: string) => string[]) => {
  const withheld = new Map<string, Withheld>();
  const of = (userId: string): Withheld[] => ['*', userId].flatMap(key => withheld.get(key) ?? []);
  const view = (type: ObjectType, userId: string): ObjectType | undefined =>
    of(userId).reduce<ObjectType | undefined>(
      (seen, taken) => seen && narrowed(seen, taken),
      schema.granted(type, permissionSetsOf(userId)),
    );
  return {
    reset: () => withheld.clear(),
    /** Takes the place of what was withheld from this user before; `*` is every user. */
    withhold: (userId: string, taken: Withheld) => withheld.set(userId, taken),
    /** An object by its name in any case, as this user meets it; undefined where there is none or it is not to be seen. */
    find(name: string, userId: string): ObjectType | undefined {
      const type = schema.type(name);
      return type && view(type, userId);
    },
    /** The same; throws NOT_FOUND where there is none. */
    type(name: string, userId: string): ObjectType {
      const type = this.find(name, userId);
      if (!type) throw notFound();
      return type;
    },
    types: (userId: string): ObjectType[] => schema.types().flatMap(type => view(type, userId) ?? []),
    apiEnabled: (userId: string): boolean => of(userId).every(({ apiEnabled }) => apiEnabled),
    mayDeploy: (userId: string): boolean => of(userId).every(({ modifyMetadata }) => modifyMetadata),
  };
};
export type Rights = ReturnType<typeof createRights>;

/** Refuses what the user may not do with an object, before anything else is looked at. */
export const demand = (type: ObjectType, right: 'create' | 'edit' | 'delete'): void => {
  const may = { create: type.createable, edit: type.updateable, delete: type.deletable }[right];
  if (may) return;
  if (right === 'create')
    throw new ApiError(
      400,
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      `entity type cannot be inserted: ${type.label}`,
      [],
    );
  throw new ApiError(403, 'INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id', []);
};
