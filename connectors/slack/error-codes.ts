import type { StepError } from '../../src/sdk/index.ts';

/** What one error word of Slack means for a step: its kind, what a person can do, and the input it is about. */
export type Meaning = { kind: StepError['kind']; advice: string; field?: string; park?: boolean };

const channel = (kind: StepError['kind'], advice: string): Meaning => ({ kind, advice, field: 'to.channel' });
const user = (advice: string): Meaning => ({ kind: 'rejected', advice, field: 'to.user' });
const message = (advice: string): Meaning => ({ kind: 'rejected', advice, field: 'message' });
/** Only ever about a message that is to be changed: the alert itself is not lost by it. */
const gone = (what: string): Meaning => ({
  kind: 'rejected',
  advice: `${what} The alert is not shown there any more.`,
});
const reconnect: Meaning = { kind: 'unauthorized', advice: 'Connect Slack again.' };
const wrongApp: Meaning = {
  kind: 'forbidden',
  advice: 'Check SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and the redirect URL of the Slack app.',
  park: true,
};
const admin = (advice: string): Meaning => ({ kind: 'forbidden', advice });
const outage: Meaning = { kind: 'uncertain', advice: 'Slack has trouble of its own.' };
const invite = 'Invite the app to the channel (/invite @Baton), then run the step again.';

/** By Slack's `error`. `uncertain` reads as transient where the call was not a write. Source: the Web API's method pages. */
export const meanings: Record<string, Meaning> = {
  channel_not_found: channel(
    'rejected',
    `There is no such channel, or it is a private one that the app is not in. ${invite} Channel ids (C…) survive renaming.`,
  ),
  not_in_channel: channel('forbidden', invite),
  is_archived: channel('rejected', 'The channel is archived. Choose another one.'),
  restricted_action: admin('A setting of the workspace keeps the app from posting here. Ask a workspace admin.'),
  restricted_action_read_only_channel: channel('forbidden', 'The channel is read-only. Choose another one.'),
  users_not_found: user('Nobody in this Slack workspace has this e-mail. Choose another person or a channel.'),
  user_not_found: user('There is no such person in this Slack workspace.'),
  user_disabled: user('This person’s Slack account is switched off. Choose another one.'),
  cannot_dm_bot: user('Slack does not let apps write to other apps. Choose a person.'),
  messages_tab_disabled: admin('Switch the app’s Messages tab on (App Home in the Slack app’s settings).'),

  message_not_found: gone('The message was deleted in Slack.'),
  cant_update_message: gone('The message is not one of this app’s.'),
  edit_window_closed: gone('A setting of the workspace lets nobody change messages any more.'),
  is_inactive: gone('The channel is archived or was deleted.'),

  msg_too_long: message('Shorten the message.'),
  no_text: message('Give the message some text.'),
  invalid_blocks: message('Slack did not accept the layout of the message.'),
  invalid_blocks_format: message('Slack did not accept the layout of the message.'),
  msg_blocks_too_long: message('Shorten the message.'),
  metadata_too_large: message('Slack did not accept the step’s mark on the message.'),

  missing_scope: admin('Reinstall the app with this scope (connect Slack again).'),
  not_allowed_token_type: admin('Connect Slack again with the app’s bot token.'),
  ekm_access_denied: admin('The organisation’s key management suspends messages at the moment. Ask a workspace admin.'),
  access_denied: admin('Ask a workspace admin for access.'),
  no_permission: admin('Ask a workspace admin for access.'),
  team_access_not_granted: admin(
    'The app was not granted to this workspace of the organisation. Ask a workspace admin.',
  ),

  not_authed: reconnect,
  invalid_auth: reconnect,
  token_revoked: reconnect,
  token_expired: reconnect,
  account_inactive: reconnect,
  invalid_refresh_token: reconnect,
  token_already_rotated: reconnect,
  invalid_grant: reconnect,
  invalid_code: reconnect,
  code_already_used: reconnect,
  invalid_client_id: wrongApp,
  bad_client_secret: wrongApp,
  bad_redirect_uri: wrongApp,
  invalid_client: wrongApp,

  internal_error: outage,
  fatal_error: outage,
  service_unavailable: outage,
  request_timeout: outage,
  team_added_to_org: { kind: 'transient', advice: 'The workspace is being moved into an organisation.' },
};
