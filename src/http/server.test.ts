import { ADMIN_TOKEN, startHub, type TestHub } from '../../test/support/http.ts';
import { defineRoute } from './route.ts';

let hub: TestHub;
let ready = { database: true, queue: true };
beforeEach(async () => {
  ready = { database: true, queue: true };
  const broken = defineRoute({
    method: 'get',
    path: '/v1/broken/:secret',
    summary: 'Breaks',
    tag: 'Test',
    auth: 'none',
    handler: () => {
      throw new Error('password of the database: hunter2');
    },
  });
  const moved = defineRoute({
    method: 'get',
    path: '/v1/moved',
    summary: 'Answers by itself',
    tag: 'Test',
    auth: 'none',
    handler: (_input, { response }) => response.redirect(302, 'https://vendor.example/consent') as undefined,
  });
  hub = await startHub(() => ({ ready: async () => ready, routes: [broken, moved] }));
});
afterEach(() => hub.close());
const open = (address: string) => hub.send('GET', address, { headers: { authorization: '' } });

describe('the HTTP application', () => {
  it('answers what it does not know with a problem, also what is still to come', async () => {
    for (const address of ['/', '/nothing', '/v1', '/v1/alerts', '/v1/users', '/baton.js'])
      expect(await hub.send('GET', address)).toMatchObject({
        status: 404,
        body: { type: 'urn:baton:problem:not-found', status: 404, detail: `There is nothing at GET ${address}.` },
      });
    expect((await hub.send('DELETE', '/v1/events')).status).toBe(404);
  });

  it('answers an address that is not percent-encoded UTF-8 with 400', async () => {
    expect((await hub.send('GET', '/v1/runs/%E0%A4%A')).status).toBe(400);
  });

  it('never tells what went wrong inside, but logs it', async () => {
    const answer = await open('/v1/broken/s3cret');
    expect(answer).toMatchObject({ status: 500, body: { type: 'urn:baton:problem:internal-error' } });
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
    expect(hub.logged.join()).toContain('hunter2');
  });

  it('logs one line per request, with the address as declared and no credential', async () => {
    await hub.send('GET', '/v1/runs/r1?x=y');
    await open('/v1/broken/s3cret');
    const lines = hub.logged.map(line => JSON.parse(line)).filter(line => line.msg === 'request');
    expect(lines).toMatchObject([
      { method: 'GET', route: '/v1/runs/:id', status: 400 },
      { method: 'GET', route: '/v1/broken/:secret', status: 500 },
    ]);
    expect(hub.logged.join()).not.toContain('s3cret');
    expect(hub.logged.join()).not.toContain(ADMIN_TOKEN);
  });

  it('lets a route answer by itself', async () => {
    const answer = await open('/v1/moved');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('https://vendor.example/consent');
  });

  it('is alive at /healthz, and ready while database and queue answer', async () => {
    expect(await open('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await open('/readyz')).toMatchObject({ status: 200, body: { database: true, queue: true } });
    ready = { database: true, queue: false };
    expect(await open('/readyz')).toMatchObject({ status: 503, body: { queue: false } });
  });

  it('counts requests by declared route at /metrics', async () => {
    await hub.send('GET', '/v1/runs/r1');
    const { body } = await open('/metrics');
    expect(body).toContain('baton_http_request_seconds_count{method="GET",route="/v1/runs/:id",status="404"} 1');
  });

  it('serves its documentation from here alone, also over plain http', async () => {
    expect((await open('/docs')).headers.get('location')).toBe('/docs/');
    const page = await open('/docs/');
    expect(page.status).toBe(200);
    const sources = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1]!);
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) {
      expect(source).toMatch(/^\.\//);
      expect((await open(`/docs/${source.slice(2)}`)).status).toBe(200);
    }
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    expect(page.headers.get('strict-transport-security')).toBeNull();
    expect((await open('/docs/package.json')).status).toBe(404);
  });
});

type Operation = {
  parameters?: { name: string; in: string; required: boolean }[];
  security: unknown[];
  responses: object;
};
type Document = { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: object } };

describe('the OpenAPI document', () => {
  it('names every route, its parameters and its key', async () => {
    const { openapi, paths } = (await open('/openapi.json')).body as Document;
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths['/v1/workflows/{id}']!)).toEqual(['get', 'put', 'delete']);
    expect(Object.keys(paths['/v1/events']!).toSorted()).toEqual(['get', 'post']);
    expect(paths['/v1/workflows/{id}']!.put!.parameters).toMatchObject([
      { name: 'id', in: 'path', required: true },
      { name: 'If-Match', in: 'header', required: true },
    ]);
    expect(paths['/v1/runs']!.get!.parameters!.map(({ name }) => name)).toEqual(
      'limit after status workflow session visitor since until'.split(' '),
    );
    expect(paths['/v1/runs']!.get!.security).toEqual([{ admin: [] }]);
    expect(paths['/v1/moved']!.get!.security).toEqual([]);
    expect(Object.keys(paths['/v1/events']!.post!.responses)).toEqual(
      expect.arrayContaining(['202', '400', '401', '413', '415', '429', '503']),
    );
  });

  it('refers to nothing that is not in it', async () => {
    const document = (await open('/openapi.json')).body as Document;
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1]!);
    const names = Object.keys(document.components.schemas);
    expect(names).toEqual(
      expect.arrayContaining(['Workflow', 'WorkflowDocument', 'Condition', 'Run', 'Event', 'Problem', 'CloudEvent']),
    );
    expect(new Set(references)).toEqual(
      new Set(references.filter(reference => names.includes(reference.replace('#/components/schemas/', '')))),
    );
    expect(references.length).toBeGreaterThan(20);
  });
});
