import { HttpFailure } from '../../src/sdk/http.ts';
import { StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { CallFailure } from '../../src/sdk/json-call.ts';
import { type Meaning, meanings } from './error-codes.ts';
import { complaintOf } from './failure.ts';

const LATER_MS = 30_000;

/**
 * Turns whatever a call threw into the one StepError. A known code decides before the status, which the vendor keeps coarse; an unknown
 * one is taken by its status and shown in the vendor's words. A write whose answer was lost is `uncertain`, a read `transient`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (error instanceof CallFailure) return fromFailure(error);
  return new StepError('defect', 'The Account Engagement connector failed by itself. Please report it.', {
    cause: error,
  });
}

function fromFailure({ facts }: CallFailure): StepError {
  const { answer, cause, write } = facts;
  if (!answer) return unanswered(write, cause);
  const { code, message } = complaintOf(facts);
  const { kind, advice, park, schemaDrift, retryAfterMs } =
    (code !== undefined && meanings[code]) || byStatus(answer.status);
  const details: StepErrorDetails = {
    vendorCode: code === undefined ? `HTTP ${answer.status}` : String(code),
    ...(message && { vendorMessage: message }),
    ...(park && { park }),
    ...(schemaDrift && { schemaDrift }),
    ...(retryAfterMs && { retryAfterMs }),
  };
  const said = code === undefined ? `HTTP ${answer.status}` : [message, `(code ${code})`].filter(Boolean).join(' ');
  if (kind !== 'lost') return new StepError(kind, `Account Engagement answered: ${said}. ${advice}`, details);
  return new StepError(
    write ? 'uncertain' : 'transient',
    `Account Engagement answered: ${said}. ${advice} ${afterwards(write)}`,
    details,
  );
}

const afterwards = (write: boolean): string =>
  write ? 'It may have been written; repeating it does no harm.' : 'Nothing was written; it is tried again.';

function unanswered(write: boolean, cause: unknown): StepError {
  const failure = cause instanceof HttpFailure ? cause : undefined;
  const sent = failure?.sent !== false;
  return new StepError(
    sent && write ? 'uncertain' : 'transient',
    `Account Engagement gave no answer (${failure?.code ?? 'unknown'}). ${afterwards(sent && write)}`,
    { vendorCode: failure?.code },
  );
}

/** For codes that nobody foresaw, and for answers without one. */
function byStatus(status: number): Meaning {
  if (status === 401) return { kind: 'unauthorized', advice: 'Connect it again.' };
  if (status === 403) return { kind: 'forbidden', advice: 'Check the role of the connected user.' };
  if (status === 429) return { kind: 'throttled', advice: 'It goes on shortly.', retryAfterMs: LATER_MS };
  // A page, a broken answer, an outage.
  if (status < 300 || status === 408 || status >= 500) return { kind: 'lost', advice: 'That is no usable answer.' };
  if (status < 400) return { kind: 'transient', advice: 'It sends calls elsewhere at the moment; it is tried again.' };
  return { kind: 'rejected', advice: 'Change the step or its data and run it again.' };
}
