import * as z from 'zod';
import { type ActionContext, defineAction } from '../../../src/sdk/index.ts';
import type { PardotClient } from '../client.ts';
import { ALREADY_A_MEMBER } from '../error-codes.ts';
import { classify } from '../errors.ts';
import { findList, type List } from '../lists.ts';
import { valuesOf } from '../pages.ts';
import { prospectOf } from '../prospects.ts';

const input = z.strictObject({
  listId: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'List', description: 'The id or the exact name of a static list, e.g. {{ session.utm.campaign }}' }),
});
type ListInput = z.output<typeof input>;
const output = z.object({
  listMembershipId: z.string().optional(),
  listId: z.string(),
  listName: z.string(),
  prospectId: z.string(),
  created: z.boolean(),
});
type ListOutput = z.infer<typeof output>;
type Context = ActionContext<PardotClient>;
type Membership = { id?: number; optedOut?: boolean };

const FIELDS = 'id,listId,prospectId,optedOut';

export const addToList = defineAction<ListInput, ListOutput, PardotClient>({
  id: 'pardot.add_to_list',
  title: 'Add to an Account Engagement list',
  description: 'Makes the prospect of the last push a member of a static list.',
  input,
  output,
  fits: {},
  needsPush: true,
  priority: 'low',
  // Account Engagement itself takes a prospect only once onto a list.
  replay: 'safe',
  async run(context, { listId }) {
    const { id, why } = await prospectOf(context, context.facts);
    context.note(why);
    const list = await findList(context, listId);
    const member = await findMembership(context, list, id);
    if (member) return already(context, list, id, member);
    const created = await join(context, list, id);
    if (!created) return already(context, list, id, (await findMembership(context, list, id)) ?? {});
    context.note(`Added to “${list.name}”.`);
    return shown(list, id, created, true);
  },
});

async function findMembership(context: Context, list: List, prospectId: number): Promise<Membership | undefined> {
  const { body } = await context.client.call({
    method: 'GET',
    path: 'list-memberships',
    query: { fields: FIELDS, listId: String(list.id), prospectId: String(prospectId) },
    signal: context.signal,
  });
  // Compared here, too: a filter that the vendor does not know would find everybody.
  return valuesOf(body).find(found => found.listId === list.id && found.prospectId === prospectId);
}

/** Undefined where the prospect is on the list already, which a look that is up to a minute old may not have shown. */
async function join(context: Context, list: List, prospectId: number): Promise<Membership | undefined> {
  try {
    const { body } = await context.client.call({
      method: 'POST',
      path: 'list-memberships',
      query: { fields: FIELDS },
      body: { listId: list.id, prospectId },
      signal: context.signal,
    });
    return body;
  } catch (thrown) {
    const error = classify(thrown);
    if (error.details.vendorCode === String(ALREADY_A_MEMBER)) return undefined;
    throw error;
  }
}

function already(context: Context, list: List, prospectId: number, member: Membership): ListOutput {
  const out = member.optedOut === true ? ' The person has opted out of it, which was left so.' : '';
  context.note(`Already on “${list.name}”.${out}`);
  return shown(list, prospectId, member, false);
}

const shown = (list: List, prospectId: number, { id }: Membership, created: boolean): ListOutput => ({
  ...(id !== undefined && { listMembershipId: String(id) }),
  listId: String(list.id),
  listName: list.name,
  prospectId: String(prospectId),
  created,
});
