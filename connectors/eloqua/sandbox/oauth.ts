import { randomBytes } from 'node:crypto';
import { OAuthError, type Parameters, redirectOf } from '../../../src/sdk/testing/oauth-server.ts';

export const clientId = '7c2b9f0e-4a63-4d0c-9a5e-2f6a1f3a8d11';
// Dashes and tildes, as the vendor's secrets have: it takes them as they are, not escaped.
export const clientSecret = '1sandbox-eloqua~client.secret-0S~x';
const codeLifeMs = 60_000;
const tokenLifeSeconds = 28_800;

type Grant = { revoked: boolean };

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** What is granted. Survives a reset of the records. */
export const createOAuth = (now: () => number) => {
  const codes = new Map<string, { redirectUri: string; until: number }>();
  const refreshTokens = new Map<string, Grant>();
  const sessions = new Map<string, { grant: Grant; until: number }>();

  const handOut = (grant: Grant) => {
    const accessToken = random(60);
    const refreshToken = random(60);
    sessions.set(accessToken, { grant, until: now() + tokenLifeSeconds * 1000 });
    refreshTokens.set(refreshToken, grant);
    return {
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: tokenLifeSeconds,
      refresh_token: refreshToken,
    };
  };
  const byCode = ({ code = '', redirect_uri }: Parameters) => {
    const known = codes.get(code);
    codes.delete(code);
    if (!known || known.until <= now())
      throw new OAuthError('invalid_grant', 'The authorization code is invalid, expired or was used before.');
    if (redirect_uri !== known.redirectUri)
      throw new OAuthError('invalid_grant', 'The redirect_uri is not the one of the request.');
    return handOut({ revoked: false });
  };
  const byRefreshToken = ({ refresh_token = '', scope = 'full' }: Parameters) => {
    const grant = refreshTokens.get(refresh_token);
    refreshTokens.delete(refresh_token);
    if (!grant || grant.revoked)
      throw new OAuthError('invalid_grant', 'The refresh token is invalid or was used before.');
    if (scope !== 'full') throw new OAuthError('invalid_scope', 'The scope must be "full".');
    // The old access token lives on to its own end.
    return handOut(grant);
  };

  return {
    /** Throws what the vendor answers as a page where it cannot send the person back. */
    checkApp(query: Parameters): URL {
      const refuse = (sentence: string) => new OAuthError('invalid_request', sentence);
      if (query.client_id === undefined) throw refuse('The "client_id" parameter is required.');
      if (query.client_id !== clientId) throw refuse('The "client_id" value is not a known client identifier.');
      if (query.redirect_uri === undefined) throw refuse('The "redirect_uri" parameter is required.');
      const redirect = redirectOf(query);
      if (!redirect) throw refuse('The "redirect_uri" value is not valid.');
      return redirect;
    },
    /** Throws an OAuthError that is sent back to the app. */
    checkRequest(query: Parameters): void {
      if (query.response_type !== 'code')
        throw new OAuthError('unsupported_response_type', 'The "response_type" must be "code".');
      if ((query.scope ?? 'full') !== 'full') throw new OAuthError('invalid_scope', 'The "scope" must be "full".');
    },
    issueCode(query: Parameters): string {
      const code = random(40);
      codes.set(code, { redirectUri: query.redirect_uri ?? '', until: now() + codeLifeMs });
      return code;
    },
    /** `authorization` is the header: the app's id and secret by HTTP Basic. */
    token(authorization: string | undefined, form: Parameters) {
      const given = Buffer.from(/^Basic (.+)$/.exec(authorization ?? '')?.[1] ?? '', 'base64').toString('utf8');
      if (given !== `${clientId}:${clientSecret}`)
        throw new OAuthError('invalid_client', 'The client is not known, or its secret is wrong.', 401);
      if (form.grant_type === 'authorization_code') return byCode(form);
      if (form.grant_type === 'refresh_token') return byRefreshToken(form);
      throw new OAuthError('unsupported_grant_type', 'The grant type is not supported.');
    },
    accepts(accessToken: string | undefined): boolean {
      const session = sessions.get(accessToken ?? '');
      return session !== undefined && session.until > now() && !session.grant.revoked;
    },
    expireAccessTokens(): void {
      for (const session of sessions.values()) session.until = 0;
    },
    revokeGrants(): void {
      for (const { grant } of sessions.values()) grant.revoked = true;
    },
  };
};
export type OAuth = ReturnType<typeof createOAuth>;
