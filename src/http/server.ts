import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Database } from '../db/database.ts';
import type { Log } from '../log.ts';
import { bearerOwner } from './authenticate.ts';
import { Problem } from './problem.ts';
import { type Route, register } from './route.ts';
import { type IngestServices, ingest } from './routes/ingest.ts';

/** Everything that the HTTP side needs, put together in app.ts. */
export type HttpServices = IngestServices & {
  database: Database;
  log: Log;
  /** Declared routes of other parts (connections, OAuth). */
  routes?: readonly Route[];
};

/** The hub's HTTP application: ingest, admin API, health, documentation. It opens no port. */
export function createServer(services: HttpServices): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(observed(services));
  app.post('/v1/events', ingest(services));
  register(app, services.routes ?? [], request => bearerOwner(services.keys, request.headers, 'admin'));
  app.use(request => {
    throw new Problem('not-found', `There is nothing at ${request.method} ${request.path.slice(0, 200)}.`);
  });
  app.use(answerProblem(services.log));
  return app;
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
