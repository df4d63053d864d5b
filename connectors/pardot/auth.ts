import * as oauth from 'oauth4webapi';
import * as z from 'zod';
import { type ConnectorSettings, type Grant, type OAuth2Auth, Secret, StepError } from '../../src/sdk/index.ts';
import { refusedGrant } from './auth-errors.ts';
import { demoApiUrl, isSalesforceHost, loginUrl, trustedInstance } from './hosts.ts';

const businessUnitId = /^0Uv[A-Za-z0-9]{15}$/;
const wrongUnit = 'must be a business unit id: 18 letters and digits that begin with 0Uv';

const options = z.strictObject({
  businessUnit: z.string().regex(businessUnitId, wrongUnit).meta({
    title: 'Business unit id',
    description: '18 characters that begin with 0Uv (Setup → Business Unit Setup)',
  }),
  environment: z.enum(['production', 'sandbox', 'developer', 'custom']).default('production').meta({
    title: 'Environment',
    description: 'What kind of org it is and where it signs in; custom is a My Domain host',
  }),
  host: z
    .string()
    .refine(isSalesforceHost, 'must be a host such as acme.my.salesforce.com')
    .optional()
    .meta({ title: 'My Domain host', description: 'For custom: e.g. acme.my.salesforce.com' }),
});

/**
 * Salesforce's OAuth 2 web server flow with PKCE (S256): Account Engagement has none of its own. Nobody says when an access token ends,
 * so the grant has no `expiresAt`. The business unit that was chosen stays in `extra`, since every call names it.
 */
export const auth: OAuth2Auth = {
  kind: 'oauth2',
  pkce: true,
  scopes: ['pardot_api', 'refresh_token', 'id'],
  options,
  requires: ['SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET'],

  authorizeUrl({ settings, options, state, redirectUri, codeChallenge, scopes }) {
    const url = new URL(`${loginUrl(settings, options)}/services/oauth2/authorize`);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: settings.SALESFORCE_CLIENT_ID ?? '',
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      state,
      ...(codeChallenge && { code_challenge: codeChallenge, code_challenge_method: 'S256' }),
    }).toString();
    return url.href;
  },

  async exchange({ settings, options, query, redirectUri, codeVerifier = oauth.nopkce, signal }) {
    if (!businessUnitId.test(options.businessUnit ?? ''))
      throw new StepError('rejected', `The option businessUnit ${wrongUnit}.`, { field: 'businessUnit' });
    const { server, client, proof, plain } = app(settings, options);
    const answer = await asked(async () => {
      // The engine has compared the state already.
      const back = oauth.validateAuthResponse(server, client, new URLSearchParams(query), oauth.skipStateCheck);
      const sent = { ...plain, signal };
      return oauth.processAuthorizationCodeResponse(
        server,
        client,
        await oauth.authorizationCodeGrantRequest(server, client, proof, back, redirectUri, codeVerifier, sent),
      );
    });
    const apiUrl = demoApiUrl(options);
    const extra = { businessUnitId: options.businessUnit ?? '', ...(apiUrl && { apiUrl }) };
    return { ...grantOf(answer, settings), extra };
  },

  async refresh({ settings, options, grant, signal }) {
    const token = grant.refreshToken?.reveal();
    if (!token)
      throw new StepError(
        'unauthorized',
        'Salesforce gave no refresh token. Allow the scope refresh_token and connect Account Engagement again.',
      );
    const { server, client, proof, plain } = app(settings, options);
    const answer = await asked(async () => {
      const response = await oauth.refreshTokenGrantRequest(server, client, proof, token, { ...plain, signal });
      return oauth.processRefreshTokenResponse(server, client, response);
    });
    return { ...grant, ...grantOf(answer, settings) };
  },

  async revoke({ settings, options, grant, signal }) {
    const { server, client, proof, plain } = app(settings, options);
    const token = (grant.refreshToken ?? grant.accessToken).reveal();
    try {
      const response = await oauth.revocationRequest(server, client, proof, token, { ...plain, signal });
      await oauth.processRevocationResponse(response);
    } catch (error) {
      // Already dead is what was asked for.
      const dead = error instanceof oauth.ResponseBodyError && /^(invalid|unsupported)_token/.test(error.error);
      if (!dead) throw refusedGrant(error);
    }
  },
};

function app(settings: ConnectorSettings, options: Record<string, string>) {
  const base = loginUrl(settings, options);
  const server: oauth.AuthorizationServer = {
    issuer: base,
    token_endpoint: `${base}/services/oauth2/token`,
    revocation_endpoint: `${base}/services/oauth2/revoke`,
  };
  return {
    server,
    client: { client_id: settings.SALESFORCE_CLIENT_ID ?? '' },
    proof: oauth.ClientSecretPost(settings.SALESFORCE_CLIENT_SECRET ?? ''),
    // Its sandbox on a laptop speaks plain http.
    plain: { [oauth.allowInsecureRequests]: base.startsWith('http:') },
  };
}

function grantOf(answer: oauth.TokenEndpointResponse, settings: ConnectorSettings): Grant {
  const scopes = answer.scope?.split(' ');
  if (scopes && !scopes.includes('pardot_api'))
    throw new StepError(
      'forbidden',
      'The app may not use Account Engagement. Add the scope “Manage Pardot services” (pardot_api) to it in Salesforce and connect again.',
      { vendorCode: 'scope' },
    );
  return {
    accessToken: new Secret(answer.access_token),
    // Absent unless it rotates: then the old one stays (spread by the caller).
    ...(answer.refresh_token && { refreshToken: new Secret(answer.refresh_token) }),
    ...(scopes && { scopes }),
    instanceUrl: trustedInstance(answer.instance_url, settings),
  };
}

async function asked(ask: () => Promise<oauth.TokenEndpointResponse>): Promise<oauth.TokenEndpointResponse> {
  try {
    return await ask();
  } catch (error) {
    throw refusedGrant(error);
  }
}
