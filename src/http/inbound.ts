import type { Express, Request, RequestHandler, Response } from 'express';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Inbound, InboundAnswer, InboundHub, InboundRequest } from '../sdk/inbound.ts';
import { readBody } from './body.ts';
import { drained } from './server-sent-events.ts';

/** An address of a connector, with the hub as that connector may use it. */
export type InboundRoute = { connector: string; inbound: Inbound; hub: InboundHub };

type Services = { publicUrl: string; clock: Clock; log: Log };

const MAX_BYTES = 1024 * 1024;

/** Registers the addresses at which vendors and browsers call. One whose settings are missing is not there. */
export function registerInbound(app: Express, routes: readonly InboundRoute[], services: Services): void {
  for (const { connector, inbound, hub } of routes) {
    const configured = (inbound.requires ?? []).every(name => hub.settings[name] !== undefined);
    if (!configured) continue;
    const handler = answering(connector, inbound, hub, services);
    for (const method of inbound.methods) {
      if (method === 'GET') app.get(inbound.path, handler);
      else if (method === 'POST') app.post(inbound.path, handler);
      else app.options(inbound.path, handler);
    }
  }
}

function answering(connector: string, inbound: Inbound, hub: InboundHub, services: Services): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const body = await readBody(request, inbound.maxBytes ?? MAX_BYTES);
    const answer = await inbound.answer(requestOf(request, body, gone.signal, services), hub);
    await send(response, answer, gone.signal);
    // What may be lost must not fail an answer that has been given.
    answer
      .after?.()
      .catch(error => services.log.warn({ err: error, connector }, 'what follows an inbound call has failed'));
  };
}

/** The request line may name a whole address (RFC 9112, 3.2.2): its host is the caller's word. */
const targetOf = ({ originalUrl }: Request): string => originalUrl.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');

const requestOf = (
  request: Request,
  body: Buffer,
  signal: AbortSignal,
  { publicUrl, clock }: Services,
): InboundRequest => ({
  method: request.method,
  url: publicUrl + targetOf(request),
  headers: Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  ),
  body,
  ip: request.ip ?? '',
  receivedAt: clock.now(),
  signal,
});

async function send(
  response: Response,
  { status, headers = {}, body }: InboundAnswer,
  gone: AbortSignal,
): Promise<void> {
  response.status(status).set(headers);
  if (body === undefined) response.end();
  else if (typeof body === 'string' || Buffer.isBuffer(body)) response.send(body);
  else if (isStream(body)) await stream(response, body, gone);
  else response.json(body);
}

const isStream = (body: object): body is AsyncIterable<string> => Symbol.asyncIterator in body;

/** Piece by piece, no faster than the caller takes it. */
async function stream(response: Response, pieces: AsyncIterable<string>, gone: AbortSignal): Promise<void> {
  response.flushHeaders();
  for await (const piece of pieces) {
    if (response.destroyed) break;
    if (!response.write(piece)) await drained(response, gone);
  }
  response.end();
}
