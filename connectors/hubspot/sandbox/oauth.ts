import { createHash, randomBytes } from 'node:crypto';
import { OAuthError, type Parameters, redirectOf } from '../../../src/sdk/testing/oauth-server.ts';
import { appId, hub, installer } from './seed.ts';

export const clientId = '3b0f4c1e-2d57-4a86-9c1b-7f5a0d9e6b24';
export const clientSecret = 'sandbox-hubspot-client-secret';
/** Codes live for minutes; the vendor does not say how many. */
const codeLifeMs = 10 * 60_000;
const tokenLifeSeconds = 1_800;
/** Every scope of the app as it is registered. */
export const appScopes = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.schemas.contacts.read',
  'crm.objects.owners.read',
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'timeline',
];

/** A refusal of the OAuth endpoints: `{error, error_description, status, message}`, the last two as before 2026. */
export class HubSpotOAuthError extends OAuthError {
  readonly word: string;
  constructor(error: string, word: string, message: string) {
    super(error, message);
    this.word = word;
  }
  override get body(): Record<string, string> {
    return { ...super.body, status: this.word, message: this.message };
  }
}

type Grant = { scopes: string[]; userId: number; revoked: boolean };
type Code = { redirectUri: string; challenge: string | undefined; grant: Grant; expiresAt: number; used: boolean };
type Session = { grant: Grant; expiresAt: number; ended: boolean };

const token = (prefix: string): string => `${prefix}${randomBytes(40).toString('base64url')}`;

