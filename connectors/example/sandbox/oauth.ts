import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { OAuthError, type Parameters } from '../../../src/sdk/testing/oauth-server.ts';

export const app = { clientId: 'example-app', clientSecret: 'example-app-secret' };
const CODE_LIFE_MS = 60_000;
const TOKEN_LIFE_SECONDS = 3_600;

const authorizeRequest = z.object({
  response_type: z.literal('code'),
  client_id: z.literal(app.clientId),
  redirect_uri: z.url({ protocol: /^https?$/ }),
  scope: z.string(),
  state: z.string().optional(),
  code_challenge: z.string().min(43),
  code_challenge_method: z.literal('S256'),
});
export type AuthorizeRequest = z.infer<typeof authorizeRequest>;

type Code = { request: AuthorizeRequest; until: number };
type Grant = { scope: string; refreshToken: string; accessToken: string; until: number };

/** Codes and grants of the app. Refresh tokens are used up by a refresh; `now` gives epoch ms. */
export function createOAuth(now: () => number) {
  const codes = new Map<string, Code>();
  let grants: Grant[] = [];
  const token = (kind: string) => `example_${kind}_${randomBytes(18).toString('base64url')}`;

  const handOut = (scope: string) => {
    const grant = {
      scope,
      accessToken: token('access'),
      refreshToken: token('refresh'),
      until: now() + TOKEN_LIFE_SECONDS * 1000,
    };
    grants.push(grant);
    return {
      access_token: grant.accessToken,
      refresh_token: grant.refreshToken,
      token_type: 'Bearer',
      expires_in: TOKEN_LIFE_SECONDS,
      scope,
    };
  };

  const byCode = (form: Parameters) => {
    const code = codes.get(form.code ?? '');
    codes.delete(form.code ?? '');
    const challenge = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url');
    if (!code || code.until <= now()) throw new OAuthError('invalid_grant', 'the code is unknown, used or too old');
    if (code.request.redirect_uri !== form.redirect_uri)
      throw new OAuthError('invalid_grant', 'redirect_uri is not the one of the request');
    if (code.request.code_challenge !== challenge) throw new OAuthError('invalid_grant', 'code_verifier is wrong');
    return handOut(code.request.scope);
  };

  const byRefreshToken = (form: Parameters) => {
    const grant = grants.find(each => each.refreshToken === form.refresh_token);
    if (!grant) throw new OAuthError('invalid_grant', 'the refresh token is unknown, used or revoked');
    grants = grants.filter(each => each !== grant);
    return handOut(grant.scope);
  };

  const checkApp = (form: Parameters) => {
    if (form.client_id !== app.clientId || form.client_secret !== app.clientSecret)
      throw new OAuthError('invalid_client', 'client_id or client_secret is wrong', 401);
  };

  return {
    /** @throws OAuthError for a request that names another app or comes without PKCE */
    checkRequest(query: unknown): AuthorizeRequest {
      const request = authorizeRequest.safeParse(query);
      if (!request.success) throw new OAuthError('invalid_request', z.prettifyError(request.error));
      return request.data;
    },
    issueCode(request: AuthorizeRequest): string {
      const code = token('code');
      codes.set(code, { request, until: now() + CODE_LIFE_MS });
      return code;
    },
    token(form: Parameters) {
      checkApp(form);
      if (form.grant_type === 'authorization_code') return byCode(form);
      if (form.grant_type === 'refresh_token') return byRefreshToken(form);
      throw new OAuthError('unsupported_grant_type', 'grant_type must be authorization_code or refresh_token');
    },
    revoke(form: Parameters): void {
      checkApp(form);
      grants = grants.filter(each => each.refreshToken !== form.token && each.accessToken !== form.token);
    },
    /** The scopes of a live access token. */
    scopesOf(accessToken: string | undefined): string[] | undefined {
      return grants.find(each => each.accessToken === accessToken && each.until > now())?.scope.split(' ');
    },
    expireAccessTokens(): void {
      for (const grant of grants) grant.until = 0;
    },
    revokeAll(): void {
      grants = [];
    },
  };
}
export type OAuth = ReturnType<typeof createOAuth>;
