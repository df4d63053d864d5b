import { appendFileSync } from 'node:fs';
import type { Request, Response } from 'express';
import type { SandboxRequest, SandboxVendor } from '../sdk/testing/sandbox.ts';

/** One HTTP exchange in the form that the contracts' checker takes (one JSON line each). `at` is ISO 8601 UTC. */
export type Exchange = {
  vendor: string;
  at: string;
  method: string;
  url: string;
  requestHeaders: Record<string, string>;
  requestBody?: string;
  status?: number;
  responseHeaders?: Record<string, string>;
  responseBody?: string;
  /** request: a scripted fault answered (or nothing did) · response: the vendor refused what the request says. */
  only?: 'request' | 'response';
};

/** What a vendor's answer was, as it went over the wire. */
export type Answer = { status: number; headers: Record<string, string>; body: Buffer };

const secretParameter = /((?:^|[?&])(?:client_secret|api_secret|password)=)[^&]*/g;

const redactText = (text: string): string =>
  text.replace(secretParameter, '$1REDACTED').replace(/("client_secret"\s*:\s*")[^"]*/g, '$1REDACTED');

const requestHeaders = (request: Request): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : String(value);
      return [name, name === 'authorization' && /^basic /i.test(text) ? 'Basic REDACTED' : text];
    }),
  );

/** The headers that an answer is going to carry, lower-case. */
export const answerHeaders = (response: Response): Record<string, string> =>
  Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

type Recording = { vendor: SandboxVendor; request: Request; path: string; at: number; answer?: Answer; fault: boolean };

const line = ({ vendor, request, path, at, answer, fault }: Recording): Exchange => {
  const body = (request as SandboxRequest).rawBody;
  const text = answer?.body.toString('utf8') ?? '';
  const refused = answer !== undefined && vendor.refused?.(answer.status, parsed(text)) === true;
  return {
    vendor: vendor.contract ?? vendor.vendor,
    at: new Date(at).toISOString(),
    method: request.method,
    url: vendor.origin(path) + redactText(path),
    requestHeaders: requestHeaders(request),
    ...(body.length > 0 && { requestBody: redactText(body.toString('utf8')) }),
    ...(answer && { status: answer.status, responseHeaders: answer.headers, responseBody: text }),
    ...(fault || !answer ? { only: 'request' as const } : refused ? { only: 'response' as const } : {}),
  };
};

/**
 * The newest `limit` exchanges. Those that no contract covers are left out; client secrets are redacted, and the lines also go to
 * `file` where one is named.
 */
export const createExchanges = ({ file, limit = 50_000 }: { file?: string; limit?: number }) => {
  let lines: Exchange[] = [];
  return {
    record(recording: Recording): void {
      const { vendor, request, path, answer } = recording;
      const [plain = path, query = ''] = path.split('?', 2);
      if (vendor.uncovered?.(request.method, plain, { query, ...(answer && { status: answer.status }) })) return;
      const exchange = line(recording);
      lines.push(exchange);
      // Trimmed in strides: dropping the first of a long array at every request would cost more than the request.
      if (lines.length > limit * 1.1) lines = lines.slice(-limit);
      if (file) appendFileSync(file, `${JSON.stringify(exchange)}\n`);
    },
    list: (): Exchange[] => lines.slice(-limit),
    clear(): void {
      lines = [];
    },
  };
};
export type Exchanges = ReturnType<typeof createExchanges>;
