import { failureOf, type HttpAnswer, type HttpCall, retryAfterMs, send } from '../../src/sdk/http.ts';

/** One complaint inside of an answer: its code, the words, and what they are about (`propertyName`, `requiredScopes`, …). */
export type Complaint = { code?: string; message: string; context: Record<string, string[]> };

/** What HubSpot's error bodies hold. Its guide says to treat every member as optional. */
export type ErrorBody = {
  category?: string;
  message?: string;
  /** `policyName` of a rate limit, e.g. TEN_SECONDLY_ROLLING. */
  policy?: string;
  complaints: Complaint[];
  /** What the whole answer is about: `ids`, `objectWriteTraceId`. */
  context?: Record<string, string[]>;
};

/** What is known of one failed exchange. `status` is absent where no answer came; `sent` is false where the request surely never left. */
export type Failure = {
  write: boolean;
  sent: boolean;
  status?: number;
  body?: ErrorBody;
  requestId?: string;
  retryAfterMs?: number;
  reason?: string;
};

/** One exchange with HubSpot that brought no usable answer. Holds no body, no token and no address. */
export class HubSpotFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.body?.category ?? failure.reason ?? `HTTP ${failure.status}`);
    this.name = 'HubSpotFailure';
    this.failure = failure;
  }
}

const ANSWER_MAX_BYTES = 32 * 1024 * 1024;

/** These ask by POST. */
const reads = /\/(search|batch\/read|token\/introspect)$/;

/**
 * One request on the wire, bounded by `signal` and `timeoutMs` from the first byte to the last; every refusal is thrown with its status,
 * headers and correlation id.
 * @returns the answer, and its body as JSON (undefined where the status says that there is none)
 * @throws HubSpotFailure
 */
export async function ask(
  call: Pick<HttpCall, 'method' | 'url' | 'headers' | 'body' | 'signal' | 'timeoutMs'>,
  { mayBeEmpty = false }: { mayBeEmpty?: boolean } = {},
): Promise<{ answer: HttpAnswer; json: unknown }> {
  const write = call.method !== 'GET' && !reads.test(new URL(call.url).pathname);
  let answer: HttpAnswer;
  try {
    // Where the API is, is the operator's word (HUBSPOT_API_URL).
    answer = await send({ ...call, allowPrivate: true, maxBytes: ANSWER_MAX_BYTES });
  } catch (error) {
    const { sent, code } = failureOf(error);
    throw new HubSpotFailure({ write, sent, reason: code });
  }
  const { status, headers, body, complete } = answer;
  const json = complete ? parsed(body) : undefined;
  const usable = (json !== undefined && json !== null) || status === 204 || (mayBeEmpty && complete && body === '');
  if (status >= 200 && status < 300 && usable) return { answer, json };
  const told = json === undefined ? undefined : errorBody(json);
  throw new HubSpotFailure({
    write,
    sent: true,
    status,
    body: told,
    requestId: headers['x-hubspot-correlation-id'] ?? correlationId(json),
    retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
    reason: json === undefined || json === null ? 'the answer was not JSON' : undefined,
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function correlationId(json: unknown): string | undefined {
  return text((json as { correlationId?: unknown } | null | undefined)?.correlationId);
}

/** Both forms: of the CRM (`category`, `errors`) and of OAuth (`error`, `error_description`, or the older `status` alone). */
export function errorBody(json: unknown): ErrorBody {
  const body = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const message = text(body.message) ?? text(body.error_description);
  const status = text(body.status);
  const category = text(body.category) ?? text(body.error) ?? (status === 'error' ? undefined : status);
  const errors = Array.isArray(body.errors) ? body.errors : [];
  return {
    category,
    message,
    policy: text(body.policyName),
    complaints: [...errors.flatMap(complaintOf), ...propertyComplaints(message)],
    context: listsOf(body.context),
  };
}

function complaintOf(error: unknown): Complaint[] {
  const { code, message, context } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  if (typeof message !== 'string') return [];
  return [{ code: text(code), message, context: listsOf(context) }];
}

function listsOf(context: unknown): Record<string, string[]> {
  const pairs = Object.entries(typeof context === 'object' && context !== null ? context : {});
  return Object.fromEntries(pairs.map(([name, value]) => [name, (Array.isArray(value) ? value : [value]).map(String)]));
}

/**
 * The CRM tells what is wrong with single properties inside of its message:
 * `Property values were not valid: [{"isValid":false,"message":"…","error":"INVALID_OPTION","name":"lifecyclestage"}]`.
 */
function propertyComplaints(message: string | undefined): Complaint[] {
  const [, list] = /^Property values were not valid: (\[.*\])$/s.exec(message ?? '') ?? [];
  const found = list === undefined ? undefined : parsed(list);
  if (!Array.isArray(found)) return [];
  return found.flatMap(one => {
    const { message, error, name } = (one ?? {}) as Record<string, unknown>;
    if (typeof message !== 'string') return [];
    return [{ code: text(error), message, context: { ...(typeof name === 'string' && { propertyName: [name] }) } }];
  });
}
