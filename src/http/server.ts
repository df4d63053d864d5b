import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { createSettingsStore } from '../access/settings.ts';
import { createVisitorFieldStore } from '../access/visitor-fields.ts';
import type { Database } from '../db/database.ts';
import type { Log } from '../log.ts';
import type { RunControl } from '../runs/control.ts';
import { createTimeline } from '../runs/timeline.ts';
import { createReviewer } from '../workflows/review.ts';
import { createWorkflowStore } from '../workflows/store.ts';
import { bearerOwner } from './authenticate.ts';
import { type InboundRoute, registerInbound } from './inbound.ts';
import { openApi } from './openapi.ts';
import { Problem } from './problem.ts';
import { type Route, register } from './route.ts';
import { type Catalogue, connectorRoutes } from './routes/connectors.ts';
import { eventRoutes } from './routes/events.ts';
import { type IngestServices, ingest } from './routes/ingest.ts';
import { keyRoutes } from './routes/keys.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { settingsRoutes } from './routes/settings.ts';
import { type ReadyCheck, registerDocs, registerHealth } from './routes/system.ts';
import { visitorFieldRoutes } from './routes/visitor-fields.ts';
import { visitorRoutes } from './routes/visitors.ts';
import { workflowRoutes } from './routes/workflows.ts';

/** Everything that the HTTP side needs, put together in app.ts. */
export type HttpServices = IngestServices & {
  database: Database;
  log: Log;
  /** The address that the hub is reached at from outside, without a slash at its end. */
  publicUrl: string;
  /** How many proxies in front are believed where they say which address a call came from; none where absent. */
  trustProxy?: number;
  version: string;
  catalogue: Catalogue;
  runControl: RunControl;
  ready: ReadyCheck;
  /** Declared routes of other parts (connections, OAuth). */
  routes?: readonly Route[];
  /** Addresses at which vendors and browsers call connectors. */
  inbound?: readonly InboundRoute[];
};

/** The hub's HTTP application: ingest, admin API, health, documentation. It opens no port. */
export function createServer(services: HttpServices): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', services.trustProxy ?? 0);
  app.use(observed(services));
  app.post('/v1/events', ingest(services));
  registerHealth(app, services);
  const routes = [...adminRoutes(services), ...(services.routes ?? [])];
  const https = services.publicUrl.startsWith('https:');
  registerDocs(app, openApi(routes, services.publicUrl, services.version), { https });
  registerInbound(app, services.inbound ?? [], services);
  register(app, routes, request => bearerOwner(services.keys, request.headers, 'admin'));
  app.use(request => {
    throw new Problem('not-found', `There is nothing at ${request.method} ${request.path.slice(0, 200)}.`);
  });
  app.use(answerProblem(services.log));
  return app;
}

/** The declared routes of the admin API, without those of `services.routes`. */
export function adminRoutes(services: HttpServices): Route[] {
  const { database, clock } = services;
  const visitorFields = createVisitorFieldStore(database);
  const settings = createSettingsStore(database);
  const workflows = createWorkflowStore({ database, clock });
  const timeline = createTimeline(database);
  const reviewer = createReviewer({ database, visitorFields, settings, catalogue: services.catalogue });
  return [
    ...workflowRoutes({ workflows, reviewer }),
    ...connectorRoutes(services),
    ...runRoutes({ timeline, runControl: services.runControl }),
    ...eventRoutes(services),
    ...sessionRoutes({ database, clock, settings, workflows, timeline }),
    ...visitorRoutes(services),
    ...visitorFieldRoutes({ visitorFields, reviewer }),
    ...settingsRoutes({ settings }),
    ...keyRoutes(services),
  ];
}

/** One line and one measurement per request. The address is given as declared, so that no id or link secret gets into a log. */
function observed({ log, metrics, clock }: HttpServices): RequestHandler {
  return (request, response, next) => {
    const started = clock.now();
    response.on('close', () => {
      const route = typeof request.route?.path === 'string' ? request.route.path : 'unknown';
      const labels = { method: request.method, route, status: response.statusCode };
      const milliseconds = clock.now() - started;
      metrics.requests.observe(labels, milliseconds / 1000);
      log.info({ ...labels, milliseconds }, 'request');
    });
    next();
  };
}

/** Whatever was thrown becomes a problem; what is not one of ours is logged, and answered without its message. */
function answerProblem(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const problem = problemOf(error);
    if (problem.status >= 500)
      log.error({ err: error instanceof Problem ? (error.cause ?? error) : error }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(problem.status).set(problem.extras.headers ?? {});
    response.type('application/problem+json').send(JSON.stringify(problem.body()));
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // Express throws these for an address that is not percent-encoded UTF-8.
  if (error instanceof URIError)
    return new Problem('malformed-request', 'The address is not valid percent-encoded UTF-8.');
  return new Problem('internal-error', 'The hub could not answer this. Its log says why.');
}
