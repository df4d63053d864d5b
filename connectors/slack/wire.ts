import type { webApi } from '@slack/bolt';
import { failureOf, type HttpAnswer, retryAfterMs, send } from '../../src/sdk/http.ts';

/** What is known of one failed call. `status` is absent where no answer came; `sent` is false where the request surely never left. */
export type Failure = {
  method: string;
  write: boolean;
  sent: boolean;
  status?: number;
  /** Slack's own word, e.g. `channel_not_found`. */
  error?: string;
  needed?: string;
  messages?: string[];
  requestId?: string;
  retryAfterMs?: number;
  reason?: string;
};

/** One call of the Web API that brought no usable answer. Holds no body and no token. */
export class SlackFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.error ?? failure.reason ?? `HTTP ${failure.status}`);
    this.name = 'SlackFailure';
    this.failure = failure;
  }
}

/** Methods that change nothing which a person would see twice. */
const reads = /^(auth\.|oauth\.|users\.|conversations\.(history|info|list|members|open|replies)$|chat\.getPermalink$)/;

/**
 * The fetch that Slack's client is given: one request, bounded from the first byte to the last, and every refusal thrown with its
 * method, status and headers. The client by itself bounds the headers only and takes an HTML page for an error code.
 */
export function oneCallFetch(signal: AbortSignal, timeoutMs: number): webApi.FetchFunction {
  return async (address, init) => {
    const url = String(address);
    const method = url.slice(url.lastIndexOf('/') + 1);
    const call = { method, write: !reads.test(method) };
    if (typeof init?.body !== 'string') throw new TypeError('only form bodies are sent to Slack');
    let answer: HttpAnswer;
    try {
      answer = await send({
        method: 'POST',
        url,
        headers: init.headers,
        body: init.body,
        signal,
        timeoutMs,
        // The address is the operator's (SLACK_API_URL).
        allowPrivate: true,
        maxBytes: 16 * 1024 * 1024,
      });
    } catch (error) {
      const { sent, code } = failureOf(error);
      throw new SlackFailure({ ...call, sent, reason: code });
    }
    refuse(answer, call);
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  };
}

type Answer = { ok?: unknown; error?: unknown; needed?: unknown; response_metadata?: { messages?: unknown } };

function refuse({ status, headers, body, complete }: HttpAnswer, call: { method: string; write: boolean }): void {
  const json = complete ? parsed(body) : undefined;
  if (status === 200 && json?.ok === true) return;
  const messages = json?.response_metadata?.messages;
  throw new SlackFailure({
    ...call,
    sent: true,
    status,
    error: typeof json?.error === 'string' ? json.error : undefined,
    needed: typeof json?.needed === 'string' ? json.needed : undefined,
    messages: Array.isArray(messages) ? messages.map(String) : undefined,
    requestId: headers['x-slack-req-id'],
    retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
    reason: json ? undefined : 'the answer was not JSON',
  });
}

function parsed(body: string): Answer | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
