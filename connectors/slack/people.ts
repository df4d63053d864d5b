import type { webApi } from '@slack/bolt';
import type { AlertInput } from './alert.ts';

type To = AlertInput['to'];

const isEmail = (user: string): boolean => user.includes('@');
const isChannelId = (channel: string): boolean => /^[CGD][A-Z0-9]{7,}$/.test(channel);
const channelName = (channel: string): string => channel.replace(/^#/, '').toLowerCase();

/** One name for each place that messages go to, so that `#Inbound` and `inbound` share a rate. */
export function destination(to: To): string {
  if ('user' in to) return isEmail(to.user) ? to.user.toLowerCase() : to.user;
  return isChannelId(to.channel) ? to.channel : channelName(to.channel);
}

/** The user id of an e-mail address; an id is its own. Only reads. @throws users_not_found */
export async function personId(web: webApi.WebClient, user: string): Promise<string> {
  if (!isEmail(user)) return user;
  const { user: found } = await web.users.lookupByEmail({ email: user });
  return found?.id ?? user;
}

/** The id under which this place's messages are read back; undefined where no channel has this name (any more). */
export async function conversationId(web: webApi.WebClient, to: To): Promise<string | undefined> {
  if ('user' in to) {
    const { channel } = await web.conversations.open({ users: await personId(web, to.user) });
    return channel?.id;
  }
  return isChannelId(to.channel) ? to.channel : channelByName(web, channelName(to.channel));
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
