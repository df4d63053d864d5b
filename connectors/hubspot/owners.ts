import type { PublicOwner } from '@hubspot/api-client/lib/codegen/crm/owners/index.js';
import { emailKey, StepError } from '../../src/sdk/index.ts';
import { settled } from './batch.ts';
import { type Asking, Kept } from './kept.ts';

const PAGE = 500;

/** Every active owner: HubSpot's users, as records know them. */
export async function askForOwners({ client, signal }: Pick<Asking, 'client' | 'signal'>): Promise<PublicOwner[]> {
  const owners: PublicOwner[] = [];
  let after: string | undefined;
  do {
    const page = await client.api(signal).owners.getPage(undefined, after, PAGE, false);
    owners.push(...(page.results ?? []));
    after = page.paging?.next?.after;
  } while (after !== undefined);
  return owners;
}

const ownersByEmail = new Kept<ReadonlyMap<string, PublicOwner>>(async asking => {
  const owners = await askForOwners(asking);
  return new Map(owners.flatMap(owner => (owner.email ? [[emailKey(owner.email), owner] as const] : [])));
});

/**
 * Owner ids by `emailKey` of these e-mails, for those who are owners. A connection that may not read owners has none; `note` says so.
 * @throws StepError where HubSpot cannot be asked
 */
export async function findOwners(
  asking: Asking,
  emails: string[],
  note: (sentence: string) => void,
): Promise<Map<string, string>> {
  if (emails.length === 0) return new Map();
  const owners = await settled(() => ownersByEmail.get(asking));
  if (owners instanceof StepError) {
    if (owners.kind !== 'forbidden') throw owners;
    note(`Owners could not be looked up, so none was set. ${owners.message}`);
    return new Map();
  }
  const found = emails.flatMap(email => {
    const owner = owners.get(emailKey(email));
    return owner ? [[emailKey(email), owner.id] as const] : [];
  });
  if (found.length < emails.length) ownersByEmail.doubt(asking);
  return new Map(found);
}
