import * as z from 'zod';
import { eventData, eventTypes, rfc3339, TYPE_PREFIX } from '../model/event.ts';
import { componentSchema, type Json } from './json-schema.ts';
import type { Route } from './route.ts';
import { mistakeShape } from './shapes.ts';

const problemShape = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(mistakeShape).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

const cloudEvents = z
  .union(
    eventTypes.map(type =>
      z.looseObject({
        specversion: z.literal('1.0'),
        id: z.string().min(1).max(255),
        source: z.string().min(1).max(512),
        type: z.literal(TYPE_PREFIX + type),
        time: rfc3339.optional(),
        datacontenttype: z.string().optional(),
        data: eventData[type],
      }),
    ),
  )
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0. `time` defaults to the time of arrival.' });
const rejected = z.array(z.object({ index: z.int(), id: z.string().nullable(), errors: z.array(mistakeShape) }));
const receipt = z.object({ accepted: z.int(), duplicates: z.int(), rejected }).meta({ id: 'Receipt' });

/**
 * @param routes every declared route
 * @param server the address that the hub is reached at from outside
 * @returns an OpenAPI 3.1 document, from the same schemas that validate
 */
export function openApi(routes: readonly Route[], server: string, version: string): Json {
  const components: Json = {};
  const problem = { 'application/problem+json': { schema: componentSchema(problemShape, 'output', components) } };
  const paths: Record<string, Json> = { '/v1/events': { post: ingestOperation(components, problem) } };
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, components, problem) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Baton',
      version,
      description:
        'Conversations in, actions in the connected systems out. Lists answer `{data, next}`; errors are RFC 9457 problems.',
    },
    servers: [{ url: server }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        admin: { type: 'http', scheme: 'bearer', description: 'An admin token' },
        ingest: { type: 'http', scheme: 'bearer', description: 'An ingest key' },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description: 'Standard Webhooks, with webhook-id and webhook-timestamp, by a signing secret of the workspace',
        },
      },
    },
  };
}

function operation(route: Route, components: Json, problem: Json): Json {
  const status = route.status ?? 200;
  const body = route.bodyShape ?? route.body;
  const responses: Record<string, Json> = {
    [status]: {
      description: 'Success',
      ...(route.response && {
        content: { 'application/json': { schema: componentSchema(route.response, 'output', components) } },
      }),
    },
    default: { description: 'A problem', content: problem },
  };
  for (const [code, description] of Object.entries(route.problems ?? {}))
    responses[code] = { description, content: problem };
  return {
    summary: route.summary,
    ...(route.description && { description: route.description }),
    tags: [route.tag],
    security: route.auth === 'admin' ? [{ admin: [] }] : [],
    parameters: [
      ...parameters(route.params, 'path', components),
      ...parameters(route.query, 'query', components),
      ...Object.entries(route.headers ?? {}).map(([name, { description, required }]) => ({
        name,
        in: 'header',
        description,
        required: required ?? false,
        schema: { type: 'string' },
      })),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: componentSchema(body, 'input', components) } },
      },
    }),
    responses,
  };
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query', components: Json): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = componentSchema(schema, 'input', components) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function ingestOperation(components: Json, problem: Json): Json {
  const event = componentSchema(cloudEvents, 'input', components);
  const problemWith = (description: string) => ({ description, content: problem });
  return {
    summary: 'Bring events',
    description:
      'CloudEvents 1.0 over HTTP: structured, batched (up to 1,000) or binary (`ce-*` headers, the data as body). A repeat of (`source`, `id`) is a duplicate and changes nothing.',
    tags: ['Events'],
    security: [{ ingest: [] }, { signature: [] }],
    requestBody: {
      required: true,
      content: {
        'application/cloudevents+json': { schema: event },
        'application/cloudevents-batch+json': { schema: { type: 'array', maxItems: 1000, items: event } },
        'application/json': { schema: { type: 'object' } },
      },
    },
    responses: {
      202: {
        description: 'Durably stored, except for what was rejected',
        content: { 'application/json': { schema: componentSchema(receipt, 'output', components) } },
      },
      400: problemWith('Nothing could be accepted; `rejected` says why'),
      401: problemWith('No valid key or signature'),
      413: problemWith('Over 1 MiB for one event, 4 MiB or 1,000 events for a batch'),
      415: problemWith('Another content type'),
      429: problemWith('Too much at once: come back after Retry-After seconds'),
      503: problemWith('Could not be stored: come back after Retry-After seconds'),
    },
  };
}
