import type { MarketoClient } from './client.ts';
import { classify } from './errors.ts';

type Asking = { client: MarketoClient; signal: AbortSignal };

/** Of what is read, Marketo says whether it may be; of what is written, only a write would tell. */
const reads = [
  { path: '/rest/v1/leads/describe2.json', grant: 'Read-Write Lead, for pushing people, lists and programs' },
  { path: '/rest/asset/v1/channels.json', grant: 'Read-Only Assets, for choosing programs and their statuses' },
  {
    path: '/rest/v1/activities/external/types.json',
    grant: 'Read-Only Activity Metadata and Read-Write Activity, for custom activities',
  },
];

/** Which permissions the role of the API-only user lacks, and whether the partition of the connection is there. */
export async function checkRights({ client, signal }: Asking): Promise<string[]> {
  const missing: string[] = [];
  for (const { path, grant } of reads) {
    const denied = await isDenied({ client, signal }, path);
    if (denied) missing.push(`Give the role of the API-only user ${client.apiUser ?? ''} ${grant}.`.replace('  ', ' '));
  }
  const { partition } = client;
  if (partition === undefined || missing.length > 0) return missing;
  const { result } = await client.read({ path: '/rest/v1/leads/partitions.json', signal });
  const names = result.map(({ name }) => String(name));
  if (names.includes(partition)) return [];
  return [`The partition ${partition} of this connection is not there. There are: ${names.join(', ')}.`];
}

async function isDenied({ client, signal }: Asking, path: string): Promise<boolean> {
  try {
    await client.read({ path, signal });
    return false;
  } catch (error) {
    const failure = classify(error);
    if (failure.kind === 'forbidden') return true;
    throw failure;
  }
}
