import * as oauth from 'oauth4webapi';
import { type ConnectorSettings, type Grant, type OAuth2Auth, Secret, StepError } from '../../src/sdk/index.ts';
import { refusedGrant } from './errors.ts';

/** OAuth 2 with PKCE (S256). Access tokens end after an hour, and every refresh hands out a new refresh token. */
export const auth: OAuth2Auth = {
  kind: 'oauth2',
  pkce: true,
  scopes: ['notes'],
  requires: ['EXAMPLE_API_URL', 'EXAMPLE_CLIENT_ID', 'EXAMPLE_CLIENT_SECRET'],

  authorizeUrl({ settings, state, redirectUri, codeChallenge, scopes }) {
    const url = new URL(app(settings).server.authorization_endpoint ?? '');
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: settings.EXAMPLE_CLIENT_ID ?? '',
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state,
      ...(codeChallenge && { code_challenge: codeChallenge, code_challenge_method: 'S256' }),
    }).toString();
    return url.href;
  },

  async exchange({ settings, query, redirectUri, codeVerifier, signal }) {
    const { server, client, proof, options } = app(settings);
    return grantFrom(async () => {
      // The engine has compared the state already.
      const answer = oauth.validateAuthResponse(server, client, new URLSearchParams(query), oauth.skipStateCheck);
      const verifier = codeVerifier ?? oauth.nopkce;
      const sent = { ...options, signal };
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        proof,
        answer,
        redirectUri,
        verifier,
        sent,
      );
      return oauth.processAuthorizationCodeResponse(server, client, response);
    });
  },

  async refresh({ settings, grant, signal }) {
    const token = grant.refreshToken?.reveal();
    if (!token) throw new StepError('unauthorized', 'There is no refresh token. Connect Example again.');
    const { server, client, proof, options } = app(settings);
    return grantFrom(async () => {
      const response = await oauth.refreshTokenGrantRequest(server, client, proof, token, { ...options, signal });
      return oauth.processRefreshTokenResponse(server, client, response);
    }, grant);
  },

  async revoke({ settings, grant, signal }) {
    const { server, client, proof, options } = app(settings);
    const token = (grant.refreshToken ?? grant.accessToken).reveal();
    try {
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(server, client, proof, token, { ...options, signal }),
      );
    } catch (error) {
      throw refusedGrant(error);
    }
  },
};

function app(settings: ConnectorSettings) {
  const base = (settings.EXAMPLE_API_URL ?? '').replace(/\/$/, '');
  const server: oauth.AuthorizationServer = {
    issuer: base,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    revocation_endpoint: `${base}/oauth/revoke`,
  };
  return {
    server,
    client: { client_id: settings.EXAMPLE_CLIENT_ID ?? '' },
    proof: oauth.ClientSecretPost(settings.EXAMPLE_CLIENT_SECRET ?? ''),
    // Its sandbox on a laptop speaks plain http.
    options: { [oauth.allowInsecureRequests]: base.startsWith('http:') },
  };
}

async function grantFrom(ask: () => Promise<oauth.TokenEndpointResponse>, before?: Grant): Promise<Grant> {
  const askedAt = Date.now();
  const answer = await ask().catch(error => {
    throw refusedGrant(error);
  });
  return {
    accessToken: new Secret(answer.access_token),
    refreshToken: answer.refresh_token ? new Secret(answer.refresh_token) : before?.refreshToken,
    ...(answer.expires_in !== undefined && { expiresAt: askedAt + answer.expires_in * 1000 }),
    scopes: answer.scope?.split(' ') ?? before?.scopes,
  };
}
