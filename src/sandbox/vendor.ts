import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { SandboxVendor } from '../sdk/testing/sandbox.ts';
import { type Answer, answerHeaders, type Exchanges } from './exchanges.ts';
import type { Fault, Faults } from './faults.ts';

type Chunk = string | Uint8Array;

const brokenBody = '{"ok": tru';

/** Calls `done` with the whole answer once the vendor has finished it; with `swallow` nothing of it is sent. */
const watchAnswer = (response: Response, swallow: boolean, done: (answer: Answer) => void): void => {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as Chunk));
  };
  const { write, end } = response;
  response.write = ((...args: Parameters<typeof write>) => {
    keep(args[0]);
    return swallow ? true : write.apply(response, args);
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    keep(args[0]);
    done({ status: response.statusCode, headers: answerHeaders(response), body: Buffer.concat(chunks) });
    return swallow ? response : end.apply(response, args);
  }) as typeof end;
};

const kindOf = (body: string): string => (/^\s*</.test(body) ? 'html' : /^\s*[{[]/.test(body) ? 'json' : 'text');

const sendFault = (response: Response, fault: Fault): void => {
  const { malformed, body, status = 200 } = fault;
  const text = typeof malformed === 'string' ? malformed : malformed && typeof body !== 'string' ? brokenBody : body;
  response.status(status);
  if (text === undefined) response.end();
  else if (typeof text !== 'string') response.json(text);
  else if (response.hasHeader('content-type')) response.send(text);
  else response.type(kindOf(text)).send(text);
};

/** A fault that stands in the place of the vendor's own answer. */
const answersItself = (fault: Fault): boolean =>
  fault.status !== undefined ||
  fault.body !== undefined ||
  (fault.malformed !== undefined && fault.malformed !== false);

type Front = {
  vendor: SandboxVendor;
  faults: Faults;
  exchanges: Exchanges;
  now(): number;
  wait(ms: number): Promise<unknown>;
};

/** Stands in front of a vendor's router: plays scripted faults and records every exchange. */
export const vendorFront = ({ vendor, faults, exchanges, now, wait }: Front): RequestHandler => {
  const front = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const path = request.url;
    const at = now();
    const fault = faults.take(request.method, path);
    if (fault?.delayMs) await wait(fault.delayMs);
    for (const [name, value] of Object.entries(fault?.headers ?? {})) response.setHeader(name, value);
    if (fault?.reset === 'before') {
      exchanges.record({ vendor, request, path, at, fault: true });
      request.socket.destroy();
      return;
    }
    const lost = fault?.reset === 'after-apply';
    const scripted = fault !== undefined && answersItself(fault);
    watchAnswer(response, lost, answer => {
      const answered = lost ? undefined : answer;
      exchanges.record({ vendor, request, path, at, answer: answered, fault: lost || scripted });
      if (lost) request.socket.destroy();
    });
    if (scripted && !lost) sendFault(response, fault);
    else next();
  };
  return front;
};
