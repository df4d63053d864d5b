import express from 'express';
import * as z from 'zod';
import type { SandboxContext, SandboxInstance, SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { createLimits } from './limits.ts';
import { clientId, clientSecret, createOAuth } from './oauth.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { css, page } from './page.ts';
import { createRest } from './rest.ts';
import { appId, owners, templateId } from './seed.ts';
import { eventShape, shape } from './shapes.ts';
import { createStore, type ObjectType, objectTypes, type Store } from './store.ts';
import { createWebhooks, type Delivery } from './webhooks.ts';

const on = z.literal(true).optional();
const controlBody = z.strictObject({
  expireAccessTokens: on.meta({ description: 'every access token has expired' }),
  revokeGrants: on.meta({ description: 'what was granted is gone' }),
  rotateRefreshTokens: z.boolean().optional().meta({ description: 'each refresh brings a new refresh token' }),
  withholdScopes: z.array(z.string()).optional().meta({ description: 'scopes that tokens lack, whatever was granted' }),
  timeline: z.enum(['allowed', 'closed']).optional().meta({ description: 'may the app write events onto timelines' }),
  partialUpserts: z.boolean().optional().meta({ description: 'upserts answer 207 where some inputs are wrong' }),
  searchLagMs: z.int().min(0).optional().meta({ description: 'how long until the search knows of a change' }),
  tenSecondlyLimit: z.int().min(0).optional().meta({ description: 'calls in ten seconds' }),
  searchesPerSecond: z.int().min(0).optional(),
  dailyLeft: z.int().min(0).optional().meta({ description: 'calls left today; any number where never set' }),
  merge: z.strictObject({ primary: z.string(), other: z.string() }).optional().meta({ description: 'contacts by id' }),
  delete: z.string().optional().meta({ description: 'the id of a record that somebody deletes' }),
  webhookUrl: z.url().optional().meta({ description: 'where events are sent to' }),
  deliver: z
    .array(z.looseObject({ subscriptionType: z.string() }))
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'events to send now; what they leave out is filled in' }),
  uninstall: on.meta({ description: 'the account removes the app: what was granted ends, and an event is sent' }),
});

const records = (store: Store, deliveries: Delivery[], type: string): unknown[] | undefined => {
  if (type === 'events') return store.events().map(eventShape);
  if (type === 'owners') return owners;
  if (type === 'deliveries') return deliveries;
  if (!objectTypes.includes(type as ObjectType)) return undefined;
  return store.all(type as ObjectType).map(stored => {
    const linked = objectTypes.flatMap(other => store.linked(stored.id, other).map(({ id }) => `${other}/${id}`));
    return { ...shape(stored, Object.keys(stored.properties)), associations: linked };
  });
};

const create = ({ now, consent }: SandboxContext): SandboxInstance => {
  const store = createStore(now);
  const oauth = createOAuth(now);
  const limits = createLimits(now);
  const webhooks = createWebhooks(now);
  const defaults = { timeline: 'allowed' as 'allowed' | 'closed', partialUpserts: false, searchLagMs: 2_000 };
  const controls = { ...defaults };
  const target = { url: undefined as string | undefined };
  const router = express.Router();
  router.use(oauthRoutes(oauth, consent));
  // Where links to a record and to the account lead: to their place on the sandbox's page.
  router.get('/contacts/:hub/record/0-1/:id', (request, response) =>
    response.redirect(`/#hubspot-${request.params.id}`),
  );
  router.get('/home/:hub', (_request, response) => response.redirect('/#hubspot'));
  router.use(createRest({ store, oauth, limits, controls, now }));

  const recordOf = (id: string) => objectTypes.map(type => store.get(type, id)).find(Boolean);
  const send = (events: object[]) => {
    if (target.url) webhooks.deliver(target.url, events);
  };
  return {
    router,
    records: type => records(store, webhooks.deliveries(), type),
    page: () => page(store),
    reset: () => {
      store.reset();
      limits.reset();
      webhooks.deliveries().length = 0;
      Object.assign(controls, defaults);
      Object.assign(oauth.controls, { rotateRefreshTokens: false, withholdScopes: [] });
    },
    control: input => {
      const body = controlBody.parse(input);
      const given = (...names: (keyof typeof body)[]) =>
        Object.fromEntries(names.filter(name => body[name] !== undefined).map(name => [name, body[name]]));
      if (body.webhookUrl) target.url = body.webhookUrl;
      if (body.expireAccessTokens) oauth.expireAccessTokens();
      if (body.revokeGrants || body.uninstall) oauth.revokeGrants();
      if (body.uninstall) send([webhooks.event('app.uninstalled')]);
      if (body.merge) {
        const [primary, other] = [body.merge.primary, body.merge.other].map(id => store.get('contacts', id));
        if (!primary || !other) throw new Error('merge names a contact that is not there');
        store.merge(primary, other);
        const ids = { primaryObjectId: Number(primary.id), mergedObjectIds: [Number(other.id)] };
        send([webhooks.event('contact.merge', { objectId: Number(primary.id), ...ids })]);
      }
      if (body.delete) {
        const stored = recordOf(body.delete);
        if (!stored) throw new Error('delete names a record that is not there');
        store.archive(stored);
        if (stored.type === 'contacts') send([webhooks.event('contact.deletion', { objectId: Number(stored.id) })]);
      }
      if (body.deliver)
        send(body.deliver.map(({ subscriptionType, ...more }) => webhooks.event(subscriptionType, more)));
      Object.assign(oauth.controls, given('rotateRefreshTokens', 'withholdScopes'));
      Object.assign(controls, given('timeline', 'partialUpserts', 'searchLagMs'));
      Object.assign(limits.controls, given('tenSecondlyLimit', 'searchesPerSecond', 'dailyLeft'));
      return { ...oauth.controls, ...controls, ...limits.controls, webhookUrl: target.url };
    },
  };
};

/** HubSpot: the app's install, contacts, companies, notes, meetings, timelines, owners, the rate limits. */
const hubspot: SandboxVendor = {
  vendor: 'hubspot',
  title: 'HubSpot',
  settings: base => ({
    HUBSPOT_CLIENT_ID: clientId,
    HUBSPOT_CLIENT_SECRET: clientSecret,
    HUBSPOT_APP_ID: String(appId),
    HUBSPOT_TIMELINE_TEMPLATE_ID: templateId,
    HUBSPOT_API_URL: base,
    HUBSPOT_AUTHORIZE_URL: `${base}/oauth/authorize`,
  }),
  origin: path => (path.startsWith('/oauth/authorize') ? 'https://app.hubspot.com' : 'https://api.hubapi.com'),
  uncovered: (_method, path) => /^\/(oauth\/authorize|contacts\/|home\/)/.test(path),
  refused: (status, body) =>
    status === 400 &&
    typeof body === 'object' &&
    body !== null &&
    'category' in body &&
    body.category === 'VALIDATION_ERROR',
  css,
  create,
};
export default hubspot;
