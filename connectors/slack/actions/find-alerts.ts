import type { webApi } from '@slack/bolt';
import { type FindContext, type PendingItem, StepError } from '../../../src/sdk/index.ts';
import { type AlertInput, type AlertOutput, alertOf, markOf } from '../alert.ts';
import type { SlackClient } from '../client.ts';
import { classify } from '../errors.ts';
import { conversationId, destination } from '../people.ts';

const CLOCK_SKEW_MS = 2 * 60_000;
/** A message lands at the latest this long after its call: far more than any call's deadline. */
const LANDS_WITHIN_MS = 10 * 60_000;

type Item = PendingItem<AlertInput>;

/**
 * The messages that first tries left behind, in the order of the items; undefined where there is none. One history per channel, of the
 * time around the first tries, compared by the step key in the messages' metadata. A channel that the app may not read gives its items
 * an `uncertain` error that parks them; a rate limit or an outage is thrown, and everything is asked again later.
 */
export async function findAlerts(
  context: FindContext<SlackClient>,
  items: Item[],
): Promise<(AlertOutput | StepError | undefined)[]> {
  const web = context.client.web(context.signal);
  const found = new Map<string, AlertOutput | StepError>();
  for (const group of Map.groupBy(items, item => destination(item.input.to)).values())
    for (const [stepKey, result] of await findIn(web, group, context.account?.url)) found.set(stepKey, result);
  return items.map(({ stepKey }) => found.get(stepKey));
}

async function findIn(
  web: webApi.WebClient,
  items: Item[],
  workspaceUrl: string | undefined,
): Promise<[string, AlertOutput | StepError][]> {
  const to = items[0]?.input.to;
  if (!to) return [];
  try {
    const channel = await conversationId(web, to);
    if (!channel) return unreadable(items, 'no channel has this name any more');
    const posted = await history(web, channel, items);
    return items.flatMap(({ stepKey }) => {
      const ts = posted.get(stepKey);
      return ts ? [[stepKey, alertOf(workspaceUrl, channel, ts)]] : [];
    });
  } catch (error) {
    const outcome = classify(error);
    if (outcome.kind !== 'rejected' && outcome.kind !== 'forbidden') throw outcome;
    return unreadable(items, outcome.details.vendorCode ?? 'refused');
  }
}

/** ts by step key. */
async function history(web: webApi.WebClient, channel: string, items: Item[]): Promise<Map<string, string>> {
  const times = items.map(item => item.firstTriedAt);
  const posted = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await web.conversations.history({
      channel,
      oldest: String((Math.min(...times) - CLOCK_SKEW_MS) / 1000),
      latest: String((Math.max(...times) + LANDS_WITHIN_MS) / 1000),
      inclusive: true,
      include_all_metadata: true,
      limit: 200,
      ...(cursor && { cursor }),
    });
    for (const { ts, metadata } of page.messages ?? []) {
      const stepKey = markOf(metadata);
      if (stepKey && ts) posted.set(stepKey, ts);
    }
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  return posted;
}

function unreadable(items: Item[], why: string): [string, StepError][] {
  return items.map(({ stepKey }) => [
    stepKey,
    new StepError(
      'uncertain',
      `The alert may have been posted, and Baton cannot read the channel to see (${why}). Look there, and run the step again if it is missing. To let Baton look: /invite @Baton.`,
      { vendorCode: why, field: 'to', park: true },
    ),
  ]);
}
