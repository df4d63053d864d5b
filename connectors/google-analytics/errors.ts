import { StepError } from '../../src/sdk/index.ts';

const DEFAULT_WAIT_MS = 30_000;

/** What is known of a call that brought no usable answer. `counted`: what was sent is an event that Google counts. */
export type Failure = {
  counted: boolean;
  sent: boolean;
  status?: number;
  reason?: string;
  retryAfterMs?: number;
};

/** A call that brought no usable answer. Holds no address: the secret is in it. */
export class CollectFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.reason ?? `HTTP ${failure.status}`);
    this.name = 'CollectFailure';
    this.failure = failure;
  }
}

/**
 * Turns whatever was thrown into the one StepError. Google itself answers 2xx to everything that it can read at all, so any other answer
 * is that of something in between, or of a server of one's own in its place (GA_COLLECT_URL).
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (!(error instanceof CollectFailure)) {
    const name = error instanceof Error ? error.name : typeof error;
    const sentence = `The Google Analytics connector failed by itself (${name}). Please report it.`;
    return new StepError('defect', sentence, { cause: error });
  }
  const { sent, status, reason, counted, retryAfterMs } = error.failure;
  const details = { vendorCode: status === undefined ? reason : String(status) };
  if (!sent)
    return new StepError('transient', `Google Analytics could not be reached (${reason}). It is tried again.`, details);
  if (status === 429)
    return new StepError('throttled', 'Google Analytics takes no more calls for the moment (HTTP 429).', {
      ...details,
      retryAfterMs: retryAfterMs ?? DEFAULT_WAIT_MS,
    });
  const said = `Google Analytics gave no usable answer (${status === undefined ? reason : `HTTP ${status}`}).`;
  if (status === 401) return new StepError('unauthorized', `${said} Connect Google Analytics again.`, details);
  if (status === 403) return new StepError('forbidden', `${said} Check what stands at GA_COLLECT_URL.`, details);
  if (status !== undefined && status >= 300 && status < 500 && status !== 408)
    return new StepError('rejected', `${said} Check GA_COLLECT_URL and the event’s name and parameters.`, details);
  return counted
    ? new StepError('uncertain', `${said} The event may have been counted; it is sent again.`, details)
    : new StepError('transient', `${said} It is tried again.`, details);
}
