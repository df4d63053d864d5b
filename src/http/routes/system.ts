import { createRequire } from 'node:module';
import path from 'node:path';
import type { Express, RequestHandler } from 'express';
import helmet from 'helmet';
import type { Metrics } from '../../metrics.ts';
import type { Json } from '../json-schema.ts';

export type Readiness = { database: boolean; queue: boolean };

/** Whether database and queue answer. It must answer in any case, within seconds. */
export type ReadyCheck = () => Promise<Readiness>;

/** `/healthz`, `/readyz`, `/metrics`: for machines, without a key; nothing of a customer's is in them. */
export function registerHealth(app: Express, { ready, metrics }: { ready: ReadyCheck; metrics: Metrics }): void {
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const state = await ready().catch(() => ({ database: false, queue: false }));
    response.status(state.database && state.queue ? 200 : 503).json(state);
  });
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

// Found by its folder: importing the package would load the page's own script into this process.
const swaggerFolder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const swaggerFiles = ['swagger-ui.css', 'index.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Baton API</title>
    <link rel="stylesheet" href="./swagger-ui.css">
    <link rel="stylesheet" href="./index.css">
    <link rel="icon" type="image/png" href="./favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="./swagger-ui-bundle.js"></script>
    <script src="./start.js"></script>
  </body>
</html>
`;
const start = `SwaggerUIBundle({ url: '../openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });
`;

/** `/openapi.json`, and `/docs` to read it. Everything on the page is served from here. */
export function registerDocs(app: Express, document: Json, options: { https: boolean }): void {
  app.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  app.use('/docs', uiHeaders(options));
  app.get('/docs', (request, response) => {
    // Its files are named relative to the folder.
    if (request.path.endsWith('/')) response.type('html').send(page);
    else response.redirect(301, '/docs/');
  });
  app.get('/docs/start.js', (_request, response) => {
    response.type('text/javascript').send(start);
  });
  for (const file of swaggerFiles)
    app.get(`/docs/${file}`, (_request, response) => response.sendFile(file, { root: swaggerFolder }));
}

/** Security headers of pages. What forces https is left out where the hub is reached over plain http. */
export function uiHeaders({ https }: { https: boolean }): RequestHandler {
  return helmet({
    strictTransportSecurity: https,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(https && { upgradeInsecureRequests: [] }),
      },
    },
  });
}
