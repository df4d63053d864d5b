import type { Parameters } from '../../../src/sdk/testing/oauth-server.ts';
import { readBlocks } from './blocks.ts';
import { SlackError } from './errors.ts';
import type { OAuth } from './oauth.ts';
import { botId, team } from './seed.ts';
import { botIdentity, channelShape, directShape, userShape } from './shapes.ts';
import type { Message, Metadata, Place, Workspace } from './workspace.ts';

/** One call of the Web API: arguments as sent (a form's are all text), and what the token may do. */
export type Call = { args: Record<string, unknown>; scopes: string[]; token: string };
type Api = { workspace: Workspace; oauth: OAuth; limit(channelId: string): void };
type Method = (call: Call) => Record<string, unknown>;

const needs = (call: Call, scope: string): void => {
  if (!call.scopes.includes(scope))
    throw new SlackError('missing_scope', { needed: scope, provided: call.scopes.join(',') });
};
const textOf = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : String(value);
const flagOf = (value: unknown): boolean => value === true || value === 'true' || value === '1';
const limitOf = (value: unknown, standard: number): number => {
  const limit = value === undefined ? standard : Number(value);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new SlackError('invalid_limit');
  return limit;
};
const jsonOf = (value: unknown, error: string): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new SlackError(error);
  }
};

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

const page = <Item>(items: Item[], args: Call['args'], standard: number): { items: Item[]; next_cursor: string } => {
  const limit = limitOf(args.limit, standard);
  const cursor = textOf(args.cursor);
  const from = cursor ? Number(/^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1] ?? Number.NaN) : 0;
  if (Number.isNaN(from)) throw new SlackError('invalid_cursor');
  const more = from + limit < items.length;
  return {
    items: items.slice(from, from + limit),
    next_cursor: more ? Buffer.from(`next:${from + limit}`).toString('base64') : '',
  };
};

const channelOf = (args: Call['args']): string => {
  const channel = textOf(args.channel);
  if (!channel) throw new SlackError('channel_not_found');
  return channel;
};

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
    return { channel: place.id, ts: message.ts, message };
  };

const updateMessage =
  (api: Api): Method =>
  call => {
    needs(call, 'chat:write');
    const place = api.workspace.place(channelOf(call.args));
    const ts = textOf(call.args.ts);
    if (!ts) throw new SlackError('message_not_found');
    const { blocks, ...message } = api.workspace.update(place, ts, readContent(call.args));
    return { channel: place.id, ts, text: message.text, message };
  };

const scopeFor = (place: Place, kind: 'read' | 'history'): string => {
  if (place.direct) return `im:${kind}`;
  return place.channel?.isPrivate ? `groups:${kind}` : `channels:${kind}`;
};
const hidden = (place: Place): boolean => place.channel?.isPrivate === true && !place.channel.botIsMember;

const history =
  (api: Api): Method =>
  call => {
    const place = api.workspace.place(channelOf(call.args));
    needs(call, scopeFor(place, 'history'));
    if (hidden(place)) throw new SlackError('channel_not_found');
    if (place.channel && !place.channel.botIsMember) throw new SlackError('not_in_channel');
    const oldest = Number(call.args.oldest ?? 0);
    const latest = Number(call.args.latest ?? Number.POSITIVE_INFINITY);
    if (Number.isNaN(oldest)) throw new SlackError('invalid_ts_oldest');
    if (Number.isNaN(latest)) throw new SlackError('invalid_ts_latest');
    const inclusive = flagOf(call.args.inclusive);
    const within = ({ ts }: Message) =>
      inclusive ? Number(ts) >= oldest && Number(ts) <= latest : Number(ts) > oldest && Number(ts) < latest;
    const found = api.workspace
      .messages(place.id)
      .filter(message => !message.thread_ts && within(message))
      .toReversed();
    const { items, next_cursor } = page(found, call.args, 100);
    const shown = flagOf(call.args.include_all_metadata) ? items : items.map(({ metadata, ...message }) => message);
    return {
      messages: shown,
      has_more: next_cursor !== '',
      pin_count: 0,
      channel_actions_ts: null,
      channel_actions_count: 0,
      ...(next_cursor && { response_metadata: { next_cursor } }),
    };
  };

