import { webApi } from '@slack/bolt';
import type { Account, ConnectorSettings, Grant } from '../../src/sdk/index.ts';
import { oneCallFetch } from './wire.ts';

/** What actions call Slack through. `web(signal)` answers Slack's own WebClient, bounded by that signal. */
export type SlackClient = { web(signal: AbortSignal): webApi.WebClient };

type Options = { token?: string; settings: ConnectorSettings; signal: AbortSignal; timeoutMs: number };

/** Slack's libraries write lines of their own; the hub says what there is to say. */
export const silent: webApi.Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => webApi.LogLevel.ERROR,
  setName() {},
};

/**
 * Slack's client with its own repeats, waits and console lines off: by itself it would post again after a lost answer, and hold
 * every other call back while one is rate limited.
 */
export function webClient({ token, settings, signal, timeoutMs }: Options): webApi.WebClient {
  return new webApi.WebClient(token, {
    slackApiUrl: settings.SLACK_API_URL,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
    fetch: oneCallFetch(signal, timeoutMs),
  });
}

/** Builds the client around a live access token, without I/O. */
export function openClient(call: { grant?: Grant; settings: ConnectorSettings; timeoutMs: number }): SlackClient {
  const { grant, settings, timeoutMs } = call;
  return { web: signal => webClient({ token: grant?.accessToken.reveal(), settings, signal, timeoutMs }) };
}

/** The workspace and the bot behind the token: one auth.test. */
export async function whoAmI({ client, signal }: { client: SlackClient; signal: AbortSignal }): Promise<Account> {
  const { team_id, team, user, url, user_id, bot_id } = await client.web(signal).auth.test();
  return {
    id: team_id ?? '',
    name: team ?? team_id ?? '',
    user,
    url,
    details: { ...(user_id && { userId: user_id }), ...(bot_id && { botId: bot_id }) },
  };
}
