import type { Account } from '../../src/sdk/index.ts';
import type { MarketoClient } from './client.ts';

/** Whose account it is. The call of the day's usage needs no permission, so it tells a dead credential from a missing right. */
export async function whoAmI({ client, signal }: { client: MarketoClient; signal: AbortSignal }): Promise<Account> {
  await client.read({ path: '/rest/v1/stats/usage.json', signal });
  const { instance, apiUser } = client;
  return { id: instance, name: `Marketo ${instance}`, ...(apiUser && { user: apiUser }) };
}
