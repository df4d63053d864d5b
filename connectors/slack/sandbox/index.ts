import { randomBytes } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import * as z from 'zod';
import {
  basicOf,
  bearerOf,
  type ConsentPage,
  consentRoute,
  formOf,
  type Parameters,
  queryOf,
  rawText,
} from '../../../src/sdk/testing/oauth-server.ts';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { SlackError } from './errors.ts';
import { createMethods } from './methods.ts';
import { clientId, clientSecret, createOAuth, type OAuth, signingSecret } from './oauth.ts';
import { css, page } from './page.ts';
import { createRates } from './rates.ts';
import { team } from './seed.ts';
import { channelShape, userShape } from './shapes.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

const controlBody = z.strictObject({
  expireAccessTokens: z.literal(true).optional().meta({ description: 'every token answers token_expired' }),
  revokeGrants: z.literal(true).optional().meta({ description: 'every token answers token_revoked' }),
  rotateTokens: z
    .boolean()
    .optional()
    .meta({ description: 'new installs get a token of 12 hours and a refresh token' }),
  withholdScopes: z.array(z.string()).optional().meta({ description: 'scopes that tokens lack, whatever was granted' }),
  rateLimit: z.boolean().optional().meta({ description: 'one message a second in a channel (on unless switched off)' }),
});

/** Arguments from the query, a form or a JSON body. Throws the vendor's words for a body that it cannot read. */
const argumentsOf = (request: Request): Record<string, unknown> => {
  const query = Object.fromEntries(queryOf(request));
  const text = rawText(request);
  if (text === '') return query;
  if (!/json/.test(request.headers['content-type'] ?? '')) return { ...query, ...formOf(request) };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new SlackError('invalid_json');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new SlackError('json_not_object');
  return { ...query, ...body };
};

const consentPageOf = (oauth: OAuth): ConsentPage => ({
  redirect: query => oauth.checkApp(query),
  ask(query) {
    const scopes = oauth.checkScopes(query);
    return {
      title: 'Allow this app?',
      question: `An app asks to use the workspace ${team.name}. It wants to have these permissions:`,
      wishes: scopes,
      code: () => oauth.issueCode(query, scopes),
    };
  },
  denied: { error: 'access_denied' },
  refused: error =>
    error instanceof SlackError
      ? { title: 'Something went wrong when authorizing this app', reason: error.error }
      : undefined,
});

const callApi = (
  methods: ReturnType<typeof createMethods>,
  oauth: OAuth,
  name: string,
  request: Request,
): Record<string, unknown> => {
  if (name === 'oauth.v2.access') return oauth.access({ ...(argumentsOf(request) as Parameters), ...basicOf(request) });
  const method = methods[name];
  if (!method) throw new SlackError('unknown_method');
  const args = argumentsOf(request);
  const token = bearerOf(request) ?? (typeof args.token === 'string' ? args.token : undefined);
  const scopes = oauth.scopesOf(token);
  return { ok: true, ...method({ args, scopes, token: token! }) };
};

const records = (workspace: Workspace, type: string): unknown[] | undefined => {
  const places = [...workspace.channels(), ...workspace.directs()];
  if (type === 'messages')
    return places.flatMap(place =>
      workspace.messages(place.id).map(message => ({
        channel: place.id,
        ...('name' in place ? { channel_name: place.name } : { user_id: place.user }),
        ...message,
      })),
    );
  if (type === 'channels') return workspace.channels().map(channelShape);
  return type === 'users' ? workspace.users().map(userShape) : undefined;
};

const create = ({ now, consent }: SandboxContext): SandboxInstance => {
  const workspace = createWorkspace(now);
  const oauth = createOAuth(now);
  const rates = createRates(now);
  const methods = createMethods({ workspace, oauth, limit: rates.take });
  const router = express.Router();
  router.all('/oauth/v2/authorize', consentRoute(consent, consentPageOf(oauth)));
  const api = (request: Request<{ method: string }>, response: Response) => {
    response.set('x-slack-req-id', randomBytes(16).toString('hex'));
    try {
      response.json(callApi(methods, oauth, request.params.method, request as unknown as Request));
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      if (error.retryAfter !== undefined) response.status(429).set('Retry-After', String(error.retryAfter));
      response.json(error.body);
    }
  };
  router.get('/api/:method', api);
  router.post('/api/:method', api);
  return {
    router,
    records: type => records(workspace, type),
    page: () => page(workspace),
    reset: () => {
      workspace.reset();
      rates.reset();
      Object.assign(oauth.controls, { rotateTokens: false, withholdScopes: [] });
    },
    control: input => {
      const { expireAccessTokens, revokeGrants, rateLimit, ...grants } = controlBody.parse(input);
      if (expireAccessTokens) oauth.expireAccessTokens();
      if (revokeGrants) oauth.revokeGrants();
      if (rateLimit !== undefined) rates.controls.rateLimit = rateLimit;
      Object.assign(oauth.controls, grants);
      return { ...rates.controls, ...oauth.controls };
    },
  };
};

/** Refusals of what was sent, as against those of who sent it or when. */
const refusals =
  /^(invalid_(blocks|blocks_format|metadata_\w+|json|types|limit|cursor|ts_\w+|scope)|no_text|msg_too_long|channel_not_found|json_not_object|unknown_method)$/;

/** Slack: app install, messages with blocks and metadata, channels, people, the rate limit of a channel. */
const slack: SandboxVendor = {
  vendor: 'slack',
  title: 'Slack',
  settings: base => ({
    SLACK_CLIENT_ID: clientId,
    SLACK_CLIENT_SECRET: clientSecret,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: `${base}/api/`,
    SLACK_AUTHORIZE_URL: `${base}/oauth/v2/authorize`,
  }),
  origin: () => 'https://slack.com',
  uncovered: (_method, path) => path.startsWith('/oauth/v2/authorize'),
  refused: (_status, body) =>
    typeof body === 'object' && body !== null && 'error' in body && refusals.test(String(body.error)),
  css,
  create,
};
export default slack;
