import { type ConnectorSettings, type Grant, type OAuth2Auth, Secret, StepError } from '../../src/sdk/index.ts';
import { webClient } from './client.ts';
import { classify } from './errors.ts';

const AUTH_TIMEOUT_MS = 15_000;

/**
 * Slack's OAuth v2 install with a bot token, as a confidential client: PKCE would make the app a public one. Tokens live for ever,
 * unless the app has token rotation on: then they end after 12 hours, and each refresh token works once.
 */
export const auth: OAuth2Auth = {
  kind: 'oauth2',
  pkce: false,
  scopes: [
    'chat:write',
    'chat:write.public',
    'channels:read',
    'channels:history',
    'groups:read',
    'groups:history',
    'im:write',
    'im:history',
    'users:read',
    'users:read.email',
    'commands',
  ],
  requires: ['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET'],

  authorizeUrl({ settings, state, redirectUri, scopes }) {
    const url = new URL(settings.SLACK_AUTHORIZE_URL ?? 'https://slack.com/oauth/v2/authorize');
    url.searchParams.set('client_id', settings.SLACK_CLIENT_ID ?? '');
    url.searchParams.set('scope', scopes.join(','));
    url.searchParams.set('state', state);
    url.searchParams.set('redirect_uri', redirectUri);
    return url.href;
  },

  exchange({ settings, signal, code, redirectUri }) {
    return granted(settings, signal, { code, redirect_uri: redirectUri });
  },

  async refresh({ settings, signal, grant }) {
    if (!grant.refreshToken)
      throw new StepError('unauthorized', 'Slack no longer accepts this connection. Connect Slack again.');
    const fresh = await granted(settings, signal, {
      grant_type: 'refresh_token',
      refresh_token: grant.refreshToken.reveal(),
    });
    return { ...grant, ...fresh };
  },

  async revoke({ settings, signal, grant }) {
    const web = webClient({ token: grant.accessToken.reveal(), settings, signal, timeoutMs: AUTH_TIMEOUT_MS });
    try {
      await web.auth.revoke();
    } catch (error) {
      const outcome = classify(error);
      // Already dead is what was asked for.
      if (outcome.kind !== 'unauthorized') throw outcome;
    }
  },
};

type Asked = { code: string; redirect_uri: string } | { grant_type: 'refresh_token'; refresh_token: string };

async function granted(settings: ConnectorSettings, signal: AbortSignal, asked: Asked): Promise<Grant> {
  const web = webClient({ settings, signal, timeoutMs: AUTH_TIMEOUT_MS });
  const answer = await web.oauth.v2
    .access({ client_id: settings.SLACK_CLIENT_ID ?? '', client_secret: settings.SLACK_CLIENT_SECRET ?? '', ...asked })
    .catch((error: unknown) => {
      throw classify(error);
    });
  if (!answer.access_token)
    throw new StepError('rejected', 'Slack gave no bot token. Add a bot user to the app and connect again.');
  return {
    accessToken: new Secret(answer.access_token),
    // Absent unless the app rotates its tokens: then the old one stays (spread by the caller).
    ...(answer.refresh_token && { refreshToken: new Secret(answer.refresh_token) }),
    ...(answer.expires_in && { expiresAt: Date.now() + answer.expires_in * 1000 }),
    ...(answer.scope && { scopes: answer.scope.split(',') }),
    extra: {
      ...(answer.team?.id && { teamId: answer.team.id }),
      ...(answer.app_id && { appId: answer.app_id }),
      ...(answer.bot_user_id && { botUserId: answer.bot_user_id }),
    },
  };
}
