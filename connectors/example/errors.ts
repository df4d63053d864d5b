import { AuthorizationResponseError, ResponseBodyError } from 'oauth4webapi';
import { type HttpAnswer, HttpFailure, retryAfterMs } from '../../src/sdk/http.ts';
import { StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { type CallFacts, CallFailure } from '../../src/sdk/json-call.ts';

/**
 * What went wrong, in the engine's words. What it must get right: a call that may have been applied is `uncertain`, one that surely
 * was not is `transient`, and only what nobody foresaw is a `defect`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (!(error instanceof CallFailure))
    return new StepError('defect', 'The Example connector failed by itself. Please report it.', { cause: error });
  const { answer, cause, write } = error.facts;
  if (answer) return fromAnswer(answer, error.facts);
  const sent = !(cause instanceof HttpFailure) || cause.sent;
  const reason = cause instanceof HttpFailure ? cause.message : 'The call failed.';
  return write && sent
    ? new StepError('uncertain', `${reason} The note may have been written; it is looked up first.`)
    : new StepError('transient', `${reason} Nothing was written; it is tried again.`);
}

function fromAnswer(answer: HttpAnswer, { json, write }: CallFacts): StepError {
  const { status, headers } = answer;
  const { error, message, field } = (json ?? {}) as Record<string, unknown>;
  const details: StepErrorDetails = {
    vendorCode: typeof error === 'string' ? error : String(status),
    ...(typeof message === 'string' && { vendorMessage: message.slice(0, 300) }),
    ...(typeof field === 'string' && { field }),
    ...(headers['x-request-id'] && { vendorRequestId: headers['x-request-id'] }),
  };
  const said = `Example answered: ${details.vendorMessage ?? `HTTP ${status}`}`;
  if (status === 401) return new StepError('unauthorized', 'Example does not accept the access token.', details);
  if (status === 403) return new StepError('forbidden', `${said}. Connect again and allow what is missing.`, details);
  if (status === 429) {
    // Its own clock tells how long a date is from now.
    const pause = retryAfterMs(headers['retry-after'], Date.parse(headers.date ?? '')) ?? 10_000;
    return new StepError('throttled', `${said}. It goes on after the pause.`, { ...details, retryAfterMs: pause });
  }
  if (status >= 400 && status < 500)
    return new StepError('rejected', `${said}. Change the step and run it again.`, details);
  return write
    ? new StepError('uncertain', `${said}. The note may have been written; it is looked up first.`, details)
    : new StepError('transient', `${said}. Nothing was written; it is tried again.`, details);
}

/** Why no token came: a dead grant is `unauthorized`, wrong app credentials are `forbidden`, and an outage condemns nobody. */
export function refusedGrant(error: unknown): StepError {
  if (error instanceof AuthorizationResponseError)
    return new StepError('rejected', 'Access was not allowed at Example.', { vendorCode: error.error });
  if (!(error instanceof ResponseBodyError) || error.status >= 500 || error.status === 429)
    return new StepError('transient', 'Example gave no usable answer to the request for a token.');
  const details = { vendorCode: error.error };
  if (error.error === 'invalid_grant')
    return new StepError('unauthorized', 'Example has withdrawn the access. Connect it again.', details);
  return new StepError(
    'forbidden',
    'Example does not accept this app. Check EXAMPLE_CLIENT_ID and EXAMPLE_CLIENT_SECRET.',
    details,
  );
}
