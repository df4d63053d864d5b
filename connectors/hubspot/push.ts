import * as z from 'zod';
import {
  type BatchItem,
  emailKey,
  mappedFor,
  type PushOutput,
  pushDestination,
  StepError,
} from '../../src/sdk/index.ts';
import type { BatchContext } from './batch.ts';
import { appUrl, type HubSpotClient } from './client.ts';
import type { Contact } from './contacts.ts';
import { type Line, linesOf, OBJECT, valuesToCreate, valuesToUpdate } from './mapping.ts';
import { findOwners } from './owners.ts';
import { contactProperties, type Properties } from './properties.ts';

export const pushInput = z.strictObject({
  destination: pushDestination('hubspot'),
});
export type HubSpotPushInput = z.infer<typeof pushInput>;
export type PushItem = BatchItem<HubSpotPushInput>;

/** One person to be pushed: what the mapping comes to, and who would own a new contact (null for nobody, once it has been asked). */
export type Plan = { item: PushItem; email: string; lines: Line[]; ownerId?: string | null };

/** Plans all items at once. An item whose mapping does not fit the account is answered with what is wrong. */
export async function plansFor(
  context: BatchContext,
  emails: Map<PushItem, string>,
): Promise<{ plans: Plan[]; properties: Properties; refused: Map<PushItem, StepError> }> {
  const properties = await contactProperties.get(context);
  const refused = new Map<PushItem, StepError>();
  const plans: Plan[] = [];
  for (const [item, email] of emails) {
    try {
      plans.push({ item, email, lines: linesOf(mappedFor(item.facts, OBJECT), properties, item.note) });
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      refused.set(item, error);
      if (error.details.schemaDrift) contactProperties.doubt(context);
    }
  }
  return { plans, properties, refused };
}

/** The rep who chatted, else the one who has the meeting, in this order. */
const reps = ({ facts: { rep, meeting } }: PushItem): string[] =>
  [rep?.email, meeting?.owner?.email].flatMap(email => email?.trim() || []);

/** Whether the contact must be read first: a rule looks at what is there, or only a new contact gets an owner. */
export const readsFirst = ({ item, lines }: Plan): boolean =>
  reps(item).length > 0 || lines.some(({ update }) => update !== 'always');

/** Says whom new contacts will belong to, on the plans themselves. Owners are HubSpot users with the rep's e-mail. */
export async function chooseOwners(context: BatchContext, all: Plan[]): Promise<void> {
  const plans = all.filter(({ ownerId }) => ownerId === undefined);
  const emails = [...new Set(plans.flatMap(({ item }) => reps(item)).map(emailKey))];
  const toAll = (sentence: string) => {
    for (const { item } of plans) item.note(sentence);
  };
  const owners = await findOwners(context, emails, toAll);
  for (const plan of plans) {
    const found = reps(plan.item).find(email => owners.has(emailKey(email)));
    plan.ownerId = found === undefined ? null : owners.get(emailKey(found))!;
  }
}

/** What a new contact is made with beside its e-mail, and what is to be said of it. */
export function creationOf({ lines, ownerId, item }: Plan): Record<string, string> {
  if (reps(item).length > 0 && !ownerId)
    item.note('Neither the rep nor the owner of the meeting is a HubSpot user: the new contact has no owner.');
  return { ...valuesToCreate(lines), ...(ownerId && { hubspot_owner_id: ownerId }) };
}

/** What changes of a contact that is there. */
export const updateOf = ({ lines }: Plan, contact: Contact, properties: Properties): Record<string, string> =>
  valuesToUpdate(lines, contact.properties, properties);

/** What every push gives back. */
export function pushed(client: HubSpotClient, id: string, created: boolean): PushOutput {
  return {
    connector: 'hubspot',
    recordType: OBJECT,
    recordId: id,
    created,
    ...(client.hubId && { url: contactUrl(client, id) }),
    externalIds: { hubspotContactId: id },
  };
}

/** Where a person looks at the contact. */
const contactUrl = ({ settings, hubId }: HubSpotClient, id: string): string =>
  `${appUrl(settings)}/contacts/${hubId}/record/0-1/${id}`;
