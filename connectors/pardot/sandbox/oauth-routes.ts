import express from 'express';
import {
  bearerOf,
  type ConsentPage,
  consentRoute,
  formOf,
  OAuthError,
  tokenRoute,
} from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext } from '../../../src/sdk/testing/sandbox.ts';
import type { OAuth } from './oauth.ts';
import { orgId, orgName, user } from './seed.ts';

const meanings: Record<string, string> = {
  api: 'Manage user data via APIs',
  pardot_api: 'Manage Pardot services',
  refresh_token: 'Perform requests at any time',
  offline_access: 'Perform requests at any time',
  id: 'Access the identity URL service',
};

const consentPageOf = (oauth: OAuth): ConsentPage => ({
  redirect: query => oauth.checkApp(query),
  ask(query) {
    const scopes = oauth.checkRequest(query);
    return {
      title: 'Allow access?',
      question: `An app asks to use the org ${orgName} and its Account Engagement business units as ${user.name}. It wants to:`,
      wishes: [...new Set(scopes.map(scope => meanings[scope] ?? scope))],
      code: () => oauth.issueCode(query, scopes),
    };
  },
  denied: { error: 'access_denied', error_description: 'end-user denied authorization' },
  refused: error =>
    error instanceof OAuthError
      ? { title: "We can't authorize you", reason: `${error.error}: ${error.message}`, back: error.body }
      : undefined,
});

/** Salesforce's sign-in, which Account Engagement uses: authorize, token, revoke and userinfo. */
export const oauthRoutes = (oauth: OAuth, { base, consent }: SandboxContext): express.Router => {
  const router = express.Router();
  router.all('/services/oauth2/authorize', consentRoute(consent, consentPageOf(oauth)));
  router.post(
    '/services/oauth2/token',
    tokenRoute(request => oauth.token(formOf(request))),
  );
  router.post(
    '/services/oauth2/revoke',
    tokenRoute(request => oauth.revokeToken(formOf(request))),
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
