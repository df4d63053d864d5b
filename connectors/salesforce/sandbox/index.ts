import express, { type Request, type Response } from 'express';
import * as z from 'zod';
import { queryOf, rawText } from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { type Control, controlBody, withheldOf } from './controls.ts';
import { ApiError, notFound } from './errors.ts';
import { fullId } from './ids.ts';
import { createMetadata, metadataRoute } from './metadata.ts';
import { clientId, clientSecret, createOAuth } from './oauth.ts';
import { oauthRoutes, sessionOf } from './oauth-routes.ts';
import { css, page } from './page.ts';
import { type Answer, defaultControls, dispatch, type Rest, requireSession, versions } from './rest.ts';
import { integrationUserId } from './seed-records.ts';
import { createStore, type Store } from './store.ts';

const headersOf = (request: Request): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));

const userIdOf = (store: Store, email: string): string => {
  const user = store.list('User').find(({ Email }) => Email === email);
  if (!user) throw new Error(`no user of this org has the e-mail ${email}`);
  return String(user.Id);
};

/** What an administrator sets up in the org itself. */
const administer = (store: Store, control: Control): void => {
  const { rules, rights } = store;
  const { duplicateRules, duplicateResultName, validationRules, assignmentOwner, withhold } = control;
  if (duplicateRules !== undefined) rules.duplicateRules = duplicateRules;
  if (duplicateResultName !== undefined) rules.duplicateResultName = duplicateResultName;
  if (validationRules !== undefined) rules.validationRules = validationRules;
  if (assignmentOwner !== undefined)
    rules.assignmentOwner = assignmentOwner === null ? null : userIdOf(store, assignmentOwner);
  for (const { id, times } of control.lockRows ?? []) rules.locks.set(fullId(id) ?? id, times);
  for (const [object, names] of Object.entries(control.showFields ?? {}))
    for (const name of names) store.schema.show(object, name);
  if (!withhold) return;
  const userId = withhold.user === undefined ? '*' : userIdOf(store, withhold.user);
  rights.withhold(userId, withheldOf(withhold));
  for (const user of store.list('User'))
    if (userId === '*' || userId === user.Id) user.UserPermissionsMarketingUser = withhold.marketingUser;
};

const create = (context: SandboxContext): SandboxInstance => {
  const store = createStore(context.now);
  const oauth = createOAuth(context);
  const metadata = createMetadata(store, context.now);
  let used = 0;
  const controls = { ...defaultControls };
  const rest: Rest = { store, base: context.base, now: context.now, controls, used: () => used, pages: new Map() };

  /** The user behind a session id; counts one call. Throws the ApiError that the vendor would answer. */
  const enter = (sessionId: string | undefined): string => {
    const userId = requireSession(oauth.session(sessionId));
    if (!store.rights.apiEnabled(userId))
      throw new ApiError(403, 'API_DISABLED_FOR_ORG', 'API is not enabled for this Organization or Partner');
    if (used >= controls.dailyLimit) throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    used += 1;
    return userId;
  };
  const answerOf = (request: Request): Answer => {
    try {
      const userId = enter(sessionOf(request));
      const body = rawText(request);
      const { method, path } = request;
      return dispatch(rest, { method, path, query: queryOf(request), body, headers: headersOf(request), userId });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, body: error.body };
    }
  };

  const router = express.Router();
  router.use(oauthRoutes(oauth, store, context));
  router.use(metadataRoute(metadata, enter));
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
      const known = store.schema.type(type);
      return known && store.list(known.name);
    },
    page: () => page(store),
    reset: () => {
      store.reset();
      used = 0;
      rest.pages.clear();
      metadata.reset();
      Object.assign(controls, defaultControls);
      Object.assign(oauth.controls, { rotateRefreshTokens: false, signInAs: integrationUserId });
    },
    control: input => {
      const control = controlBody.parse(input);
      const { dailyLimit, dailyUsed, queryPageSize } = control;
      if (control.expireAccessTokens) oauth.expireAccessTokens();
      if (control.revokeGrants) oauth.revokeGrants();
      if (control.rotateRefreshTokens !== undefined) oauth.controls.rotateRefreshTokens = control.rotateRefreshTokens;
      if (control.signInAs !== undefined) oauth.controls.signInAs = userIdOf(store, control.signInAs);
      if (dailyLimit !== undefined) Object.assign(controls, { dailyLimit });
      if (queryPageSize !== undefined) Object.assign(controls, { queryPageSize });
      if (dailyLimit !== undefined || dailyUsed !== undefined) used = dailyUsed ?? 0;
      administer(store, control);
      const { locks, ...rules } = store.rules;
      return { ...controls, dailyUsed: used, ...oauth.controls, ...rules, lockRows: Object.fromEntries(locks) };
    },
  };
};

const failedRecord = z.object({ success: z.literal(false), errors: z.array(z.object({ statusCode: z.string() })) });
const wrongInItself =
  /^(INVALID_FIELD|INVALID_TYPE|MALFORMED_ID|REQUIRED_FIELD_MISSING|STRING_TOO_LONG|JSON_PARSER_ERROR|MISSING_ARGUMENT)/;
/** A record of a collection that was refused for what the request says of it. */
const refusedRecord = (result: unknown): boolean =>
  failedRecord.safeParse(result).data?.errors.some(({ statusCode }) => wrongInItself.test(statusCode)) ?? false;

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
  uncovered: (_method, path) =>
    ['/services/oauth2/authorize', '/id/', '/services/Soap/'].some(start => path.startsWith(start)),
  refused: (status, body) => [400, 404, 405].includes(status) || (Array.isArray(body) && body.some(refusedRecord)),
  css,
  create,
};
export default salesforce;
