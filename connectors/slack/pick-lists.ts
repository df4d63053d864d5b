import type { PickList } from '../../src/sdk/index.ts';
import type { SlackClient } from './client.ts';

const PAGE = 200;
const has = (search: string | undefined) => (label: string) =>
  !search || label.toLowerCase().includes(search.trim().replace(/^#/, '').toLowerCase());

/** Channels that are not archived, a page of the workspace at a time: Slack cannot search, so a page may have few matches and a `next`. */
export const channels: PickList<SlackClient> = async ({ client, signal }, { search, after }) => {
  const page = await client.web(signal).conversations.list({
    types: 'public_channel,private_channel',
    exclude_archived: true,
    limit: PAGE,
    ...(after && { cursor: after }),
  });
  const options = (page.channels ?? [])
    .filter(({ name }) => has(search)(name ?? ''))
    .map(({ id, name }) => ({ value: id ?? '', label: `#${name}` }));
  return { options, ...(page.response_metadata?.next_cursor && { next: page.response_metadata.next_cursor }) };
};

/** People of the workspace, without apps and switched-off accounts, a page at a time as for channels. */
export const users: PickList<SlackClient> = async ({ client, signal }, { search, after }) => {
  const page = await client.web(signal).users.list({ limit: PAGE, ...(after && { cursor: after }) });
  const options = (page.members ?? [])
    .filter(({ deleted, is_bot, id }) => !deleted && !is_bot && id !== 'USLACKBOT')
    .map(({ id, name, real_name, profile }) => {
      const person = real_name ?? name ?? '';
      return { value: id ?? '', label: profile?.email ? `${person} (${profile.email})` : person };
    })
    .filter(({ label }) => has(search)(label));
  return { options, ...(page.response_metadata?.next_cursor && { next: page.response_metadata.next_cursor }) };
};
