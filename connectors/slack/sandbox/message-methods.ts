import { readBlocks } from './blocks.ts';
import { type Api, type Call, channelOf, hidden, jsonOf, type Method, needs, textOf } from './call.ts';
import { SlackError } from './errors.ts';
import { team } from './seed.ts';
import type { Message, Metadata } from './workspace.ts';

const readMetadata = (value: unknown): Metadata | undefined => {
  const metadata = jsonOf(value, 'invalid_metadata_format');
  if (metadata === undefined || metadata === null || metadata === '') return undefined;
  const { event_type, event_payload } = metadata as Partial<Metadata>;
  if (
    typeof event_type !== 'string' ||
    event_type === '' ||
    typeof event_payload !== 'object' ||
    event_payload === null
  )
    throw new SlackError('invalid_metadata_schema');
  return { event_type, event_payload };
};

type Content = Pick<Message, 'text' | 'blocks' | 'metadata'>;
const readContent = (args: Call['args']): Content => {
  const text = textOf(args.text) ?? '';
  const raw = jsonOf(args.blocks, 'invalid_blocks_format');
  const blocks = raw === undefined || raw === null ? undefined : readBlocks(raw);
  if (text === '' && !blocks?.length) throw new SlackError('no_text');
  if (text.length > 40_000) throw new SlackError('msg_too_long');
  const metadata = readMetadata(args.metadata);
  return { text, ...(blocks?.length && { blocks }), ...(metadata && { metadata }) };
};

/**
 * A message as posting it is answered. What the vendor has published of that answer is older than these blocks: a message with one of
 * them is answered without its blocks, which is as much as anybody may rely on.
 */
const echo = ({ blocks, ...message }: Message): Message =>
  !blocks || blocks.some(({ type }) => type === 'header' || type === 'markdown') ? message : { ...message, blocks };

const postMessage =
  (api: Api): Method =>
  call => {
    needs(call, 'chat:write');
    const place = api.workspace.addressee(channelOf(call.args));
    const { channel } = place;
    if (channel?.isArchived) throw new SlackError('is_archived');
    if (channel && !channel.botIsMember && (channel.isPrivate || !call.scopes.includes('chat:write.public')))
      throw new SlackError('not_in_channel');
    const content = readContent(call.args);
    api.limit(place.id);
    const thread_ts = textOf(call.args.thread_ts);
    const message = api.workspace.post(place, { ...content, ...(thread_ts && { thread_ts }) });
    return { channel: place.id, ts: message.ts, message: echo(message) };
  };

const updateMessage =
  (api: Api): Method =>
  call => {
    needs(call, 'chat:write');
    const place = api.workspace.place(channelOf(call.args));
    const ts = textOf(call.args.ts);
    if (!ts) throw new SlackError('message_not_found');
    if (place.channel?.isArchived) throw new SlackError('is_inactive');
    const { blocks, ...message } = api.workspace.update(place, ts, readContent(call.args));
    return { channel: place.id, ts, text: message.text, message };
  };

const postEphemeral =
  (api: Api): Method =>
  call => {
    needs(call, 'chat:write');
    const place = api.workspace.addressee(channelOf(call.args));
    if (place.channel?.isArchived) throw new SlackError('is_archived');
    const user = api.workspace.user(textOf(call.args.user) ?? '');
    if (!user || user.deleted) throw new SlackError('user_not_in_channel');
    return { message_ts: api.workspace.tell(place.id, user.id, readContent(call.args)).ts };
  };

const permalink =
  (api: Api): Method =>
  call => {
    const place = api.workspace.place(channelOf(call.args));
    if (hidden(place)) throw new SlackError('channel_not_found');
    const { ts } = api.workspace.message(place.id, textOf(call.args.message_ts) ?? '');
    const url = `https://${team.domain}.slack.com/archives/${place.id}/p${ts.replace('.', '')}`;
    return { channel: place.id, permalink: url };
  };

/** What concerns one message. */
export const messageMethods = (api: Api): Record<string, Method> => ({
  'chat.postMessage': postMessage(api),
  'chat.update': updateMessage(api),
  'chat.postEphemeral': postEphemeral(api),
  'chat.getPermalink': permalink(api),
});
