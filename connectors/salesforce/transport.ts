import { PassThrough } from 'node:stream';
import type { HttpRequest, HttpResponse } from 'jsforce';
import { Transport } from 'jsforce/lib/transport.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import { Agent, request } from 'undici';

/** One complaint of Salesforce's answer: REST answers carry `errorCode`, the OAuth endpoints `error`. */
export type Complaint = { code: string; message: string; fields: string[] };

/** What is known of one failed exchange. `status` is absent where no answer came; `sent` is false where the request surely never left. */
export type Failure = {
  write: boolean;
  sent: boolean;
  status?: number;
  complaints?: Complaint[];
  requestId?: string;
  retryAfterMs?: number;
  /** Sforce-Limit-Info, e.g. `api-usage=18/15000`. */
  limitInfo?: string;
  reason?: string;
};

/** One exchange with Salesforce that brought no usable answer. Holds no body, no token and no address with parameters. */
export class SalesforceFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.complaints?.[0]?.code ?? failure.reason ?? `HTTP ${failure.status}`);
    this.name = 'SalesforceFailure';
    this.failure = failure;
  }
}

// One pool per origin, so per org: a slow org keeps only its own sockets busy. The deadline of a call is its signal.
const agent = new Agent({
  connect: { timeout: 5_000 },
  connections: 20,
  allowH2: false,
  headersTimeout: 120_000,
  bodyTimeout: 120_000,
  maxResponseSize: 32 * 1024 * 1024,
});

/** Errors after which the request surely never reached Salesforce. */
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|UND_ERR_CONNECT_TIMEOUT|(ERR_TLS|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_SSL).*)$/;

/**
 * jsforce's transport, reduced to one request on the wire: no repeats, no redirects (they would carry the token elsewhere), one
 * deadline over headers and body, and every refusal thrown with its status and headers, which jsforce's own errors lose.
 * A 401 is thrown too, so that jsforce never gets to refresh by itself.
 */
export class OneCallTransport extends Transport {
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #requireJson: boolean;
  constructor(signal: AbortSignal, timeoutMs: number, { requireJson = true } = {}) {
    super();
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#requireJson = requireJson;
  }

  override httpRequest(call: HttpRequest): StreamPromise<HttpResponse> {
    return StreamPromise.create(() => ({ stream: new PassThrough(), promise: this.#exchange(call) }));
  }

  async #exchange({ url, method, headers, body }: HttpRequest): Promise<HttpResponse> {
    const write = method !== 'GET' && method !== 'HEAD';
    if (body !== undefined && body !== null && typeof body !== 'string')
      throw new TypeError('only text bodies are sent to Salesforce');
    if (this.#signal.aborted) throw new SalesforceFailure({ write, sent: false, reason: 'the time was up' });
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#timeoutMs)]);
    try {
      const answer = await request(url, { method, headers, body, signal, dispatcher: agent });
      const response = {
        statusCode: answer.statusCode,
        headers: plainHeaders(answer.headers),
        body: await answer.body.text(),
      };
      this.#refuse(response, write);
      return response;
    } catch (error) {
      if (error instanceof SalesforceFailure) throw error;
      throw new SalesforceFailure({ write, ...networkFailure(error) });
    }
  }

  #refuse(response: HttpResponse, write: boolean): void {
    const { statusCode: status, body } = response;
    const json = parsed(body);
    const usable = status === 204 || !this.#requireJson || json !== undefined;
    if (status >= 200 && status < 300 && usable) return;
    const seconds = Number(response.headers['retry-after']);
    throw new SalesforceFailure({
      write,
      sent: true,
      status,
      complaints: complaintsOf(json),
      requestId: response.headers['x-request-id'] ?? response.headers['x-sfdc-request-id'],
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
      limitInfo: response.headers['sforce-limit-info'],
      reason: json === undefined ? 'the answer was not JSON' : undefined,
    });
  }
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]));
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function complaintsOf(json: unknown): Complaint[] {
  const items = Array.isArray(json) ? json : json === undefined || json === null ? [] : [json];
  return items.flatMap(item => {
    const { errorCode, error, message, error_description, fields } = item as Record<string, unknown>;
    const code = errorCode ?? error;
    if (typeof code !== 'string') return [];
    const words = message ?? error_description;
    return [
      {
        code,
        message: typeof words === 'string' ? words : '',
        fields: Array.isArray(fields) ? fields.filter(field => typeof field === 'string') : [],
      },
    ];
  });
}

function networkFailure(error: unknown): { sent: boolean; reason: string } {
  const { code, syscall, name } = error as { code?: unknown; syscall?: unknown; name?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') return { sent: true, reason: 'no answer in time' };
  const known = typeof code === 'string' ? code : String(name);
  return { sent: !(syscall === 'connect' || syscall === 'getaddrinfo' || neverSent.test(known)), reason: known };
}
