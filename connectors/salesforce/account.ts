import type { Connection } from 'jsforce';
import type { Account } from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { isSchemaDrift } from './error-codes.ts';
import { classify } from './errors.ts';

/** The userinfo endpoint's answer, as far as we read it. */
export type UserInfo = {
  user_id: string;
  organization_id: string;
  preferred_username?: string;
  email?: string;
  zoneinfo?: string;
};

/** The user behind the token: one GET with the token in the header (jsforce's identity() puts it into the URL). */
export const askForUser = (connection: Connection): Promise<UserInfo> =>
  connection.request<UserInfo>(`${connection.instanceUrl}/services/oauth2/userinfo`);

/**
 * The org and the user behind the token. `details`: orgId, userId, username, timeZone (IANA), edition, environment, and how many API
 * calls of the last 24 hours are left (`apiCallsLeft` of `apiCallsLimit`).
 */
export async function whoAmI({ client, signal }: { client: SalesforceClient; signal: AbortSignal }): Promise<Account> {
  const connection = client.connection(signal);
  const user = await askForUser(connection);
  const org = await askForOrganization(connection);
  const username = user.preferred_username ?? user.email;
  const usage = client.usage();
  const details: Record<string, string | undefined> = {
    orgId: user.organization_id,
    userId: user.user_id,
    username,
    timeZone: user.zoneinfo,
    edition: org?.OrganizationType,
    environment: org && (org.IsSandbox ? 'sandbox' : 'production'),
    apiCallsLeft: usage && String(Math.max(0, usage.limit - usage.used)),
    apiCallsLimit: usage && String(usage.limit),
  };
  return {
    id: user.organization_id,
    name: org?.Name ?? new URL(client.instanceUrl).host,
    user: username,
    url: client.instanceUrl,
    details: Object.fromEntries(
      Object.entries(details).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}

type Organization = { Name?: string; OrganizationType?: string; IsSandbox?: boolean };

/** Its answer also says how many API calls are left. A user who may not read the organization is no reason not to connect. */
async function askForOrganization(connection: Connection): Promise<Organization | undefined> {
  try {
    const fields = ['Id', 'Name', 'OrganizationType', 'IsSandbox'];
    const [row] = await connection.sobject('Organization').find({}, fields).limit(1);
    return row as Organization | undefined;
  } catch (thrown) {
    const error = classify(thrown);
    if (error.kind === 'forbidden' || isSchemaDrift(error.details.vendorCode)) return undefined;
    throw error;
  }
}
