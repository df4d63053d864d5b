import { type ActionContext, defineAction, StepError } from '../../../src/sdk/index.ts';
import {
  type AlertInput,
  type AlertOutput,
  alertInput,
  alertOutput,
  channelName,
  messageLink,
  type Placement,
} from '../alert.ts';
import { alertCard, summaryOf } from '../card.ts';
import type { TeamsClient } from '../client.ts';
import { TeamsFailure } from '../errors.ts';
import { channelPlace, type Place, placeFor } from '../places.ts';
import { cardActivity, change, placementOf, withoutId } from '../post.ts';

export const sendAlert = defineAction<AlertInput, AlertOutput, TeamsClient>({
  id: 'teams.send_alert',
  title: 'Send a Teams alert',
  description:
    'A card to a channel or a person, with who it is about, links, and buttons to claim, snooze or follow up.',
  input: alertInput,
  output: alertOutput,
  fits: {},
  notification: true,
  alert: true,
  // Teams keeps no mark of ours on a message and lets no bot read a channel back.
  replay: { whenUnsure: 'park' },
  // Teams: 7 messages a second, 8 in two seconds and 60 in half a minute in one conversation.
  limit: ({ to }) => {
    const where = destination(to);
    return where === undefined ? undefined : { key: `post:${where}`, points: 7, perSeconds: 4 };
  },
  run,
});

/** One name for each place, so that `Sales / Inbound` and `sales/inbound` share a rate. Who a role is, is not known yet. */
function destination(to: AlertInput['to']): string | undefined {
  if ('role' in to) return undefined;
  if ('user' in to) return to.user.toLowerCase();
  const name = channelName(to.channel);
  if (!name) return to.channel;
  return 'id' in name ? name.id : `${name.team} / ${name.channel}`.toLowerCase();
}

async function run(context: ActionContext<TeamsClient>, input: AlertInput): Promise<AlertOutput> {
  const { alert } = context.facts;
  if (!alert) throw new StepError('defect', 'The step has no alert to show.');
  const { card, cut } = alertCard(alert);
  if (cut) context.note('The message was too long for a Teams card and was cut.');
  const content = cardActivity(card, summaryOf(alert));
  const before = placementOf(alert.placement);
  if (before && (await change(context, before, content))) return outputOf(context, before);
  if (before) context.note('The message of this alert had been deleted in Teams; a new one was sent.');
  return outputOf(context, await post(context, input, content));
}

async function post(context: ActionContext<TeamsClient>, input: AlertInput, content: object): Promise<Placement> {
  const { place, instead } = await placeFor(context, input);
  if (instead) context.note(instead);
  try {
    return await postTo(context, place, content);
  } catch (error) {
    const { to, fallback } = input;
    if (!fallback || instead || 'channel' in to || !isUnreachable(error)) throw error;
    context.note('Teams does not let the app write to this person. The fallback channel got the alert.');
    return postTo(context, await channelPlace(context, fallback.channel, 'fallback.channel'), content);
  }
}

async function postTo(context: ActionContext<TeamsClient>, place: Place, content: object): Promise<Placement> {
  const conversationId = await conversationAt(context, place);
  const { serviceUrl } = place;
  const about = { operation: 'to post an alert', write: true, serviceUrl, signal: context.signal };
  const { id } = await context.client.call(about, (conversations, bounds) =>
    conversations.sendToConversation(conversationId, content, bounds),
  );
  if (!id) throw withoutId(about);
  return { conversationId, activityId: id, serviceUrl };
}

/** Refused for good, and surely not posted. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof TeamsFailure && (error.failure.status === 403 || error.failure.status === 404);

/** Beginning the same conversation with a person again gives the same one, and shows nobody anything. */
async function conversationAt({ client, signal }: ActionContext<TeamsClient>, place: Place): Promise<string> {
  if ('conversationId' in place) return place.conversationId;
  const about = { operation: 'to begin a conversation', write: false, serviceUrl: place.serviceUrl, signal };
  const { id } = await client.call(about, (conversations, bounds) =>
    conversations.createConversation(
      {
        bot: { id: `28:${client.appId}`, name: 'Baton' },
        members: [{ id: place.userId, name: '' }],
        isGroup: false,
        tenantId: client.tenantId,
        channelData: { tenant: { id: client.tenantId } },
      } as Parameters<typeof conversations.createConversation>[0],
      bounds,
    ),
  );
  if (!id) throw withoutId(about);
  return id;
}

function outputOf({ client }: ActionContext<TeamsClient>, placement: Placement): AlertOutput {
  const url = messageLink(client.tenantId, placement);
  return { placement, ...(url && { url }) };
}