/** What is granted. Survives a reset of the records. */
export const createOAuth = (now: () => number) => {
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, Grant>();
  const sessions = new Map<string, Session>();
  const controls = { rotateRefreshTokens: false, withholdScopes: [] as string[] };

  const live = (accessToken: string | undefined): Session | undefined => {
    const session = sessions.get(accessToken ?? '');
    return session && !session.ended && !session.grant.revoked && session.expiresAt > now() ? session : undefined;
  };
  const checkClient = ({ client_id, client_secret }: Parameters): void => {
    if (client_id !== clientId)
      throw new HubSpotOAuthError('invalid_client', 'BAD_CLIENT_ID', 'missing or unknown client id');
    if (client_secret !== clientSecret)
      throw new HubSpotOAuthError('invalid_client', 'BAD_CLIENT_SECRET', 'missing or invalid client secret');
  };
  const answer = (grant: Grant, refresh_token: string) => {
    const access_token = token('CN');
    sessions.set(access_token, { grant, expiresAt: now() + tokenLifeSeconds * 1000, ended: false });
    return {
      token_type: 'bearer',
      refresh_token,
      access_token,
      expires_in: tokenLifeSeconds,
      hub_id: hub.id,
      user_id: grant.userId,
      scopes: grant.scopes,
    };
  };
  const newRefreshToken = (grant: Grant): string => {
    const refreshToken = token('eu1-');
    refreshTokens.set(refreshToken, grant);
    return refreshToken;
  };
  const exchange = (form: Parameters) => {
    const code = codes.get(form.code ?? '');
    const bad = (message: string) => new HubSpotOAuthError('invalid_grant', 'BAD_AUTH_CODE', message);
    if (!code || code.used || code.expiresAt <= now()) throw bad('missing or unknown auth code');
    if (form.redirect_uri !== code.redirectUri)
      throw new HubSpotOAuthError(
        'invalid_grant',
        'MISMATCH_REDIRECT_URI_AUTH_CODE',
        'the redirect uri does not match the one of the auth code',
      );
    if (code.challenge !== undefined) {
      const challenge = createHash('sha256')
        .update(form.code_verifier ?? '')
        .digest('base64url');
      if (challenge !== code.challenge) throw bad('code verifier does not match the code challenge');
    }
    code.used = true;
    return answer(code.grant, newRefreshToken(code.grant));
  };
  const refresh = (form: Parameters) => {
    const grant = refreshTokens.get(form.refresh_token ?? '');
    if (!grant || grant.revoked)
      throw new HubSpotOAuthError('invalid_grant', 'BAD_REFRESH_TOKEN', 'missing or invalid refresh token');
    if (!controls.rotateRefreshTokens) return answer(grant, form.refresh_token ?? '');
    refreshTokens.delete(form.refresh_token ?? '');
    return answer(grant, newRefreshToken(grant));
  };

  return {
    controls,
    /** Throws where the person cannot be sent back to an app. */
    checkApp(query: Parameters): URL {
      if (query.client_id !== clientId)
        throw new HubSpotOAuthError('invalid_client', 'BAD_CLIENT_ID', 'missing or unknown client id');
      const redirect = redirectOf(query);
      if (!redirect)
        throw new HubSpotOAuthError('invalid_request', 'BAD_REDIRECT_URI', 'the redirect uri is not one of the app');
      return redirect;
    },
    /** The scopes asked for. Throws for one that is not the app's, which the vendor shows on its own page. */
    checkScopes(query: Parameters): string[] {
      const words = (text = '') => text.split(/[\s+]+/).filter(Boolean);
      const scopes = [...new Set([...words(query.scope), ...words(query.optional_scope)])];
      const unknown = scopes.filter(scope => !appScopes.includes(scope));
      if (!scopes.includes('oauth') || unknown.length > 0)
        throw new HubSpotOAuthError(
          'invalid_scope',
          'BAD_SCOPE',
          `insufficient scopes were provided: ${unknown.join(' ')}`,
        );
      if (query.code_challenge !== undefined && query.code_challenge_method !== 'S256')
        throw new HubSpotOAuthError('invalid_request', 'BAD_CODE_CHALLENGE', 'only S256 is supported');
      return scopes;
    },
    issueCode(query: Parameters, scopes: string[]): string {
      const code = randomBytes(18).toString('hex');
      codes.set(code, {
        redirectUri: query.redirect_uri ?? '',
        challenge: query.code_challenge,
        grant: { scopes, userId: installer.userId, revoked: false },
        expiresAt: now() + codeLifeMs,
        used: false,
      });
      return code;
    },
    token(form: Parameters) {
      checkClient(form);
      if (form.grant_type === 'authorization_code') return exchange(form);
      if (form.grant_type === 'refresh_token') return refresh(form);
      throw new HubSpotOAuthError('unsupported_grant_type', 'BAD_GRANT_TYPE', 'missing or unknown grant type');
    },
    introspect(form: Parameters) {
      checkClient(form);
      const session = live(form.token);
      const grant = session?.grant ?? refreshTokens.get(form.token ?? '');
      if (!grant || grant.revoked) return { active: false };
      return {
        token_use: session ? 'access_token' : 'refresh_token',
        active: true,
        token: form.token,
        hub_id: hub.id,
        hub_domain: hub.domain,
        user_id: grant.userId,
        user: installer.email,
        client_id: clientId,
        app_id: appId,
        scopes: grant.scopes.filter(scope => !controls.withholdScopes.includes(scope)),
        token_type: session ? 'access' : 'refresh',
        ...(session && { expires_in: Math.floor((session.expiresAt - now()) / 1000) }),
      };
    },
    /** A refresh token goes alone: its access tokens live on. One that is not known is no error. */
    revokeToken(form: Parameters): void {
      checkClient(form);
      refreshTokens.delete(form.token ?? '');
      const session = sessions.get(form.token ?? '');
      if (session) session.ended = true;
    },
    /** The scopes behind a live access token, or why it is none. */
    scopesOf(accessToken: string | undefined): string[] | 'expired' | 'unknown' {
      const session = sessions.get(accessToken ?? '');
      if (!session || session.grant.revoked) return 'unknown';
      if (!live(accessToken)) return 'expired';
      return session.grant.scopes.filter(scope => !controls.withholdScopes.includes(scope));
    },
    expireAccessTokens(): void {
      for (const session of sessions.values()) session.ended = true;
    },
    revokeGrants(): void {
      for (const grant of refreshTokens.values()) grant.revoked = true;
      for (const { grant } of sessions.values()) grant.revoked = true;
    },
  };
};
export type OAuth = ReturnType<typeof createOAuth>;
