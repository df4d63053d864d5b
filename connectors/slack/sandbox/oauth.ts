import { randomBytes } from 'node:crypto';
import { type Parameters, redirectOf } from '../../../src/sdk/testing/oauth-server.ts';
import { SlackError } from './errors.ts';
import { appId, botUserId, team, users } from './seed.ts';

export const clientId = '4404040404.4505050505';
export const clientSecret = 'sandbox-slack-client-secret';
export const signingSecret = 'sandbox-slack-signing-secret';
const codeLifeMs = 10 * 60_000;
/** What the vendor gives a rotating token to live, in seconds. */
const tokenLifeSeconds = 43_200;
/** Every bot scope of the app as it is registered. */
const botScopes = [
  'chat:write',
  'chat:write.public',
  'channels:read',
  'channels:history',
  'channels:join',
  'groups:read',
  'groups:history',
  'im:read',
  'im:write',
  'im:history',
  'users:read',
  'users:read.email',
  'commands',
  'app_mentions:read',
];

type Code = { redirectUri: string | undefined; scopes: string[]; expiresAt: number; used: boolean };
type Token = { scopes: string[]; expiresAt?: number; end?: 'token_revoked' | 'account_inactive' | 'token_expired' };

const random = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Where an app is whose redirect address ends like this: its other addresses begin there, too. */
const beginningOf = (redirectUri: string): string =>
  /^(.+)\/v1\/oauth\/[^/]+\/callback$/.exec(redirectUri)?.[1] ?? new URL(redirectUri).origin;

/** What is granted. Survives a reset of the messages. */
export const createOAuth = (now: () => number) => {
  const codes = new Map<string, Code>();
  const tokens = new Map<string, Token>();
  const refreshTokens = new Map<string, { scopes: string[] }>();
  let installedFrom: string | undefined;
  const controls = { rotateTokens: false, withholdScopes: [] as string[] };

  const checkClient = (id: string | undefined, secret: string | undefined): void => {
    if (id !== clientId) throw new SlackError('invalid_client_id');
    if (secret !== clientSecret) throw new SlackError('bad_client_secret');
  };
  const answer = (scopes: string[]) => {
    const common = {
      ok: true,
      app_id: appId,
      authed_user: { id: users[0]!.id },
      scope: scopes.join(','),
      token_type: 'bot',
      bot_user_id: botUserId,
      team: { id: team.id, name: team.name },
      enterprise: null,
      is_enterprise_install: false,
    };
    const numbers = `${Math.floor(now())}-${random(12)}`;
    if (!controls.rotateTokens) {
      const access_token = `xoxb-${numbers}`;
      tokens.set(access_token, { scopes });
      return { ...common, access_token };
    }
    const access_token = `xoxe.xoxb-1-${numbers}`;
    const refresh_token = `xoxe-1-${random(24)}`;
    tokens.set(access_token, { scopes, expiresAt: now() + tokenLifeSeconds * 1000 });
    refreshTokens.set(refresh_token, { scopes });
    return { ...common, access_token, refresh_token, expires_in: tokenLifeSeconds };
  };
  const exchangeCode = (form: Parameters) => {
    const code = codes.get(form.code ?? '');
    if (!code || code.expiresAt <= now()) throw new SlackError('invalid_code');
    if (code.used) throw new SlackError('code_already_used');
    if (form.redirect_uri !== code.redirectUri) throw new SlackError('bad_redirect_uri');
    code.used = true;
    if (code.redirectUri) installedFrom = beginningOf(code.redirectUri);
    return answer(code.scopes);
  };
  const refresh = (form: Parameters) => {
    const known = refreshTokens.get(form.refresh_token ?? '');
    if (!known) throw new SlackError('invalid_refresh_token');
    refreshTokens.delete(form.refresh_token ?? '');
    return answer(known.scopes);
  };
  const end = (reason: 'token_revoked' | 'account_inactive' | 'token_expired'): void => {
    for (const token of tokens.values()) token.end ??= reason;
    if (reason !== 'token_expired') refreshTokens.clear();
  };

  return {
    controls,
    /** Where the app that was connected last is: its redirect address without the part that leads back to the connecting. */
    installedFrom: () => installedFrom,
    /** Throws where the person cannot be sent back to an app. */
    checkApp(query: Parameters): URL {
      if (query.client_id !== clientId) throw new SlackError('invalid_client_id');
      const redirect = redirectOf(query);
      if (!redirect) throw new SlackError('bad_redirect_uri');
      return redirect;
    },
    /** The bot scopes asked for. Throws invalid_scope, which the vendor shows on its own page. */
    checkScopes(query: Parameters): string[] {
      const scopes = (query.scope ?? '').split(/[\s,]+/).filter(Boolean);
      if (scopes.length === 0 || scopes.some(scope => !botScopes.includes(scope)))
        throw new SlackError('invalid_scope');
      return scopes;
    },
    issueCode(query: Parameters, scopes: string[]): string {
      const code = `${random(6)}.${random(6)}.${random(32)}`;
      codes.set(code, { redirectUri: query.redirect_uri, scopes, expiresAt: now() + codeLifeMs, used: false });
      return code;
    },
    /** oauth.v2.access, with the app's credentials by HTTP Basic or in the form. */
    access(form: Parameters) {
      checkClient(form.client_id, form.client_secret);
      return form.grant_type === 'refresh_token' ? refresh(form) : exchangeCode(form);
    },
    /** The scopes behind a live token. Throws the vendor's word for every other. */
    scopesOf(accessToken: string | undefined): string[] {
      if (!accessToken) throw new SlackError('not_authed');
      const token = tokens.get(accessToken);
      if (!token) throw new SlackError('invalid_auth');
      if (token.end) throw new SlackError(token.end);
      if (token.expiresAt !== undefined && token.expiresAt <= now()) throw new SlackError('token_expired');
      return token.scopes.filter(scope => !controls.withholdScopes.includes(scope));
    },
    revokeToken(accessToken: string): void {
      tokens.get(accessToken)!.end = 'token_revoked';
    },
    uninstall(form: Parameters): void {
      checkClient(form.client_id, form.client_secret);
      end('account_inactive');
    },
    end,
    expireAccessTokens: () => end('token_expired'),
  };
};
export type OAuth = ReturnType<typeof createOAuth>;
