import { webApi } from '@slack/bolt';
import { oneLine, StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { type Meaning, meanings } from './error-codes.ts';
import { type Failure, SlackFailure } from './wire.ts';

const DEFAULT_WAIT_MS = 30_000;

/**
 * Turns whatever Slack's client threw into the one StepError. Slack's word decides before the status. What may have been posted (a
 * write whose answer was lost, or with which Slack had trouble) is `uncertain`, the same on a read `transient`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  const failure = failureIn(error);
  if (failure) return fromFailure(failure);
  const name = error instanceof Error ? error.name : typeof error;
  const cause = new Error(
    withoutTokens(error instanceof Error ? (error.stack ?? error.message) : (JSON.stringify(error) ?? name)),
  );
  return new StepError('defect', `The Slack connector failed by itself (${name}). Please report it.`, { cause });
}

/** Ours, as it comes through the client, or the client's own errors (of calls that were not made through ours). */
function failureIn(error: unknown): Failure | undefined {
  if (error instanceof SlackFailure) return error.failure;
  const call = { method: 'a call', write: true, sent: true };
  if (error instanceof webApi.WebAPIRequestError)
    return failureIn(error.original) ?? { ...call, reason: error.original.name };
  if (error instanceof webApi.WebAPIRateLimitedError)
    return { ...call, status: 429, retryAfterMs: error.retryAfter * 1000 };
  if (error instanceof webApi.WebAPIHTTPError) return { ...call, status: error.statusCode, reason: 'an HTTP error' };
  if (error instanceof webApi.WebAPIPlatformError) return { ...call, status: 200, error: error.data.error };
  return undefined;
}

function fromFailure(failure: Failure): StepError {
  const { error, status, method, sent } = failure;
  const details: StepErrorDetails = {
    vendorCode: error && clipped(error),
    vendorMessage: failure.messages && clipped(failure.messages.join(' · ')),
    vendorRequestId: failure.requestId,
  };
  if (!sent)
    return new StepError(
      'transient',
      `Slack could not be reached (${failure.reason}). Nothing was sent; it is tried again.`,
      {
        vendorCode: failure.reason,
      },
    );
  if (status === 429 || error === 'ratelimited' || error === 'rate_limited' || error === 'message_limit_exceeded')
    return new StepError('throttled', `Slack takes no more calls of ${method} for the moment. It goes on by itself.`, {
      ...details,
      retryAfterMs: failure.retryAfterMs ?? DEFAULT_WAIT_MS,
    });
  const { kind, advice, field, park } = settled((error && meanings[error]) || byStatus(failure), failure.write);
  const needed = failure.needed && clipped(failure.needed);
  const said = [error ? clipped(error) : (failure.reason ?? `HTTP ${status}`), needed && `needs ${needed}`];
  const more = details.vendorMessage ? ` ${details.vendorMessage}` : '';
  return new StepError(kind, `Slack answered ${method}: ${said.filter(Boolean).join(', ')}.${more} ${advice}`, {
    ...details,
    ...(field && method.startsWith(field === 'to.user' ? 'users.' : 'chat.postMessage') && { field }),
    ...(park && { park }),
  });
}

function byStatus({ status, reason }: Failure): Meaning {
  if (status === 401) return { kind: 'unauthorized', advice: 'Connect Slack again.' };
  if (status === 403) return { kind: 'forbidden', advice: 'Ask a workspace admin for access.' };
  if (status !== undefined && status >= 300 && status < 400)
    return { kind: 'transient', advice: 'It sends calls elsewhere at the moment; it is tried again.' };
  if (status === undefined || status >= 500 || status === 408 || reason)
    return { kind: 'uncertain', advice: 'No usable answer came.' };
  return { kind: 'rejected', advice: 'Change the step and run it again.' };
}

function settled(meaning: Meaning, write: boolean): Meaning {
  if (meaning.kind !== 'uncertain') return meaning;
  return write
    ? { ...meaning, advice: `${meaning.advice} The message may have been posted; it is looked for first.` }
    : { ...meaning, kind: 'transient', advice: `${meaning.advice} It is tried again.` };
}

const withoutTokens = (text: string): string => text.replace(/\bxox[a-z][.-][\w.-]+|Bearer \S+/g, '‹secret›');
const clipped = (words: string): string => oneLine(withoutTokens(words));
