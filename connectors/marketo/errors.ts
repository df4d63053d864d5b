import { HttpFailure, retryAfterMs } from '../../src/sdk/http.ts';
import { oneLine, StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { isSchemaDrift, type Meaning, meanings } from './error-codes.ts';
import { untilNewQuota } from './quota.ts';

/** What Marketo says of a whole call, or of one record in it. */
export type Said = { code: string; message: string };

type Facts = {
  /** Whether the call could have changed something. */
  write: boolean;
  status?: number;
  headers?: Record<string, string>;
  requestId?: string;
  said?: Said;
  cause?: unknown;
};

/** One call that brought no usable answer. Nothing in it is secret. */
export class MarketoFailure extends Error {
  readonly facts: Facts;
  constructor(facts: Facts) {
    super('the call to Marketo failed', { cause: facts.cause });
    this.name = 'MarketoFailure';
    this.facts = facts;
  }
}

/**
 * What went wrong, in the engine's words. A code in the answer decides, even in an HTTP 200; without one the status does. What may
 * have been applied (a write whose answer was lost, or cannot be read) is `uncertain`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (!(error instanceof MarketoFailure))
    return new StepError('defect', 'The Marketo connector failed by itself. Please report it.', { cause: error });
  const { facts } = error;
  if (facts.status === undefined) return unanswered(facts);
  const throttled = limited(facts);
  if (throttled) return throttled;
  const { said, status } = facts;
  const meaning = (said && meanings[said.code]) ?? byStatus(facts, said);
  return meant(meaning, said ?? { code: String(status), message: '' }, facts.requestId);
}

/** One record that Marketo passed over, while others of the same call went through. */
export const skipped = (reason: Said, requestId?: string): StepError =>
  meant(meanings[reason.code] ?? { kind: 'rejected', advice: 'Change the step and run it again.' }, reason, requestId);

function meant({ kind, advice, park }: Meaning, { code, message }: Said, requestId?: string): StepError {
  const words = oneLine(message);
  const details = {
    ...detailsOf({ code, message }, requestId),
    ...(isSchemaDrift(code) && { schemaDrift: true }),
    ...(park && { park }),
  };
  const told = words ? `${words} (${code})` : `HTTP ${code}`;
  return new StepError(kind, `Marketo answered: ${told}. ${advice}`, details);
}

/** Names a field where the words do: “Field 'leadScore' not found”. */
const fieldIn = (message: string): string | undefined => /\bfield '([^']+)'/i.exec(message)?.[1];

function detailsOf({ code, message }: Said, requestId?: string): StepErrorDetails {
  const field = fieldIn(message);
  return {
    vendorCode: code,
    ...(message && { vendorMessage: oneLine(message) }),
    ...(requestId && { vendorRequestId: requestId }),
    ...(field && { field }),
  };
}

function unanswered({ write, cause }: Facts): StepError {
  const failure = cause instanceof HttpFailure ? cause : undefined;
  const details = { vendorCode: failure?.code ?? 'unknown' };
  if (failure?.refused)
    return new StepError('rejected', 'The base URL of the Marketo connection leads to a private address.', details);
  const reason = failure?.message ?? 'The call failed.';
  if (failure && !failure.sent)
    return new StepError('transient', `${reason} Marketo was not reached; it is tried again.`, details);
  return write
    ? new StepError('uncertain', `${reason} Marketo may have taken it in.`, details)
    : new StepError('transient', `${reason} Nothing was changed; it is tried again.`, details);
}

/** Limits are shared by everything that calls this instance: 100 calls in 20 seconds, ten at once, and a quota for the day. */
function limited({ said, status, headers = {}, requestId }: Facts): StepError | undefined {
  const heard = Date.parse(headers.date ?? '');
  const at = Number.isNaN(heard) ? Date.now() : heard;
  const pause = (sentence: string, wait: number): StepError =>
    new StepError('throttled', sentence, {
      ...detailsOf(said ?? { code: String(status), message: '' }, requestId),
      retryAfterMs: wait,
    });
  if (said?.code === '606') return pause('Marketo takes 100 calls in 20 seconds, and there were more.', 20_000);
  if (said?.code === '615') return pause('Marketo takes ten calls at once, and there were more.', 3_000);
  if (said?.code === '607')
    return pause(
      'The Marketo calls of this day are used up. It goes on at midnight in the US Central time zone; a larger quota can be had from Adobe.',
      untilNewQuota(at),
    );
  if (status === 429)
    return pause('Marketo takes no more calls just now.', retryAfterMs(headers['retry-after'], at) ?? 20_000);
  return undefined;
}

function byStatus({ write, status = 0 }: Facts, said: Said | undefined): Meaning {
  if (status === 413) return { kind: 'rejected', advice: 'It is over 1 MB. Shorten the long values.' };
  if (status === 414) return { kind: 'rejected', advice: 'What it asks for is too long.' };
  if (status === 401) return { kind: 'unauthorized', advice: 'Connect Marketo again.' };
  if (status === 403) return { kind: 'forbidden', advice: 'Check the role and the allowlist of the API-only user.' };
  const judged = said !== undefined && /^[67]\d\d$|^1\d\d\d$/.test(said.code);
  if (judged || (status >= 400 && status < 500 && status !== 408))
    return { kind: 'rejected', advice: 'Change the step and run it again.' };
  if (status >= 300 && status < 400)
    return { kind: 'transient', advice: 'It sends calls elsewhere; it is tried again.' };
  // A page instead of an answer, a 5xx (also as a code in an HTTP 200), an answer that breaks off.
  return write
    ? { kind: 'uncertain', advice: 'No usable answer came, and Marketo may have taken it in.' }
    : { kind: 'transient', advice: 'Nothing was changed; it is tried again.' };
}
