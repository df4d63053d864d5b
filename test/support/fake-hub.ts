import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Heard = { method: string; path: string; headers: IncomingHttpHeaders; body: unknown };
export type Answer = { status?: number; body?: unknown; text?: string };

/**
 * A server that stands in a hub's place for the tests of one file. It answers by `METHOD /path`, and 404 to all else; what it heard and
 * what it answers is forgotten before each test.
 */
export const fakeHub = () => {
  const hub = { url: '', heard: [] as Heard[], answers: {} as Record<string, (call: Heard) => Answer> };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', chunk => {
      text += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const call = { method, path: url, headers, body: text && JSON.parse(text) };
      hub.heard.push(call);
      const answer = hub.answers[`${method} ${url.split('?')[0]}`];
      const {
        status = 200,
        body,
        text: plain,
      } = answer?.(call) ?? { status: 404, body: { detail: 'Nothing is there.' } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(plain ?? JSON.stringify(body));
    });
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    hub.heard = [];
    hub.answers = {};
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return hub;
};
