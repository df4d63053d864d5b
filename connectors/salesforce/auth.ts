import { OAuth2 } from 'jsforce';
import * as z from 'zod';
import { type ConnectorSettings, type Grant, type OAuth2Auth, Secret, StepError } from '../../src/sdk/index.ts';
import { classify } from './errors.ts';
import { OneCallTransport, SalesforceFailure } from './transport.ts';

const AUTH_TIMEOUT_MS = 15_000;
const salesforceHost = /^([a-z0-9-]+\.)+(salesforce\.com|force\.com|salesforce\.mil)$/i;

const options = z.strictObject({
  environment: z
    .enum(['production', 'sandbox', 'custom'])
    .default('production')
    .meta({ title: 'Environment', description: 'Where the org signs in; custom is a My Domain host' }),
  host: z
    .string()
    .regex(salesforceHost, 'must be a host such as acme.my.salesforce.com')
    .optional()
    .meta({ title: 'My Domain host', description: 'For custom: e.g. acme.my.salesforce.com' }),
});

/** OAuth 2 web server flow with PKCE (S256) through jsforce. Salesforce never says when a token ends: the grant has no `expiresAt`. */
export const auth: OAuth2Auth = {
  kind: 'oauth2',
  pkce: true,
  scopes: ['api', 'refresh_token', 'id'],
  options,
  requires: ['SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET'],

  authorizeUrl({ settings, options, state, redirectUri, codeChallenge, scopes }) {
    return oauth2(settings, options, { redirectUri }).getAuthorizationUrl({
      scope: scopes.join(' '),
      state,
      // jsforce sends no code_challenge_method by itself; without it Salesforce takes the challenge for a plain verifier.
      ...(codeChallenge && { code_challenge: codeChallenge, code_challenge_method: 'S256' }),
    });
  },

  async exchange({ settings, options, signal, code, redirectUri, codeVerifier }) {
    const flow = oauth2(settings, options, { redirectUri, signal });
    const answer = await asked(flow.requestToken(code, codeVerifier ? { code_verifier: codeVerifier } : {}));
    return grantOf(answer, settings);
  },

  async refresh({ settings, options, signal, grant }) {
    if (!grant.refreshToken)
      throw new StepError(
        'unauthorized',
        'Salesforce gave no refresh token. Allow the scope refresh_token and connect again.',
      );
    const answer = await asked(oauth2(settings, options, { signal }).refreshToken(grant.refreshToken.reveal()));
    return { ...grant, ...grantOf(answer, settings) };
  },

  async revoke({ settings, options, signal, grant }) {
    const flow = oauth2(settings, options, { signal, requireJson: false });
    try {
      await flow.revokeToken((grant.refreshToken ?? grant.accessToken).reveal());
    } catch (error) {
      const codes = error instanceof SalesforceFailure ? error.failure.complaints?.map(({ code }) => code) : [];
      // Already dead is what was asked for.
      if (!codes?.some(code => code === 'invalid_token' || code === 'unsupported_token_type')) throw outcomeOf(error);
    }
  },
};

function oauth2(
  settings: ConnectorSettings,
  options: Record<string, string>,
  { redirectUri, signal, requireJson }: { redirectUri?: string; signal?: AbortSignal; requireJson?: boolean },
): OAuth2 {
  const flow = new OAuth2({
    loginUrl: loginUrl(settings, options),
    clientId: settings.SALESFORCE_CLIENT_ID,
    clientSecret: settings.SALESFORCE_CLIENT_SECRET,
    redirectUri,
  });
  if (signal) flow._transport = new OneCallTransport(signal, AUTH_TIMEOUT_MS, { requireJson });
  return flow;
}

/** Where this connection signs in. @throws StepError `rejected` for a host that is not Salesforce's */
function loginUrl(settings: ConnectorSettings, options: Record<string, string>): string {
  if (options.environment === 'sandbox') return 'https://test.salesforce.com';
  if (options.environment !== 'custom') return settings.SALESFORCE_LOGIN_URL ?? 'https://login.salesforce.com';
  if (options.host && salesforceHost.test(options.host)) return `https://${options.host}`;
  throw new StepError('rejected', 'The My Domain host must be one of Salesforce, such as acme.my.salesforce.com.', {
    field: 'host',
  });
}

type TokenAnswer = {
  access_token?: string;
  refresh_token?: string;
  instance_url?: string;
  scope?: string;
  id?: string;
};

function grantOf(answer: TokenAnswer, settings: ConnectorSettings): Grant {
  if (!answer.access_token || !answer.instance_url)
    throw new StepError('transient', 'Salesforce answered without an access token.');
  return {
    accessToken: new Secret(answer.access_token),
    // Absent unless it rotates: then the old one stays (spread by the caller).
    ...(answer.refresh_token && { refreshToken: new Secret(answer.refresh_token) }),
    ...(answer.scope && { scopes: answer.scope.split(' ') }),
    instanceUrl: trusted(answer.instance_url, settings),
  };
}

/** The token goes to this address on every call, so it must be Salesforce's own, or the configured stand-in's. */
function trusted(instanceUrl: string, settings: ConnectorSettings): string {
  const { protocol, hostname, origin } = URL.parse(instanceUrl) ?? {};
  const standIn = settings.SALESFORCE_LOGIN_URL && URL.parse(settings.SALESFORCE_LOGIN_URL)?.origin;
  if (origin && (origin === standIn || (protocol === 'https:' && salesforceHost.test(hostname ?? ''))))
    return instanceUrl.replace(/\/$/, '');
  throw new StepError(
    'rejected',
    'Salesforce named an address for this org that is not one of its own; nothing was kept.',
  );
}

async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw outcomeOf(error);
  }
}

/** A token request changes no record: where its answer was lost it is simply asked again. */
function outcomeOf(error: unknown): StepError {
  const outcome = classify(error);
  return outcome.kind === 'uncertain' ? new StepError('transient', outcome.message, outcome.details) : outcome;
}
