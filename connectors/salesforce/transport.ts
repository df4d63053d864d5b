import { PassThrough } from 'node:stream';
import type { HttpRequest, HttpResponse } from 'jsforce';
import { Transport } from 'jsforce/lib/transport.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import * as z from 'zod';
import { failureOf, type HttpAnswer, type HttpCall, send } from '../../src/sdk/http.ts';

/** One complaint of Salesforce's answer: REST answers carry `errorCode`, the OAuth endpoints `error`. */
export type Complaint = { code: string; message: string; fields: string[]; duplicates?: DuplicateRecord[] };
/** A record that a duplicate rule takes for the same person. */
export type DuplicateRecord = { type: string; id: string };
/** How many of the org's API calls of the last 24 hours are used. */
export type Usage = { used: number; limit: number };

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

const ANSWER_MAX_BYTES = 32 * 1024 * 1024;

/**
 * jsforce's transport, reduced to one request on the wire: no repeats, no redirects (they would carry the token elsewhere), one
 * deadline over headers and body, and every refusal thrown with its status and headers, which jsforce's own errors lose.
 * A 401 is thrown too, so that jsforce never gets to refresh by itself.
 */
export class OneCallTransport extends Transport {
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #requireJson: boolean;
  readonly #onUsage: ((usage: Usage) => void) | undefined;
  constructor(
    signal: AbortSignal,
    timeoutMs: number,
    { requireJson = true, onUsage }: { requireJson?: boolean; onUsage?: (usage: Usage) => void } = {},
  ) {
    super();
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#requireJson = requireJson;
    this.#onUsage = onUsage;
  }

  override httpRequest(call: HttpRequest): StreamPromise<HttpResponse> {
    return StreamPromise.create(() => ({ stream: new PassThrough(), promise: this.#exchange(call) }));
  }

  async #exchange({ url, method, headers, body }: HttpRequest): Promise<HttpResponse> {
    const write = method !== 'GET' && method !== 'HEAD';
    if (body !== undefined && body !== null && typeof body !== 'string')
      throw new TypeError('only text bodies are sent to Salesforce');
    let answer: HttpAnswer;
    try {
      answer = await send({
        url,
        method: method as HttpCall['method'],
        headers,
        body: body ?? undefined,
        signal: this.#signal,
        timeoutMs: this.#timeoutMs,
        // Which hosts there are is decided when connecting (auth.ts).
        allowPrivate: true,
        maxBytes: ANSWER_MAX_BYTES,
      });
    } catch (error) {
      const { sent, code } = failureOf(error);
      throw new SalesforceFailure({ write, sent, reason: code });
    }
    const usage = usageOf(answer.headers['sforce-limit-info']);
    if (usage) this.#onUsage?.(usage);
    this.#refuse(answer, write);
    return { statusCode: answer.status, headers: answer.headers, body: answer.body };
  }

  #refuse({ status, headers, body, complete }: HttpAnswer, write: boolean): void {
    const json = complete ? parsed(body) : undefined;
    const usable = status === 204 || !this.#requireJson || json !== undefined;
    if (status >= 200 && status < 300 && usable) return;
    const seconds = Number(headers['retry-after']);
    throw new SalesforceFailure({
      write,
      sent: true,
      status,
      complaints: complaintsOf(json ?? wordOf(body)),
      requestId: headers['x-request-id'] ?? headers['x-sfdc-request-id'],
      retryAfterMs: seconds > 0 ? seconds * 1000 : undefined,
      limitInfo: headers['sforce-limit-info'],
      reason: json === undefined ? 'the answer was not JSON' : undefined,
    });
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * The userinfo endpoint answers one bare word instead of JSON, e.g. `Bad_OAuth_Token` with 403; the metadata API answers a SOAP fault,
 * e.g. `sf:INVALID_SESSION_ID`.
 */
function wordOf(body: string): { error: string; message?: string } | undefined {
  if (/^[A-Za-z_]{3,40}$/.test(body.trim())) return { error: body.trim() };
  const [, fault] = /<faultcode>(?:\w+:)?([A-Za-z_]{3,80})<\/faultcode>/.exec(body) ?? [];
  const [, message = ''] = /<faultstring>([^<]{0,1000})</.exec(body) ?? [];
  return fault === undefined ? undefined : { error: fault, message };
}

/** `api-usage=18/15000`, with or without what may follow. */
export function usageOf(limitInfo: string | undefined): Usage | undefined {
  const [, used, limit] = /api-usage=(\d+)\/(\d+)/.exec(limitInfo ?? '') ?? [];
  return used && limit ? { used: Number(used), limit: Number(limit) } : undefined;
}

/** Complaints in the form of REST answers (`errorCode`), OAuth answers (`error`) and results of collections (`statusCode`). */
export function complaintsOf(json: unknown): Complaint[] {
  const items = Array.isArray(json) ? json : json === undefined || json === null ? [] : [json];
  return items.flatMap(item => {
    const { errorCode, statusCode, error, message, error_description, fields, ...more } = item as Record<
      string,
      unknown
    >;
    const code = errorCode ?? statusCode ?? error;
    if (typeof code !== 'string') return [];
    const words = message ?? error_description;
    // Some API versions misspell the name.
    const duplicates = duplicatesOf(more.duplicateResult ?? more.duplicateResut);
    return [
      {
        code,
        message: typeof words === 'string' ? words : '',
        fields: Array.isArray(fields) ? fields.filter(field => typeof field === 'string') : [],
        ...(duplicates.length > 0 && { duplicates }),
      },
    ];
  });
}

const duplicateResult = z.object({
  matchResults: z.array(
    z.object({
      entityType: z.string().optional(),
      matchRecords: z.array(
        z.object({
          matchConfidence: z.number().optional(),
          record: z.looseObject({ Id: z.string(), attributes: z.object({ type: z.string() }).optional() }),
        }),
      ),
    }),
  ),
});

/** The records that a duplicate rule named, the likeliest first. */
function duplicatesOf(result: unknown): DuplicateRecord[] {
  const parsed = duplicateResult.safeParse(result);
  if (!parsed.success) return [];
  return parsed.data.matchResults
    .flatMap(({ entityType, matchRecords }) => matchRecords.map(match => ({ entityType, ...match })))
    .sort((one, other) => (other.matchConfidence ?? 0) - (one.matchConfidence ?? 0))
    .map(({ entityType, record }) => ({ type: record.attributes?.type ?? entityType ?? '', id: record.Id }));
}
