import type { webApi } from '@slack/bolt';
import { type FindContext, type PendingItem, StepError } from '../../../src/sdk/index.ts';
import { type AlertInput, type AlertOutput, alertOf, markOf } from '../alert.ts';
import type { SlackClient } from '../client.ts';
import { classify } from '../errors.ts';
import { conversationId, destination } from '../people.ts';

const CLOCK_SKEW_MS = 2 * 60_000;

type Item = PendingItem<AlertInput>;

/**
 * The messages that earlier tries left behind, in the order of the items; undefined where there is none. One history per channel since
 * the first try, compared by the step key in the messages' metadata.
 * @throws StepError `uncertain` with `park` for a channel that the app may not read; `throttled` or `transient` to be asked again later
 */
export async function findAlerts(
  context: FindContext<SlackClient>,
  items: Item[],
): Promise<(AlertOutput | undefined)[]> {
  const web = context.client.web(context.signal);
  const found = new Map<string, AlertOutput>();
  for (const group of Map.groupBy(items, item => destination(item.input.to)).values())
    for (const [stepKey, { channel, ts }] of await readBack(web, group))
      found.set(stepKey, alertOf(context.account?.url, channel, ts));
  return items.map(({ stepKey }) => found.get(stepKey));
}

type Places = Map<string, { channel: string; ts: string }>;

async function readBack(web: webApi.WebClient, items: Item[]): Promise<Places> {
  try {
    const channel = items[0] && (await conversationId(web, items[0].input.to));
    if (!channel) throw unreadable('no channel has this name any more');
    return await history(web, channel, items);
  } catch (error) {
    const outcome = classify(error);
    const closed = outcome.kind === 'rejected' || outcome.kind === 'forbidden';
    throw closed ? unreadable(outcome.details.vendorCode ?? 'refused') : outcome;
  }
}

/** By step key. History comes newest first: reading stops once all are found. */
async function history(web: webApi.WebClient, channel: string, items: Item[]): Promise<Places> {
  const wanted = new Set(items.map(({ stepKey }) => stepKey));
  const places: Places = new Map();
  let cursor: string | undefined;
  do {
    const page = await web.conversations.history({
      channel,
      oldest: String((Math.min(...items.map(item => item.firstTriedAt)) - CLOCK_SKEW_MS) / 1000),
      include_all_metadata: true,
      limit: 200,
      ...(cursor && { cursor }),
    });
    for (const { ts, metadata } of page.messages ?? []) {
      const stepKey = markOf(metadata);
      if (stepKey && ts && wanted.has(stepKey)) places.set(stepKey, { channel, ts });
    }
    cursor = page.response_metadata?.next_cursor;
  } while (cursor && places.size < wanted.size);
  return places;
}

function unreadable(why: string): StepError {
  return new StepError(
    'uncertain',
    `The alert may have been posted, and Baton cannot read the channel to see (${why}). Look there, and run the step again if it is missing. To let Baton look: /invite @Baton.`,
    { vendorCode: why, field: 'to', park: true },
  );
}
