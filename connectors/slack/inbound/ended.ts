import type { AllMiddlewareArgs, SlackEventMiddlewareArgs } from '@slack/bolt';
import { classify } from '../errors.ts';
import type { Call, Connection } from './call.ts';

type Args = SlackEventMiddlewareArgs<'app_uninstalled' | 'tokens_revoked'> & AllMiddlewareArgs;

const FRESH_MS = 30_000;
const ASK_WITHIN_MS = 1_500;

/**
 * The app was uninstalled or its token revoked: its connections need connecting again. Slack repeats such an event for minutes where it
 * got no answer; by then the app may have been installed anew, so a late one is believed only if the connection really is dead.
 */
export async function ended({ body, event, context }: Args): Promise<void> {
  const call = context.call as Call;
  if (event.type === 'tokens_revoked' && !event.tokens.bot?.length) return;
  const why =
    event.type === 'app_uninstalled'
      ? 'The app was uninstalled in Slack. Connect Slack again.'
      : 'The app’s token was revoked in Slack. Connect Slack again.';
  const late = context.retryNum !== undefined || call.hub.now() - body.event_time * 1000 > FRESH_MS;
  for (const connection of await call.hub.connections(body.team_id)) {
    if (late && (await isAlive(connection)))
      call.hub.warn('Slack said late that a connection has ended, but it works: it was made anew meanwhile.', {
        connection: connection.id,
      });
    else await connection.lost(why);
  }
}

/** @throws StepError where nobody can tell at the moment */
async function isAlive(connection: Connection): Promise<boolean> {
  try {
    const client = await connection.client();
    await client.web(AbortSignal.timeout(ASK_WITHIN_MS)).auth.test();
    return true;
  } catch (error) {
    const outcome = classify(error);
    if (outcome.kind === 'unauthorized') return false;
    throw outcome;
  }
}
