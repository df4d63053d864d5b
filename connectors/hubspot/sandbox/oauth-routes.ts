import express, { type Request, type Response } from 'express';
import { consentPage, refusalPage } from '../../../src/sdk/testing/html.ts';
import type { SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import { type OAuth, OAuthError, type Parameters } from './oauth.ts';
import { hub } from './seed.ts';

const queryOf = (request: Request): Parameters =>
  Object.fromEntries(new URL(request.originalUrl, 'http://sandbox').searchParams);
const formOf = (request: Request): Parameters =>
  Object.fromEntries(new URLSearchParams((request as SandboxRequest).rawBody.toString('utf8')));

const meanings: Record<string, string> = {
  oauth: 'Connect to your account',
  'crm.objects.contacts.read': 'See contacts',
  'crm.objects.contacts.write': 'Create and change contacts',
  'crm.schemas.contacts.read': 'See the properties of contacts',
  'crm.objects.owners.read': 'See the users of the account',
  'crm.objects.companies.read': 'See companies',
  'crm.objects.companies.write': 'Create and change companies',
  timeline: 'Write events onto timelines',
};

const authorize = (oauth: OAuth, consent: 'page' | 'auto') => (request: Request, response: Response) => {
  const { decision, ...query }: Parameters = request.method === 'POST' ? formOf(request) : queryOf(request);
  const chosen = request.method === 'POST' ? decision : consent === 'auto' ? 'allow' : undefined;
  try {
    const redirect = oauth.checkApp(query);
    const scopes = oauth.checkScopes(query);
    if (chosen === undefined) {
      const question = `An app asks to connect to the account ${hub.domain}. It wants to:`;
      const wishes = scopes.map(scope => meanings[scope] ?? scope);
      response.type('html').send(consentPage({ title: 'Connect this app?', question, wishes, query }));
      return;
    }
    if (chosen === 'allow') redirect.searchParams.set('code', oauth.issueCode(query, scopes));
    else {
      redirect.searchParams.set('error', 'access_denied');
      redirect.searchParams.set('error_description', 'The user denied the request');
    }
    if (query.state !== undefined) redirect.searchParams.set('state', query.state);
    response.redirect(redirect.href);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const reason = `${error.message} (${error.status})`;
    response.status(400).type('html').send(refusalPage('Authorization failed', reason));
  }
};

const answering = (produce: (form: Parameters) => unknown) => (request: Request, response: Response) => {
  try {
    if (!/^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? ''))
      throw new OAuthError('invalid_request', 'BAD_REQUEST', 'parameters must be form-encoded in the body');
    const answer = produce(formOf(request));
    if (answer === undefined) response.status(200).end();
    else response.set('Cache-Control', 'no-store').json(answer);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { status, message } = error;
    response.status(400).json({ error: error.error, error_description: message, status, message });
  }
};

/** The consent page, and the token endpoints by their date. Those of v1 are not there. */
export const oauthRoutes = (oauth: OAuth, consent: 'page' | 'auto'): express.Router => {
  const router = express.Router();
  router.get('/oauth/authorize', authorize(oauth, consent));
  router.post('/oauth/authorize', authorize(oauth, consent));
  router.post(
    '/oauth/2026-03/token',
    answering(form => oauth.token(form)),
  );
  router.post(
    '/oauth/2026-03/token/introspect',
    answering(form => oauth.introspect(form)),
  );
  router.post(
    '/oauth/2026-03/token/revoke',
    answering(form => oauth.revokeToken(form)),
  );
  return router;
};
