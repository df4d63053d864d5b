import type { Account } from '../../src/sdk/index.ts';
import type { PardotClient } from './client.ts';
import { classify } from './errors.ts';

/**
 * The business unit and the Salesforce user behind the token. The first call also proves that the user may use this business unit; a
 * role that may not see the account's data is no reason not to connect.
 */
export async function whoAmI({ client, signal }: { client: PardotClient; signal: AbortSignal }): Promise<Account> {
  const fields = 'id,company,level';
  const account = await unlessForbidden(() =>
    client.call({ method: 'GET', path: 'account', query: { fields }, signal }),
  );
  const user = await unlessForbidden(() => client.userInfo(signal));
  const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
  const username = text(user?.preferred_username) ?? text(user?.email);
  const details = {
    businessUnitId: client.businessUnitId,
    accountId: text(account?.id),
    edition: text(account?.level),
    orgId: text(user?.organization_id),
    userId: text(user?.user_id),
  };
  return {
    id: client.businessUnitId,
    name: text(account?.company) || `Business unit ${client.businessUnitId}`,
    user: username,
    url: client.apiUrl,
    details: Object.fromEntries(
      Object.entries(details).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}

async function unlessForbidden(
  ask: () => Promise<{ body: Record<string, unknown> }>,
): Promise<Record<string, unknown> | undefined> {
  try {
    return (await ask()).body;
  } catch (thrown) {
    const error = classify(thrown);
    if (error.kind === 'forbidden' && !error.details.park) return undefined;
    throw error;
  }
}
