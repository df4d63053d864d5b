import type { PickList } from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { soqlText } from './people.ts';

const SHOWN = 200;

/** The first 200 active users by name; `search` matches any part of the name, which is how a larger org finds the others. */
export const owners: PickList<SalesforceClient> = async ({ client, signal }, { search }) => {
  const part = soqlText((search ?? '').trim().replaceAll('\\', '')).replace(/[%_]/g, '\\$&');
  const users = await client
    .connection(signal)
    .sobject('User')
    .find({ IsActive: true, ...(part && { Name: { $like: `%${part}%` } }) }, ['Id', 'Name', 'Username'])
    .sort('Name')
    .limit(SHOWN);
  return { options: users.map(user => ({ value: String(user.Id), label: `${user.Name} (${user.Username})` })) };
};
