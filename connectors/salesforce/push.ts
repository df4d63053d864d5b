import * as z from 'zod';
import {
  type BatchItem,
  isBlank,
  mappedFor,
  type PushOutput,
  pushDestination,
  StepError,
  type StepFacts,
} from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { fieldsToCreate, fieldsToUpdate, missingFields, type PersonType } from './mapping.ts';
import type { Person } from './people.ts';
import { KEY_FIELD, keyUse, type ObjectInfo } from './schema.ts';
import { valueFor } from './values.ts';
import type { Write } from './write.ts';

export const pushInput = z.strictObject({
  destination: pushDestination('salesforce'),
  assignmentRules: z.boolean().optional().meta({
    title: 'Run lead assignment rules',
    description: 'The org’s active assignment rule chooses the owner of a new Lead; off where left out',
  }),
});
export type SalesforcePushInput = z.infer<typeof pushInput>;

/** What the org says about the two objects that hold people. */
export type PeopleObjects = Record<PersonType, ObjectInfo>;

// What people see on Leads that come in by Salesforce's own web forms, too.
const NO_COMPANY = '[not provided]';

/**
 * The new Lead of a person: the mapped fields, the e-mail, and LastName and Company in any case. Its owner is the rep who chatted, else
 * the one who has the meeting, else whoever is connected.
 * @throws StepError `rejected` naming the field that is wrong or missing
 */
export function creationOf(item: BatchItem<SalesforcePushInput>, email: string, { Lead: info }: PeopleObjects): Write {
  const { facts, note } = item;
  const emailField = info.field('Email');
  const values: Record<string, unknown> = {
    ...fieldsToCreate(mappedFor(facts, 'Lead'), { object: 'Lead', info, note }),
    Email: emailField ? valueFor(emailField, email, 'Lead.Email') : email,
    ...ownerOf(facts, note),
  };
  if (isBlank(values.LastName)) {
    values.LastName = nameIn(info, email);
    note(`The visitor’s last name is not known: the Lead is called ${values.LastName}.`);
  }
  if (isBlank(values.Company)) {
    values.Company = NO_COMPANY;
    note(`The visitor’s company is not known: the Lead’s company is ${NO_COMPANY}.`);
  }
  const [missing] = missingFields(info, values);
  if (missing !== undefined)
    throw new StepError(
      'rejected',
      `This org takes no Lead without \`${missing}\`. Map a value or a fixed text to it, or make it optional in Salesforce.`,
      { field: `Lead.${missing}` },
    );
  const use = keyUse(info);
  if (use === 'look-up') values[KEY_FIELD] = item.stepKey;
  return { type: 'Lead', fields: values, ...(use === 'upsert' && { stepKey: item.stepKey }) };
}

function nameIn(info: ObjectInfo, email: string): string {
  const [local = email] = email.split('@');
  return local.slice(0, info.field('LastName')?.length || 80);
}

function ownerOf({ owners }: StepFacts, note: (sentence: string) => void): { OwnerId?: string } {
  const [id, who] = owners?.rep ? [owners.rep, 'the rep who chatted'] : [owners?.meeting, 'the owner of the meeting'];
  if (!id) {
    note('No rep of this conversation or meeting has a personal connection: the Lead belongs to the integration user.');
    return {};
  }
  note(`The Lead belongs to ${who}.`);
  return { OwnerId: id };
}

/** What changes of an existing person; undefined where nothing does. @throws StepError as `creationOf` */
export function updateOf(
  { facts, note }: BatchItem<SalesforcePushInput>,
  person: Person,
  objects: PeopleObjects,
): Write | undefined {
  const target = { object: person.type, info: objects[person.type], note };
  const fields = fieldsToUpdate(mappedFor(facts, person.type), person.current, target);
  return Object.keys(fields).length === 0 ? undefined : { type: person.type, id: person.id, fields };
}

/** What every push gives back. */
export function pushed(client: SalesforceClient, person: Pick<Person, 'type' | 'id'>, created: boolean): PushOutput {
  const { type, id } = person;
  return {
    connector: 'salesforce',
    recordType: type,
    recordId: id,
    created,
    url: `${client.instanceUrl}/${id}`,
    externalIds: type === 'Lead' ? { salesforceLeadId: id } : { salesforceContactId: id },
  };
}
