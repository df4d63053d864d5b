import type { PickList } from '../../src/sdk/index.ts';
import type { HubSpotClient } from './client.ts';
import { askForOwners } from './owners.ts';

/** The active owners by name; `search` matches any part of name or e-mail. */
export const owners: PickList<HubSpotClient> = async ({ client, signal }, { search = '' }) => {
  const wanted = search.trim().toLowerCase();
  const all = (await askForOwners({ client, signal })).map(({ id, firstName, lastName, email = '' }) => {
    const name = [firstName, lastName].filter(Boolean).join(' ');
    return { value: id, label: name ? `${name} (${email})` : email };
  });
  const options = all
    .filter(({ label }) => label.toLowerCase().includes(wanted))
    .sort((one, other) => one.label.localeCompare(other.label, 'en'));
  return { options: options.slice(0, 200) };
};
