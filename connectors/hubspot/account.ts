import type { Account, ConnectorSettings } from '../../src/sdk/index.ts';
import { introspect, optionalScopes, scopes } from './auth.ts';
import { appUrl, type HubSpotClient } from './client.ts';

type Call = { client: HubSpotClient; signal: AbortSignal; settings: ConnectorSettings };

/** The account and the user behind the token. `details`: hubId, hubDomain, userId, appId. */
export async function whoAmI({ client, signal, settings }: Call): Promise<Account> {
  const { hubId, hubDomain, user, userId, appId } = await introspect(settings, signal, client.accessToken.reveal());
  const details = { hubId, hubDomain, userId, appId };
  return {
    id: hubId,
    name: hubDomain ?? `HubSpot account ${hubId}`,
    user,
    url: `${appUrl(settings)}/home/${hubId}`,
    details: Object.fromEntries(
      Object.entries(details).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}

const purposes: Record<string, string> = {
  'crm.objects.contacts.read': 'find contacts, and the notes and meetings on them',
  'crm.objects.contacts.write': 'create and update contacts, notes and meetings',
  'crm.schemas.contacts.read': 'know the contact properties',
  'crm.objects.owners.read': 'find the owners of contacts and meetings by e-mail',
  'crm.objects.companies.read': 'find a contact’s company',
  'crm.objects.companies.write': 'make a contact’s company',
  timeline: 'write events onto timelines (without it, notes are written)',
};

/** Which scopes the connection lacks. */
export async function checkRights({ client, signal, settings }: Call): Promise<string[]> {
  const granted = new Set((await introspect(settings, signal, client.accessToken.reveal())).scopes);
  const chosen: Record<string, string> = client.linksCompanies ? { companies: 'link' } : {};
  return [...scopes, ...optionalScopes(settings, chosen)]
    .filter(scope => scope in purposes && !granted.has(scope))
    .map(
      scope =>
        `Grant the scope ${scope}: it is needed to ${purposes[scope]}. Add it to the app, then connect HubSpot again.`,
    );
}
