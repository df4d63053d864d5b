import express, { type Request } from 'express';
import * as z from 'zod';
import { bearerOf, queryOf, rawText } from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { type Answer, answerCall } from './api.ts';
import { ApiError, notAuthenticated, notFound } from './errors.ts';
import { clientId, clientSecret, createOAuth } from './oauth.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { css, page } from './page.ts';
import { firstPod } from './seed.ts';
import { createStore } from './store.ts';

const controlBody = z.strictObject({
  expireAccessTokens: z.literal(true).optional().meta({ description: 'access tokens stop working' }),
  revokeGrants: z.literal(true).optional().meta({ description: 'the customer takes the app its access away' }),
  pod: z
    .string()
    .regex(/^p\d\d$/)
    .optional()
    .meta({ description: 'the data centre that the site is moved to, e.g. p06; the one before knows nobody any more' }),
  identityLimit: z.int().min(0).optional().meta({ description: 'questions to /id in a minute' }),
  throttled: z.boolean().optional().meta({ description: 'every call is answered 429' }),
  apiEnabled: z.boolean().optional().meta({ description: 'false: the site has no API' }),
  hideContacts: z.array(z.email()).optional().meta({ description: 'e-mails of contacts that the user may not see' }),
});
const controlsAtFirst = () => ({
  pod: firstPod,
  identityLimit: 60,
  throttled: false,
  apiEnabled: true,
  hideContacts: [] as string[],
});

const parsedBody = (request: Request): unknown => {
  const text = rawText(request);
  if (text === '') return undefined;
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new ApiError(400, 'Content-Type is missing.');
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'There was a parsing error.');
  }
};

const create = (context: SandboxContext): SandboxInstance => {
  const { base, now } = context;
  const store = createStore();
  const oauth = createOAuth(now);
  const controls = controlsAtFirst();
  let asked: number[] = [];

  const mayAsk = (): boolean => {
    asked = asked.filter(at => at > now() - 60_000);
    if (asked.length >= controls.identityLimit) return false;
    asked.push(now());
    return true;
  };
  const answerOf = (request: Request, pod: string): Answer => {
    if (controls.throttled) throw new ApiError(429);
    if (pod !== controls.pod || !oauth.accepts(bearerOf(request))) throw notAuthenticated();
    if (!controls.apiEnabled) throw new ApiError(403, 'This service has not been enabled for your site.');
    const path = request.path.replace(/^\/p\d\d\/api\/REST\//i, '');
    const { hideContacts: hidden } = controls;
    const call = { method: request.method, path, query: queryOf(request), body: parsedBody(request) };
    return answerCall({ ...call, now: now(), store, hidden });
  };

  const router = express.Router();
  router.use(oauthRoutes(oauth, context, { base: () => `${base}/${controls.pod}`, mayAsk }));
  router.all('/:pod/:api/REST/{*rest}', (request, response) => {
    let answer: Answer;
    try {
      answer = answerOf(request as unknown as Request, request.params.pod);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer = { status: error.status, body: error.body };
    }
    response.status(answer.status);
    if (answer.body === undefined) response.end();
    else response.json(answer.body);
  });
  router.use((_request, response) => {
    response.status(notFound().status).end();
  });

  return {
    router,
    records: type => {
      if (type === 'lists') return store.lists();
      return type === 'contacts' ? store.contacts() : undefined;
    },
    page: () => page(store),
    reset: () => {
      store.reset();
      asked = [];
      Object.assign(controls, controlsAtFirst());
    },
    control: input => {
      const { expireAccessTokens, revokeGrants, ...more } = controlBody.parse(input);
      if (expireAccessTokens) oauth.expireAccessTokens();
      if (revokeGrants) oauth.revokeGrants();
      Object.assign(
        controls,
        more,
        more.hideContacts && { hideContacts: more.hideContacts.map(each => each.toLowerCase()) },
      );
      return { ...controls };
    },
  };
};

/** Oracle Eloqua: sign-in, data centres, contacts with their fields, contact lists. */
const eloqua: SandboxVendor = {
  vendor: 'eloqua',
  title: 'Oracle Eloqua',
  settings: base => ({
    ELOQUA_CLIENT_ID: clientId,
    ELOQUA_CLIENT_SECRET: clientSecret,
    ELOQUA_LOGIN_URL: base,
  }),
  origin: path => (/^\/p\d\d\//.test(path) ? 'https://secure.p03.eloqua.com' : 'https://login.eloqua.com'),
  // The contract knows neither the sign-in nor /id, and of the refusals no bodies.
  uncovered: (_method, path, { status = 200 }) => !/^\/p\d\d\/api\//i.test(path) || status >= 400,
  css,
  create,
};
export default eloqua;
