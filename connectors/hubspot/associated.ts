import { chunks } from './batch.ts';
import type { HubSpotApi, HubSpotClient } from './client.ts';
import { stepIn } from './step-mark.ts';

const PAGE = 500;

type Kind = 'notes' | 'meetings';
/** Where each kind keeps the step's mark. */
const markedIn: Record<Kind, string> = { notes: 'hs_note_body', meetings: 'hs_internal_meeting_notes' };

/**
 * The note or meeting that this step left on the contact; undefined where there is none. It goes by the contact's associations, which
 * are there as soon as the record is: the search index lags behind.
 */
export async function findMarked(
  { client, signal }: { client: HubSpotClient; signal: AbortSignal },
  kind: Kind,
  contactId: string,
  stepKey: string,
): Promise<string | undefined> {
  const api = client.api(signal);
  const ids = await associatedIds(api, contactId, kind);
  // The newest have the highest numbers, by and large.
  ids.sort((one, other) => Number(other) - Number(one));
  for (const part of chunks(ids)) {
    const read = kind === 'notes' ? api.noteBatches : api.meetingBatches;
    const { results } = await read.read({
      inputs: part.map(id => ({ id })),
      properties: [markedIn[kind]],
      propertiesWithHistory: [],
    });
    const found = (results ?? []).find(({ properties }) => stepIn(properties[markedIn[kind]]) === stepKey);
    if (found) return found.id;
  }
  return undefined;
}

async function associatedIds({ associations }: HubSpotApi, contactId: string, kind: Kind): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await associations.getPage('contacts', contactId, kind, after, PAGE);
    ids.push(...(page.results ?? []).map(({ toObjectId }) => String(toObjectId)));
    after = page.paging?.next?.after;
  } while (after !== undefined);
  return ids;
}
