import type { Connection } from 'jsforce';
import * as z from 'zod';
import { type BatchItem, emailKey } from '../../src/sdk/index.ts';
import { findByIds, type Who } from './people.ts';
import { findIn } from './soql.ts';

const rules = ['rep', 'meeting_owner', 'record_owner', 'integration_user'] as const;

/** How a step says who owns what it creates. */
export const ownerInputs = {
  ownerId: z
    .union([
      z.literal(''),
      z
        .string()
        .regex(/^(005|00G)([a-zA-Z0-9]{12}|[a-zA-Z0-9]{15})$/, 'must be the id of a user (005…) or a queue (00G…)'),
    ])
    .optional()
    .meta({ title: 'Assigned to', description: 'A user or queue; by the rule below where left out' }),
  owner: z.enum(rules).optional().meta({
    title: 'Assigned by rule',
    description:
      'The rep who chatted, the owner of the meeting, the owner of the Contact or Lead, or the integration user (where left out)',
  }),
  ownerEmail: z.string().optional().meta({
    title: 'Assigned to the user with this e-mail',
    description: 'An active user of the org; by the rule where there is none',
  }),
};
export type OwnerInput = { ownerId?: string; owner?: (typeof rules)[number]; ownerEmail?: string };
type Asking = { item: BatchItem<OwnerInput>; who: { id?: string; type?: Who['type'] } | undefined };

/** The user who owns each of these records, undefined for the integration user; notes say where a rule found nobody. */
export async function findOwners(connection: Connection, asking: Asking[]): Promise<(string | undefined)[]> {
  const users = await usersByEmail(connection, asking);
  const recordOwners = await ownersOfRecords(connection, asking);
  return asking.map(({ item: { input, facts, note }, who }) => {
    const { ownerId, ownerEmail, owner } = input;
    if (ownerId) return ownerId;
    if (ownerEmail) {
      const user = users.get(emailKey(ownerEmail));
      if (user) return user;
      note(
        `No active user of the org has the e-mail ${ownerEmail}${owner ? '.' : ': it belongs to the integration user.'}`,
      );
    }
    const nobody = (why: string) => {
      note(`${why}: it belongs to the integration user.`);
      return undefined;
    };
    if (owner === 'rep') return facts.owners?.rep ?? nobody('The rep has no personal connection');
    if (owner === 'meeting_owner')
      return facts.owners?.meeting ?? nobody('The meeting’s owner has no personal connection');
    if (owner !== 'record_owner') return undefined;
    const found = who?.id ? recordOwners.get(who.id) : undefined;
    // A queue can own a Lead, but not everything that hangs on it.
    return found?.startsWith('005') ? found : nobody(found ? 'The Lead belongs to a queue' : 'No person was linked');
  });
}

async function usersByEmail(connection: Connection, asking: Asking[]): Promise<Map<string, string>> {
  const emails = asking.flatMap(({ item: { input } }) => (!input.ownerId && input.ownerEmail?.trim()) || []);
  const from = { object: 'User', field: 'Email', fields: ['Email'], where: { IsActive: true } };
  const users = await findIn(connection, from, emails.map(emailKey));
  return new Map(users.map(user => [emailKey(String(user.Email)), user.Id]));
}

async function ownersOfRecords(connection: Connection, asking: Asking[]): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const type of ['Contact', 'Lead'] as const) {
    const ids = asking.flatMap(({ item: { input }, who }) =>
      input.owner === 'record_owner' && !input.ownerId && who?.type === type ? (who.id ?? []) : [],
    );
    for (const [id, row] of await findByIds(connection, type, ['OwnerId'], ids)) owners.set(id, String(row.OwnerId));
  }
  return owners;
}
