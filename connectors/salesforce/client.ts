import { Connection } from 'jsforce';
import type { Account, Grant } from '../../src/sdk/index.ts';
import { StepError } from '../../src/sdk/index.ts';
import { OneCallTransport } from './transport.ts';

/** The REST API version that every call of this connector uses. */
const API_VERSION = '64.0';

/** What actions call Salesforce through. `connection(signal)` answers jsforce's own Connection, bounded by that signal. */
export type SalesforceClient = { instanceUrl: string; connection(signal: AbortSignal): Connection };

/**
 * Builds the client around a live access token, without I/O. It knows no refresh token: a 401 surfaces, and the engine refreshes.
 * @throws StepError `unauthorized` where the grant does not say at which address the org is
 */
export function openClient({ grant, timeoutMs }: { grant?: Grant; timeoutMs: number }): SalesforceClient {
  const instanceUrl = grant?.instanceUrl;
  if (!grant || !instanceUrl)
    throw new StepError(
      'unauthorized',
      'This Salesforce connection has no address of its org. Connect Salesforce again.',
    );
  return {
    instanceUrl,
    connection(signal) {
      const connection = new Connection({ instanceUrl, accessToken: grant.accessToken.reveal(), version: API_VERSION });
      connection._transport = new OneCallTransport(signal, timeoutMs);
      return connection;
    },
  };
}

type UserInfo = {
  user_id: string;
  organization_id: string;
  preferred_username?: string;
  email?: string;
  zoneinfo?: string;
};

/** The org and the user behind the token: one GET of the userinfo endpoint, with the token in the header (jsforce's identity() puts it into the URL). */
export async function whoAmI(call: { client: SalesforceClient; signal: AbortSignal }): Promise<Account> {
  const { instanceUrl } = call.client;
  const user = await call.client.connection(call.signal).request<UserInfo>(`${instanceUrl}/services/oauth2/userinfo`);
  return {
    id: user.organization_id,
    name: new URL(instanceUrl).host,
    user: user.preferred_username ?? user.email,
    url: instanceUrl,
    details: { userId: user.user_id, ...(user.zoneinfo && { timeZone: user.zoneinfo }) },
  };
}
