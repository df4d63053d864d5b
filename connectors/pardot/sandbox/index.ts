import express, { type Request } from 'express';
import * as z from 'zod';
import { bearerOf, queryOf, rawText } from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { type Answer, answerCall, type Controls } from './api.ts';
import { ApiError, noEndpoint } from './errors.ts';
import { clientId, clientSecret, createOAuth } from './oauth.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { css, page } from './page.ts';
import { businessUnits } from './seed.ts';
import { createStore, type UnitStore } from './store.ts';

const controlBody = z.strictObject({
  expireAccessTokens: z.literal(true).optional().meta({ description: 'access tokens stop working' }),
  revokeGrants: z.literal(true).optional().meta({ description: 'the customer takes the app its access away' }),
  rotateRefreshTokens: z.boolean().optional().meta({ description: 'a refresh kills the refresh token that it used' }),
  withholdScopes: z.array(z.string()).optional().meta({ description: 'scopes that are not granted from now on' }),
  withholdAbilities: z.array(z.string()).optional().meta({ description: 'what the user’s role may not do' }),
  userSynced: z.boolean().optional().meta({ description: 'whether the user belongs to the business unit' }),
  dailyLimit: z.int().min(0).optional().meta({ description: 'calls a day; the count starts anew' }),
  dailyUsed: z.int().min(0).optional().meta({ description: 'calls that were made today' }),
  concurrentLimit: z.int().min(0).optional().meta({ description: 'calls at once' }),
  readLagSeconds: z.int().min(0).max(60).optional().meta({ description: 'how old what reads answer is' }),
  pageSize: z.int().min(1).max(1000).optional().meta({ description: 'records on one page' }),
});

const limitsAtFirst = { dailyLimit: 25_000, concurrentLimit: 5, userSynced: true };
const controlsAtFirst = (): Controls => ({ readLagSeconds: 0, pageSize: 200, withholdAbilities: [] });

const parsedBody = (request: Request): unknown => {
  const text = rawText(request);
  if (text === '') return undefined;
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new ApiError(400, 151, 'Unsupported content-type');
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 150, 'Input needs to be valid JSON');
  }
};

const create = (context: SandboxContext): SandboxInstance => {
  const store = createStore(context.now);
  const oauth = createOAuth(context);
  const limits = { ...limitsAtFirst };
  const controls = controlsAtFirst();
  let used = 0;
  let atOnce = 0;

  /** The business unit that a call is for; counts the call. Throws the ApiError that the vendor would answer. */
  const enter = (request: Request): string => {
    const invalidToken = new ApiError(401, 184, 'access_token is invalid, unknown, or malformed');
    if (!oauth.scopesOf(bearerOf(request))?.includes('pardot_api')) throw invalidToken;
    const id = request.headers['pardot-business-unit-id'];
    if (id === undefined) throw new ApiError(400, 181, 'A required header is missing: Pardot-Business-Unit-Id');
    if (!/^0Uv[A-Za-z0-9]{15}$/.test(String(id))) throw new ApiError(400, 182, 'Invalid header value');
    const unit = businessUnits.find(each => each.id === id && each.active);
    if (!unit)
      throw new ApiError(400, 201, 'Business Unit specified in Pardot-Business-Unit-Id header not found or inactive.');
    if (!limits.userSynced) throw invalidToken;
    if (atOnce >= limits.concurrentLimit)
      throw new ApiError(429, 66, 'You have exceeded your concurrent request limit. Please wait, before trying again');
    if (used >= limits.dailyLimit) throw new ApiError(429, 122, 'Daily API rate limit met');
    used += 1;
    return unit.id;
  };
  const answerOf = (request: Request): Answer => {
    const businessUnitId = enter(request);
    atOnce += 1;
    try {
      const path = request.path.replace('/api/v5/objects/', '');
      const call = { method: request.method, path, query: queryOf(request), body: parsedBody(request) };
      return answerCall({ ...call, businessUnitId, now: context.now(), unit: store.unit(businessUnitId), controls });
    } finally {
      atOnce -= 1;
    }
  };

  const router = express.Router();
  router.use(oauthRoutes(oauth, context));
  router.all('/api/v5/objects/{*rest}', (request, response) => {
    let answer: Answer;
    try {
      answer = answerOf(request as unknown as Request);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer = { status: error.status, body: error.body };
    }
    if (request.headers['x-return-api-usage'] === '1') response.set('x-api-usage', `${used}/${limits.dailyLimit}`);
    response.status(answer.status);
    if (answer.body === undefined) response.end();
    else response.json(answer.body);
  });
  router.use((_request, response) => {
    response.status(404).json(noEndpoint().body);
  });

  const collections: Record<string, (unit: UnitStore) => object[]> = {
    prospects: unit => unit.prospects.current(),
    lists: unit => unit.lists.current(),
    'list-memberships': unit => unit.memberships.current(),
  };
  return {
    router,
    records: type => {
      const rows = collections[type];
      return rows && store.units().flatMap(([id, unit]) => rows(unit).map(row => ({ businessUnitId: id, ...row })));
    },
    page: () => page(store),
    reset: () => {
      store.reset();
      used = 0;
      Object.assign(limits, limitsAtFirst);
      Object.assign(controls, controlsAtFirst());
      Object.assign(oauth.controls, { rotateRefreshTokens: false, withholdScopes: [] });
    },
    control: input => {
      const { expireAccessTokens, revokeGrants, dailyUsed, ...more } = controlBody.parse(input);
      if (expireAccessTokens) oauth.expireAccessTokens();
      if (revokeGrants) oauth.revokeGrants();
      if (more.dailyLimit !== undefined || dailyUsed !== undefined) used = dailyUsed ?? 0;
      for (const held of [oauth.controls, limits, controls])
        Object.assign(held, Object.fromEntries(Object.entries(more).filter(([name]) => name in held)));
      return { ...oauth.controls, ...limits, ...controls, dailyUsed: used };
    },
  };
};

/** Account Engagement: Salesforce's sign-in, business units, prospects, lists, the limits of the day. */
const pardot: SandboxVendor = {
  vendor: 'pardot',
  title: 'Account Engagement (Pardot)',
  settings: base => ({
    // The same values as the Salesforce sandbox's: it is the same app. Where to sign in must differ, so it has a name of its own.
    SALESFORCE_CLIENT_ID: clientId,
    SALESFORCE_CLIENT_SECRET: clientSecret,
    PARDOT_LOGIN_URL: base,
    PARDOT_API_URL: base,
  }),
  origin: path => (path.startsWith('/api/') ? 'https://pi.pardot.com' : 'https://login.salesforce.com'),
  // The contract knows no list memberships, no account, no sign-in, no refusals, and of the prospects' query not the filter by e-mail.
  uncovered: (_method, path, { query, status = 200 }) =>
    !path.startsWith('/api/') ||
    status >= 400 ||
    /^\/api\/v5\/objects\/(account|list-memberships)\b/.test(path) ||
    (path === '/api/v5/objects/prospects' && new URLSearchParams(query).has('email')),
  css,
  create,
};
export default pardot;
