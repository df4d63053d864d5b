import express from 'express';
import {
  type ConsentPage,
  consentRoute,
  formOf,
  type Parameters,
  tokenRoute,
} from '../../../src/sdk/testing/oauth-server.ts';
import { HubSpotOAuthError, type OAuth } from './oauth.ts';
import { hub } from './seed.ts';

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

const consentPageOf = (oauth: OAuth): ConsentPage => ({
  redirect: query => oauth.checkApp(query),
  ask(query) {
    const scopes = oauth.checkScopes(query);
    return {
      title: 'Connect this app?',
      question: `An app asks to connect to the account ${hub.domain}. It wants to:`,
      wishes: scopes.map(scope => meanings[scope] ?? scope),
      code: () => oauth.issueCode(query, scopes),
    };
  },
  denied: { error: 'access_denied', error_description: 'The user denied the request' },
  refused: error =>
    error instanceof HubSpotOAuthError
      ? { title: 'Authorization failed', reason: `${error.message} (${error.word})` }
      : undefined,
});

const answering = (produce: (form: Parameters) => unknown) =>
  tokenRoute(request => {
    if (!/^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? ''))
      throw new HubSpotOAuthError('invalid_request', 'BAD_REQUEST', 'parameters must be form-encoded in the body');
    return produce(formOf(request));
  });

/** The consent page, and the token endpoints by their date. Those of v1 are not there. */
export const oauthRoutes = (oauth: OAuth, consent: 'page' | 'auto'): express.Router => {
  const router = express.Router();
  router.all('/oauth/authorize', consentRoute(consent, consentPageOf(oauth)));
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
