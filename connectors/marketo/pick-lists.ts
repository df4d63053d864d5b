import type { PickList } from '../../src/sdk/index.ts';
import { activityTypes } from './activity-types.ts';
import type { MarketoClient } from './client.ts';

/** Marketo hands out so many assets in one answer. */
const ASSETS_MOST = 200;

type Named = { id: number | string; name: string };
type Options = Awaited<ReturnType<PickList<MarketoClient>>>;

/** Marketo looks names up only whole, so a search goes through the page that it gives; `next` leads to the others. */
function options(found: Named[], search = ''): Options['options'] {
  const part = search.trim().toLowerCase();
  return found
    .filter(({ id, name }) => name.toLowerCase().includes(part) || String(id) === part)
    .sort((one, other) => one.name.localeCompare(other.name, 'en'))
    .map(({ id, name }) => ({ value: String(id), label: name }));
}

/** Static lists, with the program that one belongs to. */
const lists: PickList<MarketoClient> = async ({ client, signal }, { search, after }) => {
  const query = { batchSize: 300, nextPageToken: after };
  const { result, nextPageToken } = await client.read({ path: '/rest/v1/lists.json', query, signal });
  const named = result.map(({ id, name, programName }) => ({
    id: Number(id),
    name: programName ? `${programName}: ${name}` : String(name),
  }));
  return { options: options(named, search), ...(nextPageToken && { next: nextPageToken }) };
};

/** Programs; where the connection names a tag, only those that have it. */
const programs: PickList<MarketoClient> = async ({ client, signal }, { search, after }) => {
  const offset = Number(after ?? 0);
  const [tagType, tagValue] = client.programTag?.split('=').map(part => part.trim()) ?? [];
  const path = tagType ? '/rest/asset/v1/program/byTag.json' : '/rest/asset/v1/programs.json';
  const { result } = await client.read({ path, query: { tagType, tagValue, maxReturn: ASSETS_MOST, offset }, signal });
  const next = result.length === ASSETS_MOST ? { next: String(offset + ASSETS_MOST) } : {};
  return { options: options(result as Named[], search), ...next };
};

/** The statuses of a program's channel that a member can have, in their order: `search` is the program's id. */
const programStatuses: PickList<MarketoClient> = async ({ client, signal }, { search }) => {
  if (!search || !/^\d+$/.test(search)) return { options: [] };
  const program = await client.read({ path: `/rest/asset/v1/program/${search}.json`, signal });
  const name = program.result[0]?.channel;
  if (typeof name !== 'string') return { options: [] };
  const channel = await client.read({ path: '/rest/asset/v1/channel/byName.json', query: { name }, signal });
  const statuses = (channel.result[0]?.progressionStatuses ?? []) as { name: string; step: number; hidden?: boolean }[];
  return {
    options: statuses
      .filter(({ name, hidden }) => !hidden && name !== 'Not in Program')
      .toSorted((one, other) => one.step - other.step)
      .map(status => ({ value: status.name, label: status.name })),
  };
};

/** Approved custom activity types, by their API names. */
const customActivityTypes: PickList<MarketoClient> = async ({ client, signal }, { search }) => {
  const types = (await activityTypes({ client, signal })).filter(({ status }) => status.startsWith('approved'));
  return {
    options: options(
      types.map(({ apiName, name }) => ({ id: apiName, name })),
      search,
    ),
  };
};

const partitions: PickList<MarketoClient> = async ({ client, signal }, { search }) => {
  const { result } = await client.read({ path: '/rest/v1/leads/partitions.json', signal });
  return {
    options: options(
      result.map(({ name }) => ({ id: String(name), name: String(name) })),
      search,
    ),
  };
};

export const pickLists = { lists, programs, programStatuses, activityTypes: customActivityTypes, partitions };
