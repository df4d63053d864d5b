import express, { type Request, type Response } from 'express';
import { consentPage, refusalPage } from '../../../src/sdk/testing/html.ts';
import type { SandboxContext, SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import { type OAuth, OAuthError, type Parameters } from './oauth.ts';
import { orgId, orgName, user } from './seed.ts';

export const queryOf = (request: Request): URLSearchParams =>
  new URL(request.originalUrl, 'http://sandbox').searchParams;
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
const formOf = (request: Request): Parameters =>
  Object.fromEntries(new URLSearchParams((request as SandboxRequest).rawBody.toString('utf8')));

const meanings: Record<string, string> = {
  api: 'Manage user data via APIs',
  pardot_api: 'Manage Pardot services',
  refresh_token: 'Perform requests at any time',
  offline_access: 'Perform requests at any time',
  id: 'Access the identity URL service',
};

const back = (redirect: URL, parameters: Parameters): string => {
  const target = new URL(redirect);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) target.searchParams.set(name, value);
  return target.href;
};

const ask = (scopes: string[], query: Parameters): string =>
  consentPage({
    title: 'Allow access?',
    question: `An app asks to use the org ${orgName} and its Account Engagement business units as ${user.name}. It wants to:`,
    wishes: [...new Set(scopes.map(scope => meanings[scope] ?? scope))],
    query,
  });

/** Asks the person, or answers for them; sends them back to the app either way. */
const authorize = (oauth: OAuth, consent: 'page' | 'auto') => (request: Request, response: Response) => {
  const pressed = request.method === 'POST';
  const { decision, ...query } = pressed ? formOf(request) : (Object.fromEntries(queryOf(request)) as Parameters);
  const chosen = pressed ? decision : consent === 'auto' ? 'allow' : undefined;
  let redirect: URL | undefined;
  try {
    redirect = oauth.checkApp(query);
    const scopes = oauth.checkRequest(query);
    if (chosen === undefined) response.type('html').send(ask(scopes, query));
    else if (chosen === 'allow')
      response.redirect(back(redirect, { code: oauth.issueCode(query, scopes), state: query.state }));
    else throw new OAuthError('access_denied', 'end-user denied authorization');
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
    const answer = produce(formOf(request));
    if (answer === undefined) response.status(200).end();
    else response.set('Cache-Control', 'no-store').json(answer);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    response.status(400).json(error.body);
  }
};

/** Salesforce's sign-in, which Account Engagement uses: authorize, token, revoke and userinfo. */
export const oauthRoutes = (oauth: OAuth, { base, consent }: SandboxContext): express.Router => {
  const router = express.Router();
  router.get('/services/oauth2/authorize', authorize(oauth, consent));
  router.post('/services/oauth2/authorize', authorize(oauth, consent));
  router.post(
    '/services/oauth2/token',
    answering(form => oauth.token(form)),
  );
  router.post(
    '/services/oauth2/revoke',
    answering(form => oauth.revokeToken(form)),
  );
  router.get('/services/oauth2/userinfo', (request, response) => {
    if (!oauth.scopesOf(bearerOf(request))?.includes('id'))
      return void response.status(403).type('text').send('Bad_OAuth_Token');
    const id = `${base}/id/${orgId}/${user.id}`;
    const { id: user_id, name, email } = user;
    response.json({ sub: id, user_id, organization_id: orgId, preferred_username: email, name, email });
  });
  return router;
};
