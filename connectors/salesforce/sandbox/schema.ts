import { event, task } from './activities.ts';
import { campaign, campaignMember, campaignMemberStatus } from './campaigns.ts';
import type { Field, ObjectType } from './fields.ts';
import { account, contact, lead, user } from './people.ts';

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
];

/** The name of the object that an id belongs to, by its key prefix. */
export const nameOfId = (id: string): string | undefined => standard.find(({ prefix }) => id.startsWith(prefix))?.name;

/** The objects of one org: the standard ones, and the custom fields that were deployed to it. */
export const createSchema = () => {
  let types = new Map<string, ObjectType>();
  const reset = (): void => {
    types = new Map(standard.map(type => [type.name, { ...type, fields: [...type.fields] }]));
  };
  reset();
  return {
    reset,
    types: (): ObjectType[] => [...types.values()],
    /** An object by its name in any case, as the vendor takes it. */
    type: (name: string): ObjectType | undefined =>
      types.get(name) ?? [...types.values()].find(type => type.name.toLowerCase() === name.toLowerCase()),
    /** Adds a custom field, or puts it in the place of the one with its name. */
    putField(type: ObjectType, field: Field): void {
      type.fields = [...type.fields.filter(({ name }) => name !== field.name), field];
    },
  };
};
export type Schema = ReturnType<typeof createSchema>;

/** A field by its name in any case. */
export const fieldOf = (type: ObjectType, name: string): Field | undefined =>
  type.fields.find(candidate => candidate.name.toLowerCase() === name.toLowerCase());
