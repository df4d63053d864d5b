import type { AllMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt';
import type { Call } from './call.ts';

type Args = SlackEventMiddlewareArgs<'app_uninstalled' | 'tokens_revoked'> & AllMiddlewareArgs;

/**
 * The app was uninstalled or its token revoked: its connections need connecting again. Slack repeats such an event for minutes where it
 * got no answer; a connection that was made anew meanwhile is not touched by it.
 */
export async function ended({ body, event, context }: Args): Promise<void> {
  const { hub } = context.call as Call;
  if (event.type === 'tokens_revoked' && !event.tokens.bot?.length) return;
  const why =
    event.type === 'app_uninstalled'
      ? 'The app was uninstalled in Slack. Connect Slack again.'
      : 'The app’s token was revoked in Slack. Connect Slack again.';
  // To the end of the second that Slack tells.
  const since = (body.event_time + 1) * 1000 - 1;
  for (const connection of await hub.connections(body.team_id)) await connection.lost(why, since);
}
