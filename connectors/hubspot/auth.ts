import * as z from 'zod';
import { type ConnectorSettings, type Grant, type OAuth2Auth, Secret, StepError } from '../../src/sdk/index.ts';
import { apiUrl } from './client.ts';
import { classify } from './errors.ts';
import { ask } from './wire.ts';

const AUTH_TIMEOUT_MS = 15_000;

/** The OAuth endpoints by their date: those of v1 end on 16 February 2027, and the SDK knows no others. */
const TOKEN_PATH = '/oauth/2026-03/token';

const options = z.strictObject({
  companies: z.enum(['leave', 'link']).default('leave').meta({
    title: 'Companies',
    description:
      'link: a push also puts the contact into the company of its e-mail’s domain, and makes that company where there is none',
  }),
});

/** Without these nothing works. */
export const scopes = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.schemas.contacts.read',
  'crm.objects.owners.read',
];
const companyScopes = ['crm.objects.companies.read', 'crm.objects.companies.write'];

/**
 * Scopes that an account may be without (its plan has them not, say). HubSpot refuses to connect where a scope is not among the app's
 * own, so only those are asked for that this hub has a use for.
 */
export const optionalScopes = (settings: ConnectorSettings, chosen: Record<string, string>): string[] => [
  ...(chosen.companies === 'link' ? companyScopes : []),
  ...(settings.HUBSPOT_TIMELINE_TEMPLATE_ID ? ['timeline'] : []),
];

/** OAuth 2 authorization code flow with PKCE (S256). Tokens live as long as `expires_in` says, half an hour at present. */
export const auth: OAuth2Auth = {
  kind: 'oauth2',
  pkce: true,
  scopes,
  options,
  requires: ['HUBSPOT_CLIENT_ID', 'HUBSPOT_CLIENT_SECRET'],

  authorizeUrl({ settings, options, state, redirectUri, codeChallenge, scopes }) {
    const url = new URL(settings.HUBSPOT_AUTHORIZE_URL ?? 'https://app.hubspot.com/oauth/authorize');
    url.searchParams.set('client_id', settings.HUBSPOT_CLIENT_ID ?? '');
    url.searchParams.set('redirect_uri', redirectUri);
    url.searchParams.set('scope', scopes.join(' '));
    const optional = optionalScopes(settings, options);
    if (optional.length > 0) url.searchParams.set('optional_scope', optional.join(' '));
    url.searchParams.set('state', state);
    if (codeChallenge) {
      url.searchParams.set('code_challenge', codeChallenge);
      url.searchParams.set('code_challenge_method', 'S256');
    }
    return url.href;
  },

  async exchange({ settings, options, signal, code, redirectUri, codeVerifier, query }) {
    if (query.error) throw fromCallback(query);
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      ...(codeVerifier && { code_verifier: codeVerifier }),
    };
    const grant = await granted(settings, signal, form);
    return { ...grant, extra: { ...grant.extra, ...(options.companies === 'link' && { companies: 'link' }) } };
  },

  async refresh({ settings, signal, grant }) {
    if (!grant.refreshToken)
      throw new StepError('unauthorized', 'HubSpot gave no refresh token. Connect HubSpot again.');
    const fresh = await granted(settings, signal, {
      grant_type: 'refresh_token',
      refresh_token: grant.refreshToken.reveal(),
    });
    return { ...grant, ...fresh, extra: { ...grant.extra, ...fresh.extra } };
  },

  /** Each token by itself: HubSpot does not end the access tokens of a refresh token that is revoked. */
  async revoke({ settings, signal, grant }) {
    for (const token of [grant.refreshToken, grant.accessToken]) {
      if (!token) continue;
      try {
        await tokenCall(settings, signal, '/revoke', { token: token.reveal() });
      } catch (error) {
        const outcome = outcomeOf(error);
        // Already dead is what was asked for.
        if (outcome.kind !== 'unauthorized') throw outcome;
      }
    }
  },
};