const kinds: Record<string, string> = {
  public_channel: 'channels:read',
  private_channel: 'groups:read',
  im: 'im:read',
  mpim: 'mpim:read',
};
const listConversations =
  (api: Api): Method =>
  call => {
    const types = (textOf(call.args.types) ?? 'public_channel').split(',').map(type => type.trim());
    for (const type of types) {
      const scope = kinds[type];
      if (!scope) throw new SlackError('invalid_types');
      needs(call, scope);
    }
    const skipArchived = flagOf(call.args.exclude_archived);
    const channels = api.workspace.channels().filter(channel => {
      if (skipArchived && channel.isArchived) return false;
      return channel.isPrivate
        ? types.includes('private_channel') && channel.botIsMember
        : types.includes('public_channel');
    });
    const directs = types.includes('im') ? api.workspace.directs().map(directShape) : [];
    const { items, next_cursor } = page([...channels.map(channelShape), ...directs], call.args, 100);
    return { channels: items, response_metadata: { next_cursor } };
  };

const conversationInfo =
  (api: Api): Method =>
  call => {
    const place = api.workspace.place(channelOf(call.args));
    needs(call, scopeFor(place, 'read'));
    if (hidden(place)) throw new SlackError('channel_not_found');
    return { channel: place.channel ? channelShape(place.channel) : directShape(place.direct!) };
  };

const openConversation =
  (api: Api): Method =>
  call => {
    needs(call, 'im:write');
    const ids = (textOf(call.args.users) ?? '').split(',').filter(Boolean);
    if (ids.length === 0) throw new SlackError('users_list_not_supplied');
    if (ids.length > 1) throw new SlackError('method_not_supported_for_channel_type');
    if (!api.workspace.user(ids[0]!)) throw new SlackError('user_not_found');
    const { direct, alreadyOpen } = api.workspace.open(ids[0]!);
    const channel = flagOf(call.args.return_im) ? directShape(direct) : { id: direct.id };
    return { ...(alreadyOpen && { no_op: true, already_open: true }), channel };
  };

const joinConversation =
  (api: Api): Method =>
  call => {
    needs(call, 'channels:join');
    const { channel } = api.workspace.place(channelOf(call.args));
    if (!channel || channel.isPrivate) throw new SlackError('method_not_supported_for_channel_type');
    if (channel.isArchived) throw new SlackError('is_archived');
    channel.botIsMember = true;
    return { channel: channelShape(channel) };
  };

const lookupByEmail =
  (api: Api): Method =>
  call => {
    needs(call, 'users:read.email');
    const user = api.workspace.userByEmail(textOf(call.args.email) ?? '');
    if (!user) throw new SlackError('users_not_found');
    return { user: userShape(user) };
  };
const userInfo =
  (api: Api): Method =>
  call => {
    needs(call, 'users:read');
    const user = api.workspace.user(textOf(call.args.user) ?? '');
    if (!user) throw new SlackError('user_not_found');
    return { user: userShape(user) };
  };
const listUsers =
  (api: Api): Method =>
  call => {
    needs(call, 'users:read');
    const { items, next_cursor } = page(api.workspace.users(), call.args, 1000);
    return { members: items.map(userShape), cache_ts: 1_760_000_000, response_metadata: { next_cursor } };
  };

/** The Web API's methods by name. Each answers the members beside `ok`, or throws a SlackError. */
export const createMethods = (api: Api): Record<string, Method> => ({
  'auth.test': () => ({
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    team_id: team.id,
    bot_id: botId,
    is_enterprise_install: false,
    ...botIdentity,
  }),
  'auth.revoke': call => {
    const test = flagOf(call.args.test);
    if (!test) api.oauth.revokeToken(call.token);
    return { revoked: !test };
  },
  'apps.uninstall': call => {
    api.oauth.uninstall(call.args as Parameters);
    return {};
  },
  'chat.postMessage': postMessage(api),
  'chat.update': updateMessage(api),
  'conversations.list': listConversations(api),
  'conversations.info': conversationInfo(api),
  'conversations.open': openConversation(api),
  'conversations.join': joinConversation(api),
  'conversations.history': history(api),
  'users.lookupByEmail': lookupByEmail(api),
  'users.info': userInfo(api),
  'users.list': listUsers(api),
});
