import express, { type Request, type RequestHandler, type Response } from 'express';
import { queryOf } from '../../../src/sdk/testing/oauth-server.ts';
import { createAssociations } from './associations.ts';
import { definitionShape, definitions } from './definitions.ts';
import { HubSpotError, missingScopes, newCorrelationId, notFound } from './errors.ts';
import type { createLimits } from './limits.ts';
import type { OAuth } from './oauth.ts';
import { createObjects } from './objects.ts';
import { bodyOf, listOf } from './requests.ts';
import { search } from './search.ts';
import { owners } from './seed.ts';
import { type ObjectType, objectTypes, type Store } from './store.ts';
import { createTimeline } from './timeline.ts';

type Parts = {
  store: Store;
  oauth: OAuth;
  limits: ReturnType<typeof createLimits>;
  controls: { timeline: 'allowed' | 'closed'; partialUpserts: boolean; searchLagMs: number };
  now(): number;
};
type Answer = { status?: number; body?: unknown };
type Parameters = Record<string, string>;
type Handler = (parameters: Parameters, request: Request) => Answer;

/** Notes and meetings are open to whoever may see contacts. */
const scopeFor = (type: string, right: 'read' | 'write'): string =>
  `crm.objects.${type === 'companies' ? 'companies' : 'contacts'}.${right}`;

const since = '2024-01-15T09:00:00.000Z';
const ownerShape = (owner: (typeof owners)[number]) => ({
  ...owner,
  type: 'PERSON',
  createdAt: since,
  updatedAt: since,
  teams: [],
});

const unauthenticated = (why: 'expired' | 'unknown'): HubSpotError =>
  why === 'expired'
    ? new HubSpotError(401, 'The OAuth token used to make this call expired.', { category: 'EXPIRED_AUTHENTICATION' })
    : new HubSpotError(
        401,
        'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
        { category: 'INVALID_AUTHENTICATION' },
      );

