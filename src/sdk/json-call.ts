import { type HttpAnswer, type HttpCall, send } from './http.ts';

/** `write` says whether the call could have changed something; `cause` is there where no status came back, `json` what could be read. */
export type CallFacts = { write: boolean; answer?: HttpAnswer; json?: unknown; cause?: unknown };

/** A call that brought no usable answer: none at all, no success, or no JSON. */
export class CallFailure extends Error {
  readonly facts: CallFacts;
  constructor(facts: CallFacts) {
    super('the call brought no usable answer', { cause: facts.cause });
    this.name = 'CallFailure';
    this.facts = facts;
  }
}

const isWrite = (method: string): boolean => method !== 'GET';

/** One request as `send` makes it, with JSON as its body; every method but GET may write. @throws CallFailure where no status came back */
export function sendJson({ body, headers, ...call }: Omit<HttpCall, 'body'> & { body?: object }): Promise<HttpAnswer> {
  const type = body && { 'content-type': 'application/json' };
  return send({
    ...call,
    headers: { accept: 'application/json', ...type, ...headers },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(cause => {
    throw new CallFailure({ write: isWrite(call.method), cause });
  });
}

/** The JSON of an answer that is whole; undefined for anything else. */
export function jsonOf({ body, complete }: HttpAnswer): unknown {
  try {
    return complete ? JSON.parse(body) : undefined;
  } catch {
    return undefined;
  }
}

/** The JSON object of a success, an empty one for 204. @throws CallFailure where it is none */
export function successOf(answer: HttpAnswer, method: string): Record<string, unknown> {
  if (answer.status === 204) return {};
  const json = jsonOf(answer);
  const usable = typeof json === 'object' && json !== null && !Array.isArray(json);
  if (!usable || answer.status < 200 || answer.status > 299)
    throw new CallFailure({ write: isWrite(method), answer, json });
  return json as Record<string, unknown>;
}
