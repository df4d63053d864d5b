import type { webApi } from '@slack/bolt';
import { StepError, type StepFacts } from '../../src/sdk/index.ts';
import type { AlertInput } from './alert.ts';
import { classify } from './errors.ts';

/** Where one message goes: a channel by name or id, or a person by e-mail or id. */
export type Place = { channel: string } | { user: string };

const isEmail = (user: string): boolean => user.includes('@');
const isChannelId = (channel: string): boolean => /^[CGD][A-Z0-9]{7,}$/.test(channel);
const channelName = (channel: string): string => channel.replace(/^#/, '').toLowerCase();

/** One name for each place that messages go to, so that `#Inbound` and `inbound` share a rate. */
export function destination(to: Place): string {
  if ('user' in to) return isEmail(to.user) ? to.user.toLowerCase() : to.user;
  return isChannelId(to.channel) ? to.channel : channelName(to.channel);
}

/** Whom `to` means. Undefined for a role that nobody was found for: then only the fallback can be told. */
export function addressee(to: AlertInput['to'], facts: StepFacts): Place | undefined {
  if (!('role' in to)) return to;
  return facts.recipient?.email ? { user: facts.recipient.email } : undefined;
}

const roles = {
  record_owner: 'The person’s record has no owner with an e-mail address',
  rep: 'The conversation has no rep with an e-mail address',
  meeting_owner: 'The meeting has no owner with an e-mail address',
};
/** Why nobody was found for a role, as the beginning of a sentence. */
export const nobodyFor = (to: AlertInput['to']): string => ('role' in to ? roles[to.role] : 'Nobody was found');

/** What Slack says of a person who cannot be told; what it says of the app, its scopes or the message is no such thing. */
const cannotBeTold = new Set([
  'users_not_found',
  'user_not_found',
  'user_not_visible',
  'user_disabled',
  'cannot_dm_bot',
  'messages_tab_disabled',
  'channel_not_found',
]);
export const isUnreachable = (error: StepError): boolean => cannotBeTold.has(error.details.vendorCode ?? '');

/**
 * The user id of an e-mail address or an id. Only reads. Asked of Slack either way: it takes messages to somebody who has left without a
 * word.
 * @throws users_not_found, user_not_found; a StepError for somebody who has left or is an app
 */
export async function personId(web: webApi.WebClient, user: string): Promise<string> {
  const { user: found } = isEmail(user)
    ? await web.users.lookupByEmail({ email: user })
    : await web.users.info({ user });
  if (found?.deleted)
    throw new StepError('rejected', 'This person has left the Slack workspace. Choose another one.', {
      vendorCode: 'user_disabled',
      field: 'to.user',
    });
  if (found?.is_bot)
    throw new StepError('rejected', 'Slack does not let apps write to other apps. Choose a person.', {
      vendorCode: 'cannot_dm_bot',
      field: 'to.user',
    });
  return found?.id ?? user;
}

/** The id under which this place's messages are read back; undefined where there is no such place (any more). */
export async function conversationId(web: webApi.WebClient, to: Place): Promise<string | undefined> {
  if ('channel' in to) return isChannelId(to.channel) ? to.channel : channelByName(web, channelName(to.channel));
  try {
    const { channel } = await web.conversations.open({ users: await personId(web, to.user) });
    return channel?.id;
  } catch (error) {
    const outcome = classify(error);
    if (isUnreachable(outcome)) return undefined;
    throw outcome;
  }
}

async function channelByName(web: webApi.WebClient, name: string): Promise<string | undefined> {
  let cursor: string | undefined;
  do {
    const page = await web.conversations.list({
      types: 'public_channel,private_channel',
      limit: 200,
      ...(cursor && { cursor }),
    });
    const channel = page.channels?.find(each => each.name === name);
    if (channel) return channel.id;
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  return undefined;
}
