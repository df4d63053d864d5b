import express, { type Request, type Response } from 'express';
import type {
  SandboxContext,
  SandboxInstance,
  SandboxRequest,
  SandboxVendor,
} from '../../../src/sdk/testing/sandbox.ts';
import { connectorApi } from './connector.ts';
import { createControls } from './controls.ts';
import { createDeeds } from './deeds.ts';
import { createHub } from './hub.ts';
import { createKeys } from './keys.ts';
import { createLogin, LoginRefusal } from './login.ts';
import { css, page } from './page.ts';
import { pageRoutes } from './page-routes.ts';
import { createRates } from './rates.ts';
import { appId, appPassword, people, tenantId } from './seed.ts';
import { cardOf, createStore, type Store } from './store.ts';

const REGION = 'emea';
const METADATA = '/v1/.well-known/openidconfiguration';
const KEYS = '/v1/.well-known/keys';

const records = (store: Store, type: string): unknown[] | undefined => {
  if (type === 'messages')
    return store.messages().map(message => {
      const { id, conversationId, activity, updates, from } = message;
      return {
        id,
        conversationId,
        place: store.place(conversationId).title,
        activity,
        card: cardOf(message),
        updates,
        from: from?.id,
      };
    });
  if (type === 'people') return people;
  if (type === 'teams') return store.teams();
  if (type !== 'installations') return undefined;
  return [...[...store.inTeams].map(team => ({ team })), ...[...store.withPeople].map(user => ({ user }))];
};

const create = ({ base, now, delivered }: SandboxContext): SandboxInstance => {
  const serviceUrl = `${base}/${REGION}/`;
  const store = createStore(now);
  const login = createLogin(now);
  const rates = createRates(now);
  const keys = createKeys();
  const address = { hub: 'http://127.0.0.1:3000' };
  const hub = createHub({ keys, delivered, address: () => address.hub });
  const deeds = createDeeds({ store, hub, serviceUrl, now });
  const acting = { user: people[0]!.id };
  const router = express.Router();
  router.get(METADATA, (_request, response) => {
    response.json({
      issuer: 'https://api.botframework.com',
      authorization_endpoint: 'https://invalid.botframework.com',
      jwks_uri: base + KEYS,
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    });
  });
  router.get(KEYS, async (_request, response) => {
    response.json(await keys.published());
  });
  router.post('/:tenant/oauth2/v2.0/token', (request: Request<{ tenant: string }>, response: Response) => {
    const form = Object.fromEntries(
      new URLSearchParams((request as unknown as SandboxRequest).rawBody.toString('utf8')),
    );
    try {
      response.set('cache-control', 'no-store').json(login.token(request.params.tenant, form));
    } catch (error) {
      if (!(error instanceof LoginRefusal)) throw error;
      response.status(error.status).json(error.body(now()));
    }
  });
  router.use(`/${REGION}/v3`, connectorApi({ store, login, rates }));
  router.use('/page', pageRoutes({ deeds, acting }));
  return {
    router,
    records: type => records(store, type),
    page: () => page({ store, acting: acting.user }),
    reset: () => {
      store.reset();
      rates.reset();
      hub.reset();
      login.controls.withdrawn = false;
    },
    control: createControls({ store, login, rates, hub, deeds, address }),
  };
};

/** Refusals of what was sent, as against those of who sent it or when. */
const refusals =
  /^(BadSyntax|MessageSizeTooBig|MethodNotAllowed|invalid_request|invalid_scope|unsupported_grant_type|unauthorized_client)$/;
const wordOf = (body: unknown): string => {
  const { error } = (body ?? {}) as { error?: unknown };
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
};

/** Microsoft Teams: the bot's token, the Bot Connector with its limits, a tenant with teams and people, and what they press and write. */
const teamsVendor: SandboxVendor = {
  vendor: 'teams',
  title: 'Microsoft Teams',
  settings: base => ({
    TEAMS_APP_ID: appId,
    TEAMS_APP_PASSWORD: appPassword,
    TEAMS_TENANT_ID: tenantId,
    TEAMS_LOGIN_URL: base,
    TEAMS_OPENID_METADATA_URL: base + METADATA,
    TEAMS_SERVICE_URL: `${base}/${REGION}/`,
  }),
  origin: path => (path.includes('/oauth2/') ? 'https://login.microsoftonline.com' : 'https://smba.trafficmanager.net'),
  // The published contract has neither teams nor one single member in it.
  uncovered: (method, path) =>
    /^\/(page|v1)\//.test(path) ||
    /\/v3\/teams\//.test(path) ||
    (method === 'GET' && /\/v3\/conversations\/[^/]+\/members\/[^/]+$/.test(path)),
  refused: (_status, body) => refusals.test(wordOf(body)),
  css,
  create,
};
export default teamsVendor;
