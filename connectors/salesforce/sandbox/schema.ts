import { event, task } from './activities.ts';
import { campaign, campaignMember, campaignMemberStatus } from './campaigns.ts';
import type { Field, ObjectType } from './fields.ts';
import { organization } from './organization.ts';
import type { GrantedField } from './package.ts';
import { account, contact, lead, user } from './people.ts';
import { permissionSet, permissionSetAssignment } from './permissions.ts';

const standard: ObjectType[] = [
  task,
  event,
  lead,
  contact,
  account,
  campaign,
  campaignMember,
  campaignMemberStatus,
  user,
  organization,
  permissionSet,
  permissionSetAssignment,
];

/** The name of the object that an id belongs to, by its key prefix. */
export const nameOfId = (id: string): string | undefined => standard.find(({ prefix }) => id.startsWith(prefix))?.name;

/** The objects of one org: the standard ones, and the custom fields that were deployed to it. */
export const createSchema = () => {
  let types = new Map<string, ObjectType>();
  /** Fields that need a permission set to be seen, by object. */
  const unseen = new Map<string, Set<string>>();
  /** By permission set: whether its users may change a field, by Object.Field. */
  const grants = new Map<string, Map<string, boolean>>();
  const reset = (): void => {
    types = new Map(standard.map(type => [type.name, { ...type, fields: [...type.fields] }]));
    unseen.clear();
    for (const object of ['Lead', 'Contact']) unseen.set(object, new Set(['HasOptedOutOfEmail']));
    grants.clear();
  };
  reset();
  return {
    reset,
    types: (): ObjectType[] => [...types.values()],
    /** An object by its name in any case, as the vendor takes it. */
    type: (name: string): ObjectType | undefined =>
      types.get(name) ?? [...types.values()].find(type => type.name.toLowerCase() === name.toLowerCase()),
    /** Adds a field, or puts it in the place of the one with its name. */
    putField(object: string, field: Field): void {
      const type = types.get(object)!;
      type.fields = [...type.fields.filter(({ name }) => name !== field.name), field];
    },
    /** The same for a custom field that nobody sees without a permission set. */
    deployField(object: string, field: Field): void {
      this.putField(object, field);
      unseen.set(object, (unseen.get(object) ?? new Set()).add(field.name));
    },
    /** Lets everybody see a field from now on. */
    show(object: string, name: string): void {
      unseen.get(object)?.delete(name);
    },
    grant(permissionSetId: string, granted: GrantedField[]): void {
      grants.set(
        permissionSetId,
        new Map(granted.map(({ object, field, editable }) => [`${object}.${field}`, editable])),
      );
    },
    /** An object as it is for somebody with these permission sets. */
    granted(type: ObjectType, permissionSetIds: string[]): ObjectType {
      const hidden = unseen.get(type.name);
      if (!hidden?.size) return type;
      const fields = type.fields.flatMap(field => {
        const key = `${type.name}.${field.name}`;
        if (!hidden.has(field.name)) return field;
        const rights = permissionSetIds.flatMap(id => grants.get(id)?.get(key) ?? []);
        if (rights.length === 0) return [];
        return rights.includes(true) ? field : { ...field, createable: false, updateable: false };
      });
      return { ...type, fields };
    },
  };
};
export type Schema = ReturnType<typeof createSchema>;

/** A field by its name in any case. */
export const fieldOf = (type: ObjectType, name: string): Field | undefined =>
  type.fields.find(candidate => candidate.name.toLowerCase() === name.toLowerCase());
