import type { PickList } from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { soqlText } from './soql.ts';

const SHOWN = 200;

const likePart = (search: string | undefined): string =>
  soqlText((search ?? '').trim().replaceAll('\\', '')).replace(/[%_]/g, '\\$&');
const named = (part: string) => (part ? { Name: { $like: `%${part}%` } } : {});

/** The first 200 active users by name; `search` matches any part of the name, which is how a larger org finds the others. */
export const owners: PickList<SalesforceClient> = async ({ client, signal }, { search }) => {
  const users = await client
    .connection(signal)
    .sobject('User')
    .find({ IsActive: true, ...named(likePart(search)) }, ['Id', 'Name', 'Username'])
    .sort('Name')
    .limit(SHOWN);
  return { options: users.map(user => ({ value: String(user.Id), label: `${user.Name} (${user.Username})` })) };
};

/** The first 200 active campaigns by name; `search` as above. */
export const campaigns: PickList<SalesforceClient> = async ({ client, signal }, { search }) => {
  const found = await client
    .connection(signal)
    .sobject('Campaign')
    .find({ IsActive: true, ...named(likePart(search)) }, ['Id', 'Name'])
    .sort('Name')
    .limit(SHOWN);
  return { options: found.map(campaign => ({ value: String(campaign.Id), label: String(campaign.Name) })) };
};

/** The member statuses of a campaign: `search` is its id. */
export const campaignMemberStatuses: PickList<SalesforceClient> = async ({ client, signal }, { search }) => {
  if (!search) return { options: [] };
  const statuses = await client
    .connection(signal)
    .sobject('CampaignMemberStatus')
    .find({ CampaignId: soqlText(search) }, ['Id', 'Label'])
    .sort('SortOrder')
    .limit(SHOWN);
  return { options: statuses.map(({ Label }) => ({ value: String(Label), label: String(Label) })) };
};
