import { createHash, createHmac, randomBytes } from 'node:crypto';
import { OAuthError, type Parameters, redirectOf } from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext } from '../../../src/sdk/testing/sandbox.ts';
import { integrationUserId, organizationId } from './seed-records.ts';

export const clientId = 'sandbox-salesforce-external-client-app';
export const clientSecret = 'sandbox-salesforce-client-secret';
/** The vendor's codes live a quarter of an hour. */
const codeLifeMs = 15 * 60_000;
const knownScopes = ['api', 'refresh_token', 'offline_access', 'id', 'openid', 'profile', 'email', 'web', 'full'];

type Grant = { userId: string; scopes: string[]; refreshToken?: string; revoked: boolean };
type Code = {
  userId: string;
  redirectUri: string;
  challenge: string;
  scopes: string[];
  expiresAt: number;
  used: boolean;
  grant?: Grant;
};
type Session = { grant: Grant; issuedAt: number; expired: boolean };

const token = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** What is granted and to whom. Survives a reset of the records. */
export const createOAuth = ({ base, now }: SandboxContext) => {
  const codes = new Map<string, Code>();
  const grants = new Map<string, Grant>();
  const sessions = new Map<string, Session>();
  const controls = { rotateRefreshTokens: false, signInAs: integrationUserId };

  const openSession = (grant: Grant): string => {
    const accessToken = `${organizationId.slice(0, 15)}!${token(66)}`;
    sessions.set(accessToken, { grant, issuedAt: now(), expired: false });
    return accessToken;
  };
  const answer = (grant: Grant, refreshToken: string | undefined) => {
    const id = `${base}/id/${organizationId}/${grant.userId}`;
    const issuedAt = String(now());
    return {
      access_token: openSession(grant),
      ...(refreshToken && { refresh_token: refreshToken }),
      signature: createHmac('sha256', clientSecret)
        .update(id + issuedAt)
        .digest('base64'),
      scope: grant.scopes.join(' '),
      instance_url: base,
      id,
      token_type: 'Bearer',
      issued_at: issuedAt,
    };
  };
  const giveRefreshToken = (grant: Grant): string => {
    grant.refreshToken = `5Aep861${token(56)}`;
    grants.set(grant.refreshToken, grant);
    return grant.refreshToken;
  };
  const revoke = (grant: Grant): void => {
    grant.revoked = true;
    if (grant.refreshToken) grants.delete(grant.refreshToken);
  };

  const exchangeCode = (form: Parameters) => {
    const code = codes.get(form.code ?? '');
    if (!code) throw new OAuthError('invalid_grant', 'invalid authorization code');
    if (code.used || code.expiresAt <= now()) throw new OAuthError('invalid_grant', 'expired authorization code');
    if (form.redirect_uri !== code.redirectUri)
      throw new OAuthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
    if (!form.code_verifier) throw new OAuthError('invalid_grant', 'missing required code verifier');
    const challenge = createHash('sha256').update(form.code_verifier).digest('base64url');
    code.used = true;
    if (challenge !== code.challenge) throw new OAuthError('invalid_grant', 'invalid code verifier');
    const grant: Grant = { userId: code.userId, scopes: code.scopes, revoked: false };
    const keeps = grant.scopes.includes('refresh_token') || grant.scopes.includes('offline_access');
    return answer(grant, keeps ? giveRefreshToken(grant) : undefined);
  };
  const refresh = (form: Parameters) => {
    const grant = grants.get(form.refresh_token ?? '');
    if (!grant || grant.revoked) throw new OAuthError('invalid_grant', 'expired access/refresh token');
    if (!controls.rotateRefreshTokens) return answer(grant, undefined);
    grants.delete(form.refresh_token ?? '');
    return answer(grant, giveRefreshToken(grant));
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
      if (!query.code_challenge) throw new OAuthError('invalid_request', 'missing required code challenge');
      if (!/^[\w-]{43}$/.test(query.code_challenge) || (query.code_challenge_method ?? 'S256') !== 'S256')
        throw new OAuthError('invalid_request', 'invalid code challenge: only S256 is supported');
      const scopes = (query.scope ?? 'api refresh_token id').split(/[\s+]+/).filter(Boolean);
      if (scopes.some(scope => !knownScopes.includes(scope)))
        throw new OAuthError('invalid_scope', 'the requested scope is not allowed');
      return scopes;
    },
    issueCode(query: Parameters, scopes: string[], userId: string): string {
      const code = `aPrx${token(40)}`;
      codes.set(code, {
        userId,
        redirectUri: query.redirect_uri ?? '',
        challenge: query.code_challenge ?? '',
        scopes,
        expiresAt: now() + codeLifeMs,
        used: false,
      });
      return code;
    },
    token(form: Parameters) {
      if (form.client_id !== clientId) throw new OAuthError('invalid_client_id', 'client identifier invalid');
      if (form.client_secret !== clientSecret) throw new OAuthError('invalid_client', 'invalid client credentials');
      if (form.grant_type === 'authorization_code') return exchangeCode(form);
      if (form.grant_type === 'refresh_token') return refresh(form);
      throw new OAuthError('unsupported_grant_type', 'grant type not supported');
    },
    /** A refresh token takes its access tokens with it; an access token goes alone. */
    revokeToken(form: Parameters): void {
      const grant = grants.get(form.token ?? '');
      const session = sessions.get(form.token ?? '');
      if (grant) revoke(grant);
      else if (session && !session.expired) session.expired = true;
      else throw new OAuthError('invalid_token', 'the token is invalid');
    },
    introspect(form: Parameters) {
      if (form.client_id !== clientId || form.client_secret !== clientSecret)
        throw new OAuthError('invalid_client', 'invalid client credentials');
      const session = sessions.get(form.token ?? '');
      const grant = grants.get(form.token ?? '') ?? session?.grant;
      if (!grant || grant.revoked || session?.expired) return { active: false };
      const kind = session
        ? { token_type: 'access_token', iat: Math.floor(session.issuedAt / 1000) }
        : { token_type: 'refresh_token' };
      return {
        active: true,
        scope: grant.scopes.join(' '),
        client_id: clientId,
        sub: `${base}/id/${organizationId}/${grant.userId}`,
        ...kind,
      };
    },
    /** The user and scopes behind a live access token; undefined for any other. */
    session(accessToken: string | undefined): { userId: string; scopes: string[] } | undefined {
      const session = sessions.get(accessToken ?? '');
      return session && !session.expired && !session.grant.revoked ? session.grant : undefined;
    },
    expireAccessTokens(): void {
      for (const session of sessions.values()) session.expired = true;
    },
    revokeGrants(): void {
      for (const grant of grants.values()) revoke(grant);
      for (const session of sessions.values()) session.grant.revoked = true;
    },
  };
};
export type OAuth = ReturnType<typeof createOAuth>;
