import express, { type Request, type Response } from 'express';
import * as z from 'zod';
import type {
  SandboxContext,
  SandboxInstance,
  SandboxRequest,
  SandboxVendor,
} from '../../../src/sdk/testing/sandbox.ts';
import { ApiError, notFound } from './errors.ts';
import { clientId, clientSecret, createOAuth } from './oauth.ts';
import { bearerOf, oauthRoutes, queryOf } from './oauth-routes.ts';
import { css, page } from './page.ts';
import { type Answer, defaultControls, dispatch, type Rest, requireSession, versions } from './rest.ts';
import { objectType } from './schema.ts';
import { createStore } from './store.ts';

const controlBody = z.strictObject({
  expireAccessTokens: z
    .literal(true)
    .optional()
    .meta({ description: 'access tokens stop working, refresh tokens live on' }),
  revokeGrants: z.literal(true).optional().meta({ description: 'the customer takes the app its access away' }),
  rotateRefreshTokens: z
    .boolean()
    .optional()
    .meta({ description: 'a refresh answers with a new refresh token and kills the old one' }),
  dailyLimit: z.int().min(0).optional().meta({ description: 'calls a day; the count starts anew' }),
  queryPageSize: z.int().min(1).max(2000).optional().meta({ description: 'records on one page of a query' }),
});

const create = (context: SandboxContext): SandboxInstance => {
  const store = createStore(context.now);
  const oauth = createOAuth(context);
  let used = 0;
  const controls = { ...defaultControls };
  const rest: Rest = { store, base: context.base, now: context.now, controls, used: () => used, pages: new Map() };

  const answerOf = (request: Request): Answer => {
    try {
      const userId = requireSession(oauth.session(bearerOf(request)));
      if (used >= controls.dailyLimit)
        throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
      used += 1;
      const body = (request as SandboxRequest).rawBody.toString('utf8');
      return dispatch(rest, { method: request.method, path: request.path, query: queryOf(request), body, userId });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, body: error.body };
    }
  };

  const router = express.Router();
  router.use(oauthRoutes(oauth, store, context));
  router.get('/services/data', (_request, response) => {
    response.json(versions);
  });
  router.all('/services/data/{*rest}', (request, response: Response) => {
    const { status, body, headers } = answerOf(request);
    response.status(status).set({ ...headers, 'Sforce-Limit-Info': `api-usage=${used}/${controls.dailyLimit}` });
    if (body === undefined) response.end();
    else response.json(body);
  });
  router.use((_request, response) => {
    response.status(404).json(notFound().body);
  });

  return {
    router,
    records: type => {
      const known = objectType(type);
      return known && store.list(known.name);
    },
    page: () => page(store),
    reset: () => {
      store.reset();
      used = 0;
      rest.pages.clear();
      Object.assign(controls, defaultControls);
      oauth.controls.rotateRefreshTokens = false;
    },
    control: input => {
      const { expireAccessTokens, revokeGrants, rotateRefreshTokens, ...limits } = controlBody.parse(input);
      if (expireAccessTokens) oauth.expireAccessTokens();
      if (revokeGrants) oauth.revokeGrants();
      if (rotateRefreshTokens !== undefined) oauth.controls.rotateRefreshTokens = rotateRefreshTokens;
      if (limits.dailyLimit !== undefined) used = 0;
      Object.assign(controls, limits);
      return { ...controls, ...oauth.controls };
    },
  };
};

/** Salesforce: OAuth with PKCE, records, SOQL, the daily limit. */
const salesforce: SandboxVendor = {
  vendor: 'salesforce',
  title: 'Salesforce',
  settings: base => ({
    SALESFORCE_CLIENT_ID: clientId,
    SALESFORCE_CLIENT_SECRET: clientSecret,
    SALESFORCE_LOGIN_URL: base,
  }),
  origin: path =>
    path.startsWith('/services/oauth2') ? 'https://login.salesforce.com' : 'https://sandbox.my.salesforce.com',
  uncovered: (_method, path) => path.startsWith('/services/oauth2/authorize') || path.startsWith('/id/'),
  refused: status => status === 400 || status === 404 || status === 405,
  css,
  create,
};
export default salesforce;
