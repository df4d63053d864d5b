import express, { type Request, type Response } from 'express';
import { consentPage, refusalPage } from '../../../src/sdk/testing/html.ts';
import type { SandboxContext, SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import { type OAuth, OAuthError, type Parameters } from './oauth.ts';
import { organizationName } from './seed.ts';
import { organizationId } from './seed-records.ts';
import type { Store } from './store.ts';

export const queryOf = (request: Request): URLSearchParams =>
  new URL(request.originalUrl, 'http://sandbox').searchParams;
export const bearerOf = (request: Request): string | undefined =>
  /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.authorization ?? '')?.[1];
const formOf = (request: Request): Parameters =>
  Object.fromEntries(new URLSearchParams((request as SandboxRequest).rawBody.toString('utf8')));

/** The app's credentials, where they come by HTTP Basic. */
const basicOf = (request: Request): Parameters => {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!encoded) return {};
  const [client_id, client_secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':').map(decodeURIComponent);
  return { client_id, client_secret };
};

const meanings: Record<string, string> = {
  api: 'Manage user data via APIs',
  refresh_token: 'Perform requests at any time',
  offline_access: 'Perform requests at any time',
  id: 'Access the identity URL service',
  full: 'Full access',
};

const back = (redirect: URL, parameters: Record<string, string | undefined>): string => {
  const target = new URL(redirect);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) target.searchParams.set(name, value);
  return target.href;
};

const ask = (user: unknown, scopes: string[], query: Parameters): string =>
  consentPage({
    title: 'Allow access?',
    question: `An app asks to use the org ${organizationName} as ${user}. It wants to:`,
    wishes: [...new Set(scopes.map(scope => meanings[scope] ?? scope))],
    query,
  });

/** Who consents: the active user whose user name or e-mail the app hints at, else the one who is signed in. */
const signedIn = (oauth: OAuth, store: Store, hint: string | undefined): string => {
  const named = store.list('User').find(user => user.IsActive && hint && [user.Username, user.Email].includes(hint));
  return named ? String(named.Id) : oauth.controls.signInAs;
};

/** Asks the person, or answers for them; sends them back to the app either way. */
const authorize = (oauth: OAuth, store: Store, consent: 'page' | 'auto') => (request: Request, response: Response) => {
  const parameters: Parameters = request.method === 'POST' ? formOf(request) : Object.fromEntries(queryOf(request));
  const { decision, ...query } = parameters;
  const chosen = request.method === 'POST' ? decision : consent === 'auto' ? 'allow' : undefined;
  let redirect: URL | undefined;
  try {
    redirect = oauth.checkApp(query);
    const scopes = oauth.checkRequest(query);
    const userId = signedIn(oauth, store, query.login_hint);
    if (chosen === 'allow') {
      response.redirect(back(redirect, { code: oauth.issueCode(query, scopes, userId), state: query.state }));
    } else if (chosen !== undefined) {
      throw new OAuthError('access_denied', 'end-user denied authorization');
    } else {
      response.type('html').send(ask(store.find(userId)?.Name, scopes, query));
    }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    if (redirect) response.redirect(back(redirect, { ...error.body, state: query.state }));
    else
      response
        .status(400)
        .type('html')
        .send(refusalPage("We can't authorize you", `${error.error}: ${error.message}`));
  }
};

const answering = (produce: (form: Parameters) => unknown) => (request: Request, response: Response) => {
  try {
    const answer = produce({ ...formOf(request), ...basicOf(request) });
    if (answer === undefined) response.status(200).end();
    else response.set('Cache-Control', 'no-store').json(answer);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    response.status(400).json(error.body);
  }
};

const identity = (oauth: OAuth, store: Store, base: string) => (request: Request, response: Response) => {
  const session = oauth.session(bearerOf(request) ?? queryOf(request).get('oauth_token') ?? undefined);
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
  router.get('/services/oauth2/authorize', authorize(oauth, store, consent));
  router.post('/services/oauth2/authorize', authorize(oauth, store, consent));
  router.post(
    '/services/oauth2/token',
    answering(form => oauth.token(form)),
  );
  router.post(
    '/services/oauth2/revoke',
    answering(form => oauth.revokeToken(form)),
  );
  router.post(
    '/services/oauth2/introspect',
    answering(form => oauth.introspect(form)),
  );
  router.get('/services/oauth2/userinfo', identity(oauth, store, base));
  router.get('/id/:organization/:user', identity(oauth, store, base));
  return router;
};
