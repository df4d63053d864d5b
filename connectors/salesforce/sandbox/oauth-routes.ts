import express, { type Request, type Response } from 'express';
import {
  basicOf,
  type ConsentPage,
  consentRoute,
  formOf,
  OAuthError,
  type Parameters,
  queryOf,
  tokenRoute,
} from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext } from '../../../src/sdk/testing/sandbox.ts';
import type { OAuth } from './oauth.ts';
import { organizationName } from './seed.ts';
import { organizationId } from './seed-records.ts';
import type { Store } from './store.ts';

/** The vendor's own clients also name the scheme OAuth. */
export const sessionOf = (request: Request): string | undefined =>
  /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.authorization ?? '')?.[1];

const meanings: Record<string, string> = {
  api: 'Manage user data via APIs',
  refresh_token: 'Perform requests at any time',
  offline_access: 'Perform requests at any time',
  id: 'Access the identity URL service',
  full: 'Full access',
};

/** Who consents: the active user whose user name or e-mail the app hints at, else the one who is signed in. */
const signedIn = (oauth: OAuth, store: Store, hint: string | undefined): string => {
  const named = store.list('User').find(user => user.IsActive && hint && [user.Username, user.Email].includes(hint));
  return named ? String(named.Id) : oauth.controls.signInAs;
};

const consentPageOf = (oauth: OAuth, store: Store): ConsentPage => ({
  redirect: query => oauth.checkApp(query),
  ask(query) {
    const scopes = oauth.checkRequest(query);
    const userId = signedIn(oauth, store, query.login_hint);
    return {
      title: 'Allow access?',
      question: `An app asks to use the org ${organizationName} as ${store.find(userId)?.Name}. It wants to:`,
      wishes: [...new Set(scopes.map(scope => meanings[scope] ?? scope))],
      code: () => oauth.issueCode(query, scopes, userId),
    };
  },
  denied: { error: 'access_denied', error_description: 'end-user denied authorization' },
  refused: error =>
    error instanceof OAuthError
      ? { title: "We can't authorize you", reason: `${error.error}: ${error.message}`, back: error.body }
      : undefined,
});

/** The form, with the app's credentials from wherever they came. */
const formWithApp = (request: Request): Parameters => ({ ...formOf(request), ...basicOf(request) });

const identity = (oauth: OAuth, store: Store, base: string) => (request: Request, response: Response) => {
  const session = oauth.session(sessionOf(request) ?? queryOf(request).get('oauth_token') ?? undefined);
  if (!session) {
    response.status(403).type('text').send('Bad_OAuth_Token');
    return;
  }
  const user = store.find(session.userId)!;
  const id = `${base}/id/${organizationId}/${session.userId}`;
  response.json({
    id,
    sub: id,
    user_id: session.userId,
    organization_id: organizationId,
    username: user.Username,
    preferred_username: user.Username,
    nick_name: user.Alias,
    display_name: user.Name,
    name: user.Name,
    first_name: user.FirstName,
    last_name: user.LastName,
    given_name: user.FirstName,
    family_name: user.LastName,
    email: user.Email,
    email_verified: true,
    active: true,
    user_type: 'STANDARD',
    timezone: user.TimeZoneSidKey,
    zoneinfo: user.TimeZoneSidKey,
    locale: user.LocaleSidKey,
    language: user.LanguageLocaleKey,
    urls: {
      rest: `${base}/services/data/v{version}/`,
      sobjects: `${base}/services/data/v{version}/sobjects/`,
      query: `${base}/services/data/v{version}/query/`,
    },
  });
};

/** Authorize, token, revoke, introspect, userinfo and the identity URL. */
export const oauthRoutes = (oauth: OAuth, store: Store, { base, consent }: SandboxContext): express.Router => {
  const router = express.Router();
  router.all('/services/oauth2/authorize', consentRoute(consent, consentPageOf(oauth, store)));
  router.post(
    '/services/oauth2/token',
    tokenRoute(request => oauth.token(formWithApp(request))),
  );
  router.post(
    '/services/oauth2/revoke',
    tokenRoute(request => oauth.revokeToken(formWithApp(request))),
  );
  router.post(
    '/services/oauth2/introspect',
    tokenRoute(request => oauth.introspect(formWithApp(request))),
  );
  router.get('/services/oauth2/userinfo', identity(oauth, store, base));
  router.get('/id/:organization/:user', identity(oauth, store, base));
  return router;
};