/** The CRM's APIs, v3 and v4, and the timeline. */
export const createRest = ({ store, oauth, limits, controls, now }: Parts): express.Router => {
  const objects = createObjects(store, now, controls);
  const associations = createAssociations(store, now);
  const timeline = createTimeline(store, now, controls);

  /** Who calls, how often, and whether it may; then the work. Every answer has its correlation id. */
  const serve =
    (scopes: (parameters: Parameters) => string[], handler: Handler, isSearch = false): RequestHandler =>
    (request, response) => {
      const correlationId = newCorrelationId();
      response.set('x-hubspot-correlation-id', correlationId);
      try {
        const parameters = request.params as Parameters;
        const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
        const granted = oauth.scopesOf(token);
        if (typeof granted === 'string') throw unauthenticated(granted);
        response.set(limits.take(isSearch));
        const needed = scopes(parameters);
        if (needed.some(scope => !granted.includes(scope))) throw missingScopes(needed);
        const { status = 200, body } = handler(parameters, request);
        send(response, status, body);
      } catch (error) {
        if (!(error instanceof HubSpotError)) throw error;
        send(response, error.status, error.body(correlationId));
      }
    };
  const send = (response: Response, status: number, body: unknown): void => {
    if (body === undefined) response.status(status).end();
    else response.status(status).json(body);
  };
  const typed = (name: string | undefined): ObjectType => {
    if (!objectTypes.includes(name as ObjectType)) throw notFound(`Unable to infer object type from: ${name}`);
    return name as ObjectType;
  };
  const reading = ({ type = '' }: Parameters) => [scopeFor(type, 'read')];
  const writing = ({ type = '' }: Parameters) => [scopeFor(type, 'write')];
  const pairReading = ({ type = '', toType = '' }: Parameters) => [scopeFor(type, 'read'), scopeFor(toType, 'read')];
  const pairWriting = ({ type = '', toType = '' }: Parameters) => [scopeFor(type, 'write'), scopeFor(toType, 'write')];

  const router = express.Router();
  const object = '/crm/v3/objects/:type';
  router.post(
    '/crm/v3/objects/contacts/merge',
    serve(
      () => ['crm.objects.contacts.write'],
      (_, request) => objects.merge(bodyOf(request, 'merge')),
    ),
  );
  router.post(
    `${object}/batch/read`,
    serve(reading, ({ type }, request) => objects.batchRead(typed(type), bodyOf(request, 'batchRead'))),
  );
  router.post(
    `${object}/batch/create`,
    serve(writing, ({ type }, request) => objects.batchCreate(typed(type), bodyOf(request, 'batchCreate'))),
  );
  router.post(
    `${object}/batch/update`,
    serve(writing, ({ type }, request) => objects.batchUpdate(typed(type), bodyOf(request, 'batchUpdate'))),
  );
  router.post(
    `${object}/batch/upsert`,
    serve(writing, ({ type }, request) => objects.batchUpsert(typed(type), bodyOf(request, 'batchUpsert'))),
  );
  router.post(
    `${object}/search`,
    serve(
      reading,
      ({ type }, request) => ({
        body: search(store, typed(type), bodyOf(request, 'search'), now() - controls.searchLagMs),
      }),
      true,
    ),
  );
  router.post(
    object,
    serve(writing, ({ type }, request) => objects.create(typed(type), bodyOf(request, 'create'))),
  );
  router.get(
    `${object}/:id`,
    serve(reading, ({ type, id = '' }, request) => {
      const query = queryOf(request);
      return objects.get(typed(type), id, listOf(query, 'properties'), query.get('idProperty'));
    }),
  );
  router.patch(
    `${object}/:id`,
    serve(writing, ({ type, id = '' }, request) =>
      objects.update(typed(type), id, bodyOf(request, 'update'), queryOf(request).get('idProperty')),
    ),
  );
  router.delete(
    `${object}/:id`,
    serve(writing, ({ type, id = '' }) => objects.archive(typed(type), id)),
  );

  const pair = '/crm/v4/objects/:type/:id/associations';
  router.put(
    `${pair}/default/:toType/:toId`,
    serve(pairWriting, ({ type, id = '', toType, toId = '' }) => ({
      body: associations.connectDefault(typed(type), id, typed(toType), toId),
    })),
  );
  router.put(
    `${pair}/:toType/:toId`,
    serve(pairWriting, ({ type, id = '', toType, toId = '' }, request) => ({
      status: 201,
      body: associations.label(typed(type), id, typed(toType), toId, bodyOf(request, 'linkTypes')),
    })),
  );
  router.delete(
    `${pair}/:toType/:toId`,
    serve(pairWriting, ({ id = '', toId = '' }) => {
      associations.remove(id, toId);
      return { status: 204 };
    }),
  );
  router.get(
    `${pair}/:toType`,
    serve(pairReading, ({ type, id = '', toType }, request) => {
      const query = queryOf(request);
      const limit = Math.min(Number(query.get('limit') ?? 500), 500);
      return { body: associations.page(typed(type), id, typed(toType), limit, query.get('after')) };
    }),
  );
  const pairs = '/crm/v4/associations/:type/:toType/batch';
  router.post(
    `${pairs}/read`,
    serve(pairReading, ({ type, toType }, request) => ({
      body: associations.batchRead(typed(type), typed(toType), bodyOf(request, 'linksRead')),
    })),
  );
  router.post(
    `${pairs}/associate/default`,
    serve(pairWriting, ({ type, toType }, request) => ({
      body: associations.batchConnect(typed(type), typed(toType), bodyOf(request, 'links')),
    })),
  );

  router.get(
    '/crm/v3/properties/:type',
    serve(
      ({ type = '' }) => [type === 'contacts' ? 'crm.schemas.contacts.read' : scopeFor(type, 'read')],
      ({ type }) => ({ body: { results: (definitions[typed(type)] ?? []).map(definitionShape) } }),
    ),
  );
  router.get(
    '/crm/v3/owners',
    serve(
      () => ['crm.objects.owners.read'],
      (_, request) => {
        const query = queryOf(request);
        const wanted = query.get('email')?.toLowerCase();
        const archived = query.get('archived') === 'true';
        const found = owners.filter(owner => owner.archived === archived && (!wanted || owner.email === wanted));
        const [from, limit] = [Number(query.get('after') ?? 0), Math.min(Number(query.get('limit') ?? 100), 500)];
        const next = from + limit < found.length ? { paging: { next: { after: String(from + limit) } } } : {};
        return { body: { results: found.slice(from, from + limit).map(ownerShape), ...next } };
      },
    ),
  );
  router.get(
    '/crm/v3/owners/:id',
    serve(
      () => ['crm.objects.owners.read'],
      ({ id }) => {
        const owner = owners.find(each => each.id === id && !each.archived);
        if (!owner) throw notFound();
        return { body: ownerShape(owner) };
      },
    ),
  );
  const timelineScope = () => ['timeline'];
  router.post(
    '/integrators/timeline/v3/events',
    serve(timelineScope, (_, request) => ({ status: 201, body: timeline.create(bodyOf(request, 'event')) })),
  );
  router.get(
    '/integrators/timeline/v3/events/:template/:id',
    serve(timelineScope, ({ template = '', id = '' }) => ({ body: timeline.get(template, id) })),
  );
  router.use((_request, response) => {
    const correlationId = newCorrelationId();
    response.set('x-hubspot-correlation-id', correlationId);
    send(response, 404, notFound().body(correlationId));
  });
  return router;
};
