import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';

const CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

export type HttpCall = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** For everything from the first look-up to the last byte. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Lets the call reach loopback, private and link-local addresses. */
  allowPrivate?: boolean;
  /** How much of the answer's body is read; 1 MiB where absent. */
  maxBytes?: number;
};

/** `headers` are lower-case. `complete` is false where the body was longer than `maxBytes`, or broke off: `body` is then its beginning. */
export type HttpAnswer = { status: number; headers: Record<string, string>; body: string; complete: boolean };

/**
 * A call without an answer. `sent` is false where the request surely never reached the other side; true means that it may have been
 * applied. `refused` is true where the address is one that outgoing calls may not reach. Holds no address, header or body.
 */
export class HttpFailure extends Error {
  readonly sent: boolean;
  readonly refused: boolean;
  /** A short machine word, e.g. ECONNREFUSED or `timeout`. */
  readonly code: string;
  constructor(message: string, { sent, code, refused = false }: { sent: boolean; code: string; refused?: boolean }) {
    super(message);
    this.name = 'HttpFailure';
    this.sent = sent;
    this.code = code;
    this.refused = refused;
  }
}

/**
 * True for addresses of the open internet. Loopback, private, link-local, cloud metadata, translated and reserved ranges are not, nor
 * is IPv6 outside of 2000::/3 (which also holds the old IPv4-compatible form).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv6') return ((parsed as ipaddr.IPv6).parts[0] ?? 0) >> 13 === 1;
  // Azure answers its machines here, at a public-looking address.
  return parsed.toString() !== '168.63.129.16';
}

const refusal = () =>
  new HttpFailure('The address is loopback, private or reserved, which outgoing calls may not reach.', {
    sent: false,
    code: 'private_address',
    refused: true,
  });

type LookupDone = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;
type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Resolves a name and hands on its addresses only if every one of them is public: the socket then connects to exactly these. */
export const publicLookup =
  (resolve: Resolve = lookup) =>
  (host: string, options: LookupOptions, done: LookupDone): void => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error || !first) done(error ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
      else if (!addresses.every(({ address }) => isPublicAddress(address))) done(refusal(), []);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };

function publicConnector(): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, lookup: publicLookup() });
  return (options, done) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    // A literal address is never looked up, so it is judged here.
    if (isIP(host) !== 0 && !isPublicAddress(host)) done(refusal(), null);
    else connect(options, done);
  };
}

// Two pools: a connection that was allowed to a private address must never serve a call that is not.
const limits = { connections: 20, pipelining: 1 };
let guarded: Agent | undefined;
let open: Agent | undefined;
const agentFor = (allowPrivate: boolean): Agent => {
  if (allowPrivate) {
    open ??= new Agent({ ...limits, allowH2: false, connect: { timeout: CONNECT_TIMEOUT_MS } });
    return open;
  }
  guarded ??= new Agent({ ...limits, connect: publicConnector() });
  return guarded;
};

/** Errors after which the request surely never left. */
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|UND_ERR_INVALID_ARG|ERR_INVALID_URL|(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED).*)$/;

/** What a network error says about the request. Aborts and timeouts count as sent: bytes may be on their way. */
export function failureOf(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const { code, name, syscall, errors } = error as Record<string, unknown>;
  const inner = Array.isArray(errors) ? errors.find(each => each instanceof Error) : undefined;
  if (inner && code === undefined) return failureOf(inner);
  if (name === 'AbortError' || name === 'TimeoutError' || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(String(code)))
    return new HttpFailure('No answer came in time.', { sent: true, code: 'timeout' });
  const word = typeof code === 'string' ? code : String(name ?? 'unknown');
  const sent = !(syscall === 'connect' || syscall === 'getaddrinfo' || neverSent.test(word));
  const what = sent ? 'The connection broke before an answer came' : 'No connection could be made';
  return new HttpFailure(`${what} (${word}).`, { sent, code: word });
}

/**
 * One HTTP request on the wire: no repeats, no redirects followed, no proxy. Any status is an answer.
 * Unless `allowPrivate`, the addresses that the name resolves to are judged at the moment of connecting, so a name cannot change in between.
 * @throws HttpFailure where no status came back
 */
export async function send(call: HttpCall): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
  if (call.signal?.aborted)
    throw new HttpFailure('The call was given up before it left.', { sent: false, code: 'aborted' });
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(call.url, {
      method: call.method,
      headers: call.headers,
      body: call.body,
      signal,
      headersTimeout: call.timeoutMs,
      bodyTimeout: call.timeoutMs,
      dispatcher: agentFor(call.allowPrivate === true),
    });
  } catch (error) {
    throw failureOf(error);
  }
  const { text, complete } = await beginning(answer.body, call.maxBytes ?? DEFAULT_MAX_BYTES);
  const headers = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value ?? '')]);
  return { status: answer.statusCode, headers: Object.fromEntries(headers), body: text, complete };
}

/** The status has been given by now, so a body that breaks off is no failure of the call. */
async function beginning(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ text: string; complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let complete = true;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk.subarray(0, maxBytes - size));
      size += chunk.length;
      if (size > maxBytes) {
        complete = false;
        break;
      }
    }
  } catch {
    complete = false;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), complete };
}

/** A Retry-After header (seconds, or an HTTP date) as milliseconds from `now` (epoch ms); undefined where absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
