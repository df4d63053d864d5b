import express, { type Request } from 'express';
import {
  bearerOf,
  type ConsentPage,
  consentRoute,
  formOf,
  OAuthError,
  type Parameters,
  rawText,
  tokenRoute,
} from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext } from '../../../src/sdk/testing/sandbox.ts';
import type { OAuth } from './oauth.ts';
import { site, user } from './seed.ts';

/** The token endpoint takes forms, and JSON as the vendor's own examples show. */
const formOrJson = (request: Request): Parameters => {
  const text = rawText(request);
  if (!/json/.test(request.headers['content-type'] ?? '')) return formOf(request);
  try {
    return JSON.parse(text);
  } catch {
    throw new OAuthError('invalid_request', 'The request cannot be read.');
  }
};

const consentPageOf = (oauth: OAuth): ConsentPage => ({
  redirect: query => oauth.checkApp(query),
  ask(query) {
    oauth.checkRequest(query);
    return {
      title: 'Authorize this app?',
      question: `An app asks to use the Eloqua site ${site.name} as ${user.displayName}. It wants:`,
      wishes: ['Full access'],
      code: () => oauth.issueCode(query),
    };
  },
  denied: { error: 'access_denied' },
  // The vendor shows its refusal as a page, with a status of success.
  refused: error =>
    error instanceof OAuthError
      ? { title: 'Eloqua', reason: error.message, status: 200, back: { error: error.error } }
      : undefined,
});

type Identity = {
  /** Where the site is now. */
  base(): string;
  /** Counts one question; false where there were too many. */
  mayAsk(): boolean;
};

/** Sign-in, tokens, and the question where a site is. */
export const oauthRoutes = (oauth: OAuth, { consent }: SandboxContext, identity: Identity): express.Router => {
  const router = express.Router();
  router.all('/auth/oauth2/authorize', consentRoute(consent, consentPageOf(oauth)));
  router.post(
    '/auth/oauth2/token',
    tokenRoute(request => oauth.token(request.headers.authorization, formOrJson(request))),
  );
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
