import { botUserId, type Channel, team, type User } from './seed.ts';
import type { Direct } from './workspace.ts';

/** Epoch seconds at which everything of the seed was made. */
const made = 1_760_000_000;
const picture = (size: number) => `https://avatars.slack-edge.example/default_${size}.png`;
const sizes = [24, 32, 48, 72, 192, 512];

/** A person as users.* answers. */
export const userShape = (user: User) => ({
  id: user.id,
  team_id: team.id,
  name: user.name,
  deleted: user.deleted === true,
  color: '4bbe2e',
  real_name: user.realName,
  tz: 'America/Los_Angeles',
  tz_label: 'Pacific Standard Time',
  tz_offset: -28_800,
  profile: {
    title: user.title,
    phone: '',
    skype: '',
    real_name: user.realName,
    real_name_normalized: user.realName,
    display_name: user.name,
    display_name_normalized: user.name,
    fields: {},
    status_text: '',
    status_emoji: '',
    status_expiration: 0,
    avatar_hash: 'g0000000000',
    email: user.email,
    first_name: user.realName.split(' ')[0],
    last_name: user.realName.split(' ')[1],
    team: team.id,
    ...Object.fromEntries(sizes.map(size => [`image_${size}`, picture(size)])),
  },
  is_admin: false,
  is_owner: false,
  is_primary_owner: false,
  is_restricted: false,
  is_ultra_restricted: false,
  is_bot: false,
  is_app_user: false,
  updated: made,
  has_2fa: false,
});

/** A channel as conversations.* answers. */
export const channelShape = (channel: Channel) => ({
  id: channel.id,
  name: channel.name,
  name_normalized: channel.name,
  is_channel: !channel.isPrivate,
  is_group: channel.isPrivate,
  is_im: false,
  is_mpim: false,
  is_private: channel.isPrivate,
  is_archived: channel.isArchived,
  is_general: false,
  is_member: channel.botIsMember,
  is_shared: false,
  is_ext_shared: false,
  is_org_shared: false,
  is_pending_ext_shared: false,
  pending_shared: [],
  created: made,
  creator: 'U04OWENPRI1',
  unlinked: 0,
  num_members: 6,
  topic: { value: channel.topic, creator: 'U04OWENPRI1', last_set: made },
  purpose: { value: '', creator: '', last_set: 0 },
  previous_names: [],
});

/** A direct conversation as conversations.* answers. */
export const directShape = (direct: Direct) => ({
  id: direct.id,
  created: made,
  is_im: true,
  is_org_shared: false,
  is_archived: false,
  is_user_deleted: false,
  user: direct.user,
  priority: 0,
});

export const botIdentity = { user: 'baton', user_id: botUserId };
