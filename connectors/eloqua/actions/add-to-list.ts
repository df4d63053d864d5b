import * as z from 'zod';
import { defineAction } from '../../../src/sdk/index.ts';
import type { EloquaClient } from '../client.ts';
import { contactOf } from '../contacts.ts';
import { findList } from '../lists.ts';

const input = z.strictObject({
  listId: z.string().trim().min(1).meta({
    title: 'List',
    description: 'The id or the exact name of a contact list, e.g. {{ session.utm.campaign }}',
  }),
});
const output = z.object({ listId: z.string(), listName: z.string(), contactId: z.string() });

export const addToList = defineAction<z.output<typeof input>, z.infer<typeof output>, EloquaClient>({
  id: 'eloqua.add_to_list',
  title: 'Add to an Eloqua contact list',
  description: 'Makes the contact of the last push a member of a contact list.',
  input,
  output,
  fits: {},
  needsPush: true,
  priority: 'low',
  // Adding a member once more changes nothing.
  replay: 'safe',
  async run(context, { listId }) {
    const { client, signal, note } = context;
    const { id: contactId, why } = await contactOf(context, context.facts);
    note(why);
    const { id, name, description, scope } = await findList(context, listId);
    // A PUT blanks what it does not name, but for the members: those it adds to.
    const kept = Object.entries({ name, description, scope }).filter(([, value]) => typeof value === 'string');
    const body = { id, ...Object.fromEntries(kept), membershipAdditions: [contactId] };
    await client.call({ method: 'PUT', path: `1.0/assets/contact/list/${id}`, body, signal });
    const listName = typeof name === 'string' ? name : id;
    note(`On the list “${listName}” now.`);
    return { listId: id, listName, contactId };
  },
});
