import type { webApi } from '@slack/bolt';
import { type FindContext, type PendingItem, StepError } from '../../../src/sdk/index.ts';
import { type AlertInput, type AlertOutput, alertOf, markOf, placeOf } from '../alert.ts';
import type { SlackClient } from '../client.ts';
import { classify } from '../errors.ts';
import { addressee, conversationId, destination, type Place } from '../people.ts';
import { isGone } from './update-alert.ts';

const CLOCK_SKEW_MS = 2 * 60_000;

type Item = PendingItem<AlertInput>;

/**
 * The messages that earlier tries left behind, in the order of the items; undefined where there is none. One history per place since
 * the first try, compared by the step key in the messages' metadata. An alert that joins another one's message only changes that one:
 * as long as that message is there, doing it again does no harm.
 * @throws StepError `uncertain` with `park` for a channel that the app may not read; `throttled` or `transient` to be asked again later
 */
export async function findAlerts(
  context: FindContext<SlackClient>,
  items: Item[],
): Promise<(AlertOutput | undefined)[]> {
  const web = context.client.web(context.signal);
  const found = new Map<string, AlertOutput>();
  const wanted: { place: Place; item: Item }[] = [];
  for (const item of items)
    if (!(await canBeChanged(web, item))) wanted.push(...placesOf(item).map(place => ({ place, item })));
  for (const group of Map.groupBy(wanted, ({ place }) => destination(place)).values())
    for (const [stepKey, { channel, ts }] of await readBack(web, group))
      found.set(stepKey, alertOf(context.account?.url, channel, ts));
  return items.map(({ stepKey }) => found.get(stepKey));
}

/** Where the message may be: with whom it is meant for, and in the fallback channel. */
function placesOf({ input, facts }: Item): Place[] {
  const meant = addressee(input.to, facts);
  const fallback = meant && 'channel' in meant ? undefined : input.fallback;
  return [meant, fallback].filter(place => place !== undefined);
}

async function canBeChanged(web: webApi.WebClient, { facts }: Item): Promise<boolean> {
  const place = placeOf(facts.alert?.placement);
  if (!place) return false;
  try {
    await web.chat.getPermalink({ channel: place.channel, message_ts: place.ts });
    return true;
  } catch (error) {
    const outcome = classify(error);
    if (isGone(outcome)) return false;
    throw outcome;
  }
}

type Places = Map<string, { channel: string; ts: string }>;

async function readBack(web: webApi.WebClient, group: { place: Place; item: Item }[]): Promise<Places> {
  const [first] = group;
  if (!first) return new Map();
  try {
    const channel = await conversationId(web, first.place);
    // A person who is not there, or cannot be told, has not been told.
    if (!channel && 'user' in first.place) return new Map();
    if (!channel) throw unreadable('no channel has this name any more');
    return await history(
      web,
      channel,
      group.map(({ item }) => item),
    );
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
