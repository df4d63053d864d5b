import * as oauth from 'oauth4webapi';
import { type ConnectorSettings, type Grant, type OAuth2Auth, Secret, StepError } from '../../src/sdk/index.ts';
import { refusedGrant } from './auth-errors.ts';
import { classify } from './errors.ts';
import { askWho, loginUrl } from './identity.ts';

const IDENTITY_TIMEOUT_MS = 8_000;

/**
 * Eloqua's OAuth 2 with an authorization code, as a confidential client; it has no PKCE and no way to take a token back. Access tokens
 * live eight hours, and each refresh token works once. Where the site's data centre is (`instanceUrl`) is asked when connecting, and again
 * with each new token: a 401 may also mean that the site has moved.
 */
export const auth: OAuth2Auth = {
  kind: 'oauth2',
  pkce: false,
  scopes: ['full'],
  requires: ['ELOQUA_CLIENT_ID', 'ELOQUA_CLIENT_SECRET'],

  authorizeUrl({ settings, state, redirectUri, scopes }) {
    const url = new URL(`${loginUrl(settings)}/auth/oauth2/authorize`);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: settings.ELOQUA_CLIENT_ID ?? '',
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state,
    }).toString();
    return url.href;
  },

  async exchange({ settings, query, redirectUri, signal }) {
    const { server, client, proof, plain } = app(settings);
    const grant = await granted(async () => {
      // The engine has compared the state already.
      const back = oauth.validateAuthResponse(server, client, new URLSearchParams(query), oauth.skipStateCheck);
      const sent = { ...plain, signal };
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        proof,
        back,
        redirectUri,
        oauth.nopkce,
        sent,
      );
      return oauth.processAuthorizationCodeResponse(server, client, response);
    });
    const { baseUrl, siteId } = await whereIs(settings, grant, signal);
    return { ...grant, instanceUrl: baseUrl, extra: { siteId, redirectUri } };
  },

  async refresh({ settings, grant, signal }) {
    const token = grant.refreshToken?.reveal();
    if (!token) throw new StepError('unauthorized', 'There is no refresh token. Connect Eloqua again.');
    const { server, client, proof, plain } = app(settings);
    const additionalParameters = { scope: 'full', redirect_uri: grant.extra?.redirectUri ?? '' };
    const next = await granted(async () => {
      const sent = { ...plain, signal, additionalParameters };
      const response = await oauth.refreshTokenGrantRequest(server, client, proof, token, sent);
      return oauth.processRefreshTokenResponse(server, client, response);
    });
    return { ...grant, ...next, instanceUrl: await newBase(settings, grant, next, signal) };
  },
};

/** The old refresh token is used up by now: whatever becomes of this question, the new one must be kept. */
async function newBase(
  settings: ConnectorSettings,
  before: Grant,
  next: Grant,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await whereIs(settings, next, signal)).baseUrl;
  } catch {
    return before.instanceUrl;
  }
}

async function whereIs(settings: ConnectorSettings, { accessToken }: Grant, signal: AbortSignal) {
  try {
    return await askWho(settings, accessToken.reveal(), { signal, timeoutMs: IDENTITY_TIMEOUT_MS });
  } catch (error) {
    throw classify(error);
  }
}

function app(settings: ConnectorSettings) {
  const base = loginUrl(settings);
  const id = settings.ELOQUA_CLIENT_ID ?? '';
  const basic = Buffer.from(`${id}:${settings.ELOQUA_CLIENT_SECRET ?? ''}`).toString('base64');
  const server: oauth.AuthorizationServer = { issuer: base, token_endpoint: `${base}/auth/oauth2/token` };
  // Eloqua takes id and secret as they are, where the standard (and oauth4webapi's own) escapes them first.
  const proof: oauth.ClientAuth = (_server, _client, _body, headers) => headers.set('authorization', `Basic ${basic}`);
  // Its sandbox on a laptop speaks plain http.
  return {
    server,
    client: { client_id: id },
    proof,
    plain: { [oauth.allowInsecureRequests]: base.startsWith('http:') },
  };
}

async function granted(ask: () => Promise<oauth.TokenEndpointResponse>): Promise<Grant> {
  const askedAt = Date.now();
  try {
    const answer = await ask();
    return {
      accessToken: new Secret(answer.access_token),
      ...(answer.refresh_token && { refreshToken: new Secret(answer.refresh_token) }),
      ...(answer.expires_in !== undefined && { expiresAt: askedAt + answer.expires_in * 1000 }),
      scopes: answer.scope?.split(' ') ?? ['full'],
    };
  } catch (error) {
    throw refusedGrant(error);
  }
}
