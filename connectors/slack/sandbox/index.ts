import { randomBytes } from 'node:crypto';
import express, { type Request, type Response } from 'express';
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
import { createAnswers } from './answers.ts';
import { createControls, type Settings } from './controls.ts';
import { SlackError } from './errors.ts';
import { createHub } from './hub.ts';
import { createMethods } from './methods.ts';
import { clientId, clientSecret, createOAuth, type OAuth, signingSecret } from './oauth.ts';
import { css, page } from './page.ts';
import { pageRoutes } from './page-routes.ts';
import { createPerson } from './person.ts';
import { createRates } from './rates.ts';
import { team } from './seed.ts';
import { channelShape, userShape } from './shapes.ts';
import { createViews, type Views, viewShape } from './views.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

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
  response: Response,
): Record<string, unknown> => {
  if (name === 'oauth.v2.access') return oauth.access({ ...(argumentsOf(request) as Parameters), ...basicOf(request) });
  const method = methods[name];
  if (!method) throw new SlackError('unknown_method');
  const args = argumentsOf(request);
  const token = bearerOf(request) ?? (typeof args.token === 'string' ? args.token : undefined);
  const scopes = oauth.scopesOf(token);
  response.set('x-oauth-scopes', scopes.join(','));
  return { ok: true, ...method({ args, scopes, token: token! }) };
};

const records = (workspace: Workspace, views: Views, type: string): unknown[] | undefined => {
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
  if (type === 'privates') return workspace.privates();
  if (type === 'views') return views.all().map(view => ({ ...viewShape(view), user: view.user, errors: view.errors }));
  return type === 'users' ? workspace.users().map(userShape) : undefined;
};

const create = ({ base, now, consent, delivered }: SandboxContext): SandboxInstance => {
  const workspace = createWorkspace(now);
  const oauth = createOAuth(now);
  const rates = createRates(now);
  const views = createViews(now);
  const settings: Settings = { answerSeconds: 3 };
  const hub = createHub({
    now,
    delivered,
    address: () => settings.hubUrl ?? oauth.installedFrom(),
    answerWithinMs: () => settings.answerSeconds * 1000,
  });
  const answers = createAnswers({ base, now, workspace });
  const person = createPerson({ workspace, hub, views, answers });
  const acting = () => workspace.user(settings.acting ?? '') ?? workspace.users()[0]!;
  const router = express.Router();
  router.all('/oauth/v2/authorize', consentRoute(consent, consentPageOf(oauth)));
  router.use('/page', pageRoutes({ person, views, acting, be: id => Object.assign(settings, { acting: id }) }));
  router.post(['/actions/:team/:id', '/commands/:team/:id'], answerAt(answers));
  const api = apiRoute(createMethods({ workspace, oauth, views, limit: rates.take }), oauth);
  router.get('/api/:method', api);
  router.post('/api/:method', api);
  return {
    router,
    records: type => records(workspace, views, type),
    page: () => page({ workspace, views, acting: acting(), base }),
    close: async () => hub.reset(),
    reset: () => {
      for (const part of [workspace, rates, views, answers, hub]) part.reset();
      delete settings.acting;
      settings.answerSeconds = 3;
      Object.assign(oauth.controls, { rotateTokens: false, withholdScopes: [] });
    },
    control: createControls({ workspace, oauth, rates, hub, views, person, settings, now }),
  };
};

const apiRoute =
  (methods: ReturnType<typeof createMethods>, oauth: OAuth) =>
  (request: Request<{ method: string }>, response: Response): void => {
    response.set('x-slack-req-id', randomBytes(16).toString('hex'));
    try {
      response.json(callApi(methods, oauth, request.params.method, request as unknown as Request, response));
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      if (error.retryAfter !== undefined) response.status(429).set('Retry-After', String(error.retryAfter));
      response.json(error.body);
    }
  };

/** The address that came with a press or a command: no token is needed, and what is wrong is 404. */
const answerAt =
  (answers: ReturnType<typeof createAnswers>) =>
  (request: Request, response: Response): void => {
    try {
      answers.take(String(request.params.id), argumentsOf(request));
      response.json({ ok: true });
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      response.status(404).json(error.body);
    }
  };

/** Refusals of what was sent, as against those of who sent it or when. */
const refusals =
  /^(invalid_(blocks|blocks_format|metadata_\w+|json|types|limit|cursor|ts_\w+|scope)|no_text|msg_too_long|channel_not_found|json_not_object|unknown_method|invalid_arguments|message_not_found|is_inactive)$/;

/** Slack: app install, messages with blocks, buttons that call the app, forms, its command, channels, people, the rate limit of a channel. */
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
  uncovered: (_method, path) => /^\/(oauth\/v2\/authorize|page\/|actions\/|commands\/)/.test(path),
  refused: (_status, body) =>
    typeof body === 'object' && body !== null && 'error' in body && refusals.test(String(body.error)),
  css,
  create,
};
export default slack;