function fromCallback({ error, error_description }: Record<string, string>): StepError {
  const words = [error_description, `(${error})`].filter(Boolean).join(' ');
  return new StepError('rejected', `HubSpot did not connect the account: ${words}.`, {
    vendorCode: error,
    vendorMessage: error_description,
  });
}

const tokenAnswer = z.looseObject({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  scopes: z.array(z.string()).optional(),
  hub_id: z.union([z.number(), z.string()]).optional(),
});

async function granted(settings: ConnectorSettings, signal: AbortSignal, form: Record<string, string>): Promise<Grant> {
  const askedAt = Date.now();
  let json: unknown;
  try {
    json = await tokenCall(settings, signal, '', form);
  } catch (error) {
    throw outcomeOf(error);
  }
  const { success, data } = tokenAnswer.safeParse(json);
  if (!success) throw new StepError('transient', 'HubSpot answered without an access token.');
  return {
    accessToken: new Secret(data.access_token),
    // Mostly the same one again. Where none comes, the old one stays (spread by the caller).
    ...(data.refresh_token && { refreshToken: new Secret(data.refresh_token) }),
    ...(data.expires_in && { expiresAt: askedAt + data.expires_in * 1000 }),
    ...(data.scopes && { scopes: data.scopes }),
    ...(data.hub_id !== undefined && { extra: { hubId: String(data.hub_id) } }),
  };
}

/** What HubSpot knows of a token that is alive. */
export type TokenInfo = {
  hubId: string;
  hubDomain?: string;
  user?: string;
  userId?: string;
  appId?: string;
  scopes: string[];
};
const introspection = z.looseObject({
  active: z.literal(true),
  hub_id: z.union([z.number(), z.string()]),
  hub_domain: z.string().optional(),
  user: z.string().optional(),
  user_id: z.union([z.number(), z.string()]).optional(),
  app_id: z.union([z.number(), z.string()]).optional(),
  scopes: z.array(z.string()).optional(),
});

/** Who the token is for and what it may do. @throws StepError `unauthorized` for one that is dead */
export async function introspect(settings: ConnectorSettings, signal: AbortSignal, token: string): Promise<TokenInfo> {
  const form = { token, token_type_hint: 'access_token' };
  const json = await tokenCall(settings, signal, '/introspect', form).catch((error: unknown) => {
    const { kind, message, details } = classify(error);
    // It refuses nothing else about this call than the token.
    throw new StepError(kind === 'rejected' ? 'unauthorized' : kind, message, details);
  });
  const { success, data } = introspection.safeParse(json);
  if (!success && (json as { active?: unknown } | null)?.active === false)
    throw new StepError('unauthorized', 'HubSpot says that the access token is not alive any more.');
  if (!success) throw new StepError('transient', 'HubSpot answered without saying whom the token is for.');
  const text = (value: string | number | undefined) => (value === undefined ? undefined : String(value));
  return {
    hubId: String(data.hub_id),
    hubDomain: data.hub_domain,
    user: data.user,
    userId: text(data.user_id),
    appId: text(data.app_id),
    scopes: data.scopes ?? [],
  };
}

async function tokenCall(
  settings: ConnectorSettings,
  signal: AbortSignal,
  path: '' | '/introspect' | '/revoke',
  form: Record<string, string>,
): Promise<unknown> {
  const credentials = {
    client_id: settings.HUBSPOT_CLIENT_ID ?? '',
    client_secret: settings.HUBSPOT_CLIENT_SECRET ?? '',
  };
  const call = {
    method: 'POST' as const,
    url: `${apiUrl(settings)}${TOKEN_PATH}${path}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ ...form, ...credentials }).toString(),
    signal,
    timeoutMs: AUTH_TIMEOUT_MS,
  };
  const { json } = await ask(call, { mayBeEmpty: path === '/revoke' });
  return json;
}

/** A token request changes no record: where its answer was lost it is simply asked again. */
function outcomeOf(error: unknown): StepError {
  const outcome = classify(error);
  return outcome.kind === 'uncertain' ? new StepError('transient', outcome.message, outcome.details) : outcome;
}
