import { type HttpAnswer, HttpFailure, retryAfterMs } from '../../src/sdk/http.ts';
import { StepError, type StepErrorDetails } from '../../src/sdk/index.ts';

const WORDS_MAX = 500;

/** A call without an answer; anything else is our own mistake. */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (!(error instanceof HttpFailure))
    return new StepError('defect', 'The webhook connector failed by itself. Please report it.', { cause: error });
  const details = { vendorCode: error.code };
  if (error.refused)
    return new StepError(
      'rejected',
      'The webhook was not sent: its address is a loopback, private or reserved one. Use a public address, or let the operator set ALLOW_PRIVATE_ADDRESSES=1.',
      { ...details, field: 'url' },
    );
  return error.sent
    ? new StepError(
        'uncertain',
        `${error.message} The receiver may have taken the webhook; it is sent again with the same webhook-id.`,
        details,
      )
    : new StepError('transient', `${error.message} The webhook was not delivered; it is tried again.`, details);
}

/**
 * What an answer other than 2xx means. `hidden` are values that must not be shown even where the receiver repeats them.
 * 408, 425 and 429 say that nothing was done, 5xx does not; redirects are not followed, since the signed body was meant for one address.
 */
export function refused(answer: HttpAnswer, hidden: string[], now: number): StepError {
  const { status } = answer;
  const words = wordsOf(answer.body, hidden);
  const details: StepErrorDetails = {
    vendorCode: String(status),
    ...(words && { vendorMessage: words }),
    ...(answer.headers['x-request-id'] && { vendorRequestId: answer.headers['x-request-id'].slice(0, 100) }),
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], now),
  };
  const said = `The receiver answered HTTP ${status}${words ? `: ${words}` : ''}`;
  if (status === 429) return new StepError('throttled', `${said}. It is sent again later.`, details);
  if (status === 408 || status === 425) return new StepError('transient', `${said}. It is sent again.`, details);
  if (status >= 500) return new StepError('uncertain', `${said}. It is sent again with the same webhook-id.`, details);
  if (status >= 300 && status < 400)
    return new StepError(
      'rejected',
      `The receiver answered with a redirect (HTTP ${status}), which webhooks do not follow. Enter the final address.`,
      { ...details, field: 'url' },
    );
  if (status === 410)
    return new StepError('rejected', `${said}. The address is gone for good; change the step.`, details);
  return new StepError('rejected', `${said}. Change the step or the receiver, then run it again.`, details);
}

/** The beginning of an answer on one line: no control characters, and none of the hidden values. */
function wordsOf(body: string, hidden: string[]): string {
  const clean = hidden
    .filter(value => value.length >= 4)
    .reduce((text, value) => text.replaceAll(value, '‹secret›'), body)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return [...clean].slice(0, WORDS_MAX).join('');
}
