import { createHash, randomBytes } from 'node:crypto';
import { OAuthError, type Parameters, redirectOf } from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext } from '../../../src/sdk/testing/sandbox.ts';
import { orgId, user } from './seed.ts';

// One app for both: whoever connects Salesforce and Account Engagement registers it once, with the scope pardot_api in it.
export const clientId = 'sandbox-salesforce-external-client-app';
export const clientSecret = 'sandbox-salesforce-client-secret';
/** The vendor's codes live a quarter of an hour. */
const codeLifeMs = 15 * 60_000;
const knownScopes = ['api', 'pardot_api', 'refresh_token', 'offline_access', 'id', 'openid', 'full'];

type Grant = { scopes: string[]; refreshTokens: Set<string>; revoked: boolean };
type Code = { redirectUri: string; challenge: string; scopes: string[]; expiresAt: number };

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** What is granted. Survives a reset of the records. */
export const createOAuth = ({ base, now }: SandboxContext) => {
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, Grant>();
  const sessions = new Map<string, { grant: Grant; expired: boolean }>();
  const controls = { rotateRefreshTokens: false, withholdScopes: [] as string[] };

  const handOut = (grant: Grant, refreshToken: string | undefined) => {
    const accessToken = `${orgId.slice(0, 15)}!${random(66)}`;
    sessions.set(accessToken, { grant, expired: false });
    return {
      access_token: accessToken,
      ...(refreshToken && { refresh_token: refreshToken }),
      signature: random(32),
      scope: grant.scopes.join(' '),
      instance_url: base,
      id: `${base}/id/${orgId}/${user.id}`,
      token_type: 'Bearer',
      issued_at: String(now()),
    };
  };
  const newRefreshToken = (grant: Grant): string => {
    const refreshToken = `5Aep861${random(56)}`;
    grant.refreshTokens.add(refreshToken);
    refreshTokens.set(refreshToken, grant);
    return refreshToken;
  };
  const revoke = (grant: Grant): void => {
    grant.revoked = true;
    for (const each of grant.refreshTokens) refreshTokens.delete(each);
  };

  const byCode = (form: Parameters) => {
    const code = codes.get(form.code ?? '');
    codes.delete(form.code ?? '');
    const challenge = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url');
    if (!code || code.expiresAt <= now()) throw new OAuthError('invalid_grant', 'expired authorization code');
    if (form.redirect_uri !== code.redirectUri)
      throw new OAuthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
    if (challenge !== code.challenge) throw new OAuthError('invalid_grant', 'invalid code verifier');
    const grant: Grant = { scopes: code.scopes, refreshTokens: new Set(), revoked: false };
    const keeps = grant.scopes.some(scope => scope === 'refresh_token' || scope === 'offline_access');
    return handOut(grant, keeps ? newRefreshToken(grant) : undefined);
  };
  const byRefreshToken = (form: Parameters) => {
    const grant = refreshTokens.get(form.refresh_token ?? '');
    if (!grant || grant.revoked) throw new OAuthError('invalid_grant', 'expired access/refresh token');
    if (!controls.rotateRefreshTokens) return handOut(grant, undefined);
    refreshTokens.delete(form.refresh_token ?? '');
    return handOut(grant, newRefreshToken(grant));
  };

  return {
    controls,
    /** Throws an OAuthError where a person cannot be sent back: an unknown app or a redirect address that is none. */
    checkApp(query: Parameters): URL {
      if (query.client_id !== clientId) throw new OAuthError('invalid_client_id', 'client identifier invalid');
      const redirect = redirectOf(query);
      if (!redirect) throw new OAuthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
      return redirect;
    },
    /** Throws an OAuthError that is sent back to the app. Answers the scopes asked for. */
    checkRequest(query: Parameters): string[] {
      if (query.response_type !== 'code')
        throw new OAuthError('unsupported_response_type', 'response type not supported');
      if (!/^[\w-]{43}$/.test(query.code_challenge ?? '') || query.code_challenge_method !== 'S256')
        throw new OAuthError('invalid_request', 'invalid code challenge: S256 is required');
      const scopes = (query.scope ?? '').split(/[\s+]+/).filter(Boolean);
      if (scopes.length === 0 || scopes.some(scope => !knownScopes.includes(scope)))
        throw new OAuthError('invalid_scope', 'the requested scope is not allowed');
      return scopes;
    },
    issueCode(query: Parameters, scopes: string[]): string {
      const code = `aPrx${random(40)}`;
      codes.set(code, {
        redirectUri: query.redirect_uri ?? '',
        challenge: query.code_challenge ?? '',
        scopes: scopes.filter(scope => !controls.withholdScopes.includes(scope)),
        expiresAt: now() + codeLifeMs,
      });
      return code;
    },
    token(form: Parameters) {
      if (form.client_id !== clientId) throw new OAuthError('invalid_client_id', 'client identifier invalid');
      if (form.client_secret !== clientSecret) throw new OAuthError('invalid_client', 'invalid client credentials');
      if (form.grant_type === 'authorization_code') return byCode(form);
      if (form.grant_type === 'refresh_token') return byRefreshToken(form);
      throw new OAuthError('unsupported_grant_type', 'grant type not supported');
    },
    /** A refresh token takes its access tokens with it; an access token goes alone. */
    revokeToken(form: Parameters): void {
      const grant = refreshTokens.get(form.token ?? '');
      const session = sessions.get(form.token ?? '');
      if (grant) revoke(grant);
      else if (session && !session.expired) session.expired = true;
      else throw new OAuthError('invalid_token', 'the token is invalid');
    },
    /** The scopes of a live access token; undefined for any other. */
    scopesOf(accessToken: string | undefined): string[] | undefined {
      const session = sessions.get(accessToken ?? '');
      return session && !session.expired && !session.grant.revoked ? session.grant.scopes : undefined;
    },
    expireAccessTokens(): void {
      for (const session of sessions.values()) session.expired = true;
    },
    revokeGrants(): void {
      for (const { grant } of sessions.values()) revoke(grant);
    },
  };
};
export type OAuth = ReturnType<typeof createOAuth>;
