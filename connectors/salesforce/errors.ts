import { oneLine, StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { isSchemaDrift, type Meaning, meanings } from './error-codes.ts';
import { type Complaint, type Failure, SalesforceFailure } from './transport.ts';

const MINUTE = 60_000;

/**
 * Turns whatever jsforce or its transport threw into the one StepError. A code decides before a status; without a known code the
 * status does. What may have been applied (a write whose answer was lost, broken or a 5xx) is `uncertain`, the same on a read `transient`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (error instanceof SalesforceFailure) return fromFailure(error.failure);
  const code = (error as { errorCode?: unknown } | null)?.errorCode;
  if (typeof code === 'string') {
    const message = error instanceof Error ? error.message : '';
    return fromFailure({ write: true, sent: true, complaints: [{ code, message, fields: [] }] });
  }
  const name = error instanceof Error ? error.name : typeof error;
  const cause = new Error(withoutTokens(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return new StepError('defect', `The Salesforce connector failed by itself (${name}). Please report it.`, {
    cause,
  });
}

/** The StepError of one failed exchange, or of one record that a collection refused. */
export function fromFailure(failure: Failure): StepError {
  const complaint = failure.complaints?.[0];
  const details: StepErrorDetails = {
    vendorCode: complaint?.code,
    vendorMessage: clipped(failure.complaints?.map(({ message }) => message).join(' · ') ?? '') || undefined,
    vendorRequestId: failure.requestId,
    field: failure.complaints?.flatMap(({ fields }) => fields)[0],
    ...(isSchemaDrift(complaint?.code) && { schemaDrift: true }),
  };
  if (failure.status === undefined && !complaint) return unanswered(failure);
  const limit = throttled(failure, complaint, details);
  if (limit) return limit;
  const { kind, advice, park } = (complaint && meanings[complaint.code]) ?? byStatus(failure);
  const said = complaint
    ? [details.vendorMessage, `(${complaint.code})`].filter(Boolean).join(' ')
    : `HTTP ${failure.status}`;
  const field = details.field ? ` at field ${details.field}` : '';
  return new StepError(kind, `Salesforce answered${field}: ${said}. ${advice}`, { ...details, ...(park && { park }) });
}

function unanswered({ sent, write, reason }: Failure): StepError {
  const uncertain = sent && write;
  return new StepError(
    uncertain ? 'uncertain' : 'transient',
    sent
      ? `Salesforce gave no answer (${reason}). ${uncertain ? 'The record may have been written; it is looked up first.' : 'Nothing was written.'}`
      : `Salesforce could not be reached (${reason}). Nothing was written; it is tried again.`,
    { vendorCode: reason },
  );
}

/** Salesforce sends no Retry-After: the daily limit is a rolling day, so a quarter of an hour; the concurrent one frees itself soon. */
function throttled(
  failure: Failure,
  complaint: Complaint | undefined,
  details: StepErrorDetails,
): StepError | undefined {
  const limited = complaint?.code === 'REQUEST_LIMIT_EXCEEDED';
  if (!limited && failure.status !== 429 && failure.status !== 420) return undefined;
  const daily = limited && !/concurrent/i.test(complaint.message);
  const usage = failure.limitInfo ? ` (${clipped(failure.limitInfo)})` : '';
  return new StepError(
    'throttled',
    daily
      ? `The org has used up its Salesforce API calls of the last 24 hours${usage}. It goes on as calls become free; add API calls if this repeats.`
      : `Salesforce takes no more calls at once from this org${usage}. It goes on shortly.`,
    { ...details, retryAfterMs: failure.retryAfterMs ?? (daily ? 15 * MINUTE : MINUTE / 2) },
  );
}

function byStatus({ status = 0, write, reason }: Failure): Meaning {
  const lost: Meaning = write
    ? { kind: 'uncertain', advice: 'The record may have been written; it is looked up first.' }
    : { kind: 'transient', advice: 'Nothing was written; it is tried again.' };
  if (status === 401) return { kind: 'unauthorized', advice: 'Connect Salesforce again.' };
  if (status === 403) return { kind: 'forbidden', advice: 'Check the permissions of the integration user.' };
  if (status === 300)
    return {
      kind: 'rejected',
      advice: 'Several records have the same key, where it must be unique. Delete those that are too many.',
    };
  // Salesforce redirects calls while an org moves or is down for maintenance: nothing was taken in.
  if (status >= 300 && status < 400)
    return { kind: 'transient', advice: 'It sends calls elsewhere at the moment; it is tried again.' };
  if (status >= 500 || status === 408 || (status < 300 && reason)) return lost;
  return { kind: 'rejected', advice: 'Change the step and run it again.' };
}

const withoutTokens = (text: string): string =>
  text.replace(/\b00D[A-Za-z0-9]{12,15}![^\s"']+|Bearer \S+/g, '‹secret›');
const clipped = (words: string): string => oneLine(withoutTokens(words));
