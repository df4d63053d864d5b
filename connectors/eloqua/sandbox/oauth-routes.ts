import express, { type Request, type Response } from 'express';
import { consentPage, refusalPage } from '../../../src/sdk/testing/html.ts';
import type { SandboxContext, SandboxRequest } from '../../../src/sdk/testing/sandbox.ts';
import { type OAuth, OAuthError, type Parameters } from './oauth.ts';
import { site, user } from './seed.ts';

export const queryOf = (request: Request): URLSearchParams =>
  new URL(request.originalUrl, 'http://sandbox').searchParams;
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
export const textOf = (request: Request): string => (request as SandboxRequest).rawBody.toString('utf8');

/** The token endpoint takes forms, and JSON as the vendor's own examples show. */
const formOf = (request: Request): Parameters => {
  const text = textOf(request);
  if (!/json/.test(request.headers['content-type'] ?? '')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    throw new OAuthError('invalid_request', 'The request cannot be read.');
  }
};

const back = (redirectUri: string, parameters: Parameters): string => {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) target.searchParams.set(name, value);
  return target.href;
};

/** Asks the person, or answers for them; sends them back to the app either way. */
const authorize = (oauth: OAuth, consent: 'page' | 'auto') => (request: Request, response: Response) => {
  const pressed = request.method === 'POST';
  const { decision, ...query } = pressed ? formOf(request) : (Object.fromEntries(queryOf(request)) as Parameters);
  const refusal = oauth.refusalFor(query);
  // The vendor shows its refusal as a page, with a status of success.
  if (refusal !== undefined) return void response.type('html').send(refusalPage('Eloqua', refusal));
  const { redirect_uri: redirectUri = '', state } = query;
  const chosen = pressed ? decision : consent === 'auto' ? 'allow' : undefined;
  try {
    oauth.checkRequest(query);
    if (chosen === undefined)
      return void response.type('html').send(
        consentPage({
          title: 'Authorize this app?',
          question: `An app asks to use the Eloqua site ${site.name} as ${user.displayName}. It wants:`,
          wishes: ['Full access'],
          query,
        }),
      );
    if (chosen !== 'allow') throw new OAuthError('access_denied', 'The user denied the request.');
    response.redirect(back(redirectUri, { code: oauth.issueCode(query), state }));
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    response.redirect(back(redirectUri, { error: error.error, state }));
  }
};

type Identity = {
  /** Where the site is now. */
  base(): string;
  /** Counts one question; false where there were too many. */
  mayAsk(): boolean;
};

/** Sign-in, tokens, and the question where a site is. */
export const oauthRoutes = (oauth: OAuth, { consent }: SandboxContext, identity: Identity): express.Router => {
  const router = express.Router();
  router.get('/auth/oauth2/authorize', authorize(oauth, consent));
  router.post('/auth/oauth2/authorize', authorize(oauth, consent));
  router.post('/auth/oauth2/token', (request, response) => {
    try {
      response.set('Cache-Control', 'no-store').json(oauth.token(request.headers.authorization, formOf(request)));
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      response.status(error.status).json(error.body);
    }
  });
  router.get('/id', (request, response) => {
    if (!identity.mayAsk()) return void response.status(429).end();
    // A token that is not known is answered with a success.
    if (!oauth.accepts(bearerOf(request))) return void response.json('Not authenticated.');
    const base = identity.base();
    const rest = `${base}/API/REST`;
    response.json({
      site,
      user,
      urls: {
        base,
        apis: {
          rest: { standard: `${rest}/{version}/`, bulk: `${base}/API/Bulk/{version}/`, rest: `${rest}/{version}/` },
        },
      },
    });
  });
  return router;
};
