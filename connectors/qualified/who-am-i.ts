import * as z from 'zod';
import type { Account, ConnectorSettings } from '../../src/sdk/index.ts';
import type { QualifiedClient } from './client.ts';
import { readPage } from './list.ts';

const field = z.looseObject({ id: z.string().min(1), createdAt: z.string().default('') });

/**
 * Which team the token is of. The API names no team, so the team is known by the oldest of its lead fields: the next token of the
 * same team is then taken for the same account, and one of another team is not.
 */
export async function whoAmI({
  client,
  signal,
  settings,
}: {
  client: QualifiedClient;
  signal: AbortSignal;
  settings: ConnectorSettings;
}): Promise<Account> {
  const { records } = await readPage({ client, signal }, '/v2/leads/fields');
  const fields = records.flatMap(record => field.safeParse(record).data ?? []);
  const [oldest] = fields.sort((a, b) => compare(a.createdAt, b.createdAt) || compare(a.id, b.id));
  const { host } = new URL(settings.QUALIFIED_API_URL ?? '');
  return { id: oldest?.id ?? host, name: 'Qualified' };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
