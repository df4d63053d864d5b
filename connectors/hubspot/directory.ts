import type { PublicOwner } from '@hubspot/api-client/lib/codegen/crm/owners/index.js';
import { type Directory, type DirectoryPerson, emailKey, StepError } from '../../src/sdk/index.ts';
import { settled } from './batch.ts';
import type { HubSpotClient } from './client.ts';
import { findContact, isGone } from './contacts.ts';

type Asking = { client: HubSpotClient; signal: AbortSignal };

/** HubSpot's owners: the people who may own contacts. */
export const directory: Directory<HubSpotClient> = {
  async ownerOf(context, { record, external, email }) {
    const pushed = record?.type === 'contacts' ? record.id : undefined;
    const contact = await findContact(context, { id: pushed ?? external.hubspotContactId, email }, [
      'hubspot_owner_id',
    ]);
    const id = contact?.properties.hubspot_owner_id;
    return id ? ownerById(context, id) : undefined;
  },
  async findUser(context, user) {
    if ('id' in user) return ownerById(context, user.id);
    const { results } = await context.client.api(context.signal).owners.getPage(user.email.trim(), undefined, 5, false);
    return personOf((results ?? []).find(({ email }) => emailKey(email ?? '') === emailKey(user.email)));
  },
};

/** Undefined for one who has left, and for a queue. */
async function ownerById({ client, signal }: Asking, id: string): Promise<DirectoryPerson | undefined> {
  if (!/^\d{1,15}$/.test(id)) return undefined;
  const owner = await settled(() => client.api(signal).owners.getById(Number(id), 'id', false));
  if (!(owner instanceof StepError)) return personOf(owner);
  if (isGone(owner)) return undefined;
  throw owner;
}

function personOf(owner: PublicOwner | undefined): DirectoryPerson | undefined {
  if (!owner || owner.archived || owner.type === 'QUEUE') return undefined;
  const name = [owner.firstName, owner.lastName].filter(Boolean).join(' ');
  return { id: owner.id, ...(name && { name }), ...(owner.email && { email: owner.email }) };
}
