import type { Parameters } from '../../../src/sdk/testing/oauth-server.ts';
import { type Api, type Call, channelOf, flagOf, hidden, jsonOf, type Method, needs, textOf } from './call.ts';
import { SlackError } from './errors.ts';
import { messageMethods } from './message-methods.ts';
import { botId, team } from './seed.ts';
import { botIdentity, channelShape, directShape, userShape } from './shapes.ts';
import type { Message, Place } from './workspace.ts';

const limitOf = (value: unknown, standard: number): number => {
  const limit = value === undefined ? standard : Number(value);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new SlackError('invalid_limit');
  return limit;
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

const scopeFor = (place: Place, kind: 'read' | 'history'): string => {
  if (place.direct) return `im:${kind}`;
  return place.channel?.isPrivate ? `groups:${kind}` : `channels:${kind}`;
};

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
    const withMetadata = flagOf(call.args.include_all_metadata);
    const shown = items.map(({ metadata, ...message }) => (withMetadata ? { ...message, metadata } : message));
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
    const user = api.workspace.user(ids[0]!);
    if (!user) throw new SlackError('user_not_found');
    if (user.deleted) throw new SlackError('user_disabled');
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

const openView =
  (api: Api): Method =>
  ({ args }) => ({
    view: api.views.open(textOf(args.trigger_id) ?? '', jsonOf(args.view, 'invalid_arguments')),
  });
const updateView =
  (api: Api): Method =>
  ({ args }) => {
    const named = { id: textOf(args.view_id), externalId: textOf(args.external_id), hash: textOf(args.hash) };
    return { view: api.views.update(named, jsonOf(args.view, 'invalid_arguments')) };
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
  ...messageMethods(api),
  'views.open': openView(api),
  'views.update': updateView(api),
  'conversations.list': listConversations(api),
  'conversations.info': conversationInfo(api),
  'conversations.open': openConversation(api),
  'conversations.join': joinConversation(api),
  'conversations.history': history(api),
  'users.lookupByEmail': lookupByEmail(api),
  'users.info': userInfo(api),
  'users.list': listUsers(api),
});
