import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request as it came over the wire. `form` holds a form body's fields. */
export type Seen = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  form: URLSearchParams;
};

/** What to answer: JSON or text, a socket cut before (`reset`) or in the middle of the answer (`cut`), or silence (`hang`). */
export type Reply = {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  fault?: 'reset' | 'cut' | 'hang';
};

/** A server on a free port of the loopback that answers as the test says and remembers what it was asked. */
export async function startScriptedServer() {
  const seen: Seen[] = [];
  const script = { answer: (_request: Seen): Reply => ({ status: 500, text: 'nothing scripted' }) };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = await text(request);
    const one: Seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      form: new URLSearchParams(body),
    };
    seen.push(one);
    const reply = script.answer(one);
    if (reply.fault === 'hang') return;
    if (reply.fault === 'reset') return void request.socket.destroy();
    const type = reply.json === undefined ? 'text/html' : 'application/json';
    const content = reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json);
    response.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
    if (reply.fault === 'cut') return void response.write(content.slice(0, 5), () => request.socket.destroy());
    response.end(reply.status === 204 ? undefined : content);
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    /** Forgets what was asked and answers by `next` from now on. */
    answer(next: (request: Seen) => Reply) {
      seen.length = 0;
      script.answer = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise(closed => server.close(closed));
    },
  };
}
