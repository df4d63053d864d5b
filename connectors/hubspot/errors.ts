import { oneLine, StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { type Complaint, type Failure, HubSpotFailure } from './wire.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Meaning = { kind: StepError['kind']; advice: string; park?: boolean; retryAfterMs?: number };
const rejected = (advice: string): Meaning => ({ kind: 'rejected', advice });
const reconnect: Meaning = { kind: 'unauthorized', advice: 'Connect HubSpot again.' };
const wrongApp: Meaning = {
  kind: 'forbidden',
  advice: 'Check HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET, and that the app allows this callback.',
  park: true,
};

/** By category (of the CRM) or error (of OAuth). Source: HubSpot's error handling and OAuth guides. */
const meanings: Record<string, Meaning> = {
  EXPIRED_AUTHENTICATION: reconnect,
  INVALID_AUTHENTICATION: reconnect,
  BAD_REFRESH_TOKEN: reconnect,
  BAD_AUTH_CODE: reconnect,
  invalid_grant: reconnect,
  invalid_token: reconnect,
  BAD_CLIENT_ID: wrongApp,
  BAD_CLIENT_SECRET: wrongApp,
  BAD_REDIRECT_URI: wrongApp,
  MISMATCH_REDIRECT_URI_AUTH_CODE: wrongApp,
  invalid_client: wrongApp,
  unauthorized_client: wrongApp,
  OBJECT_NOT_FOUND: rejected(
    'It was deleted or merged in HubSpot. Push the person again, or point the step at another one.',
  ),
  CONFLICT: rejected('Another record has this value already, and it must be unique.'),
};

/**
 * Turns whatever the SDK or its transport threw into the one StepError. What may have been applied (a write whose answer was lost,
 * broken or a 5xx) is `uncertain`, the same on a read `transient`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (error instanceof HubSpotFailure) return fromFailure(error.failure);
  const name = error instanceof Error ? error.name : typeof error;
  const cause = new Error(withoutTokens(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return new StepError('defect', `The HubSpot connector failed by itself (${name}). Please report it.`, { cause });
}

/** The StepError of one failed exchange, or of one input that a batch refused. */
export function fromFailure(failure: Failure): StepError {
  const { status, body, requestId } = failure;
  if (status === undefined) return unanswered(failure);
  const complaint = body?.complaints[0];
  const details: StepErrorDetails = {
    vendorCode: complaint?.code ?? body?.category ?? String(status),
    vendorMessage: clipped(wordsOf(failure)) || undefined,
    vendorRequestId: requestId,
    field: complaint?.context.propertyName?.[0],
    ...(body?.complaints.some(isDrift) && { schemaDrift: true }),
  };
  const meaning = meaningOf(failure);
  const { kind, park } = meaning;
  const field = details.field ? ` about the property ${details.field}` : '';
  const words = details.vendorMessage?.replace(/[.\s]+$/, '');
  const said = words ? `${words} (${body?.category ?? status})` : `HTTP ${status}`;
  const wait = meaning.retryAfterMs ?? failure.retryAfterMs;
  return new StepError(kind, `HubSpot answered${field}: ${said}. ${meaning.advice}`, {
    ...details,
    ...(wait !== undefined && { retryAfterMs: wait }),
    ...(park && { park }),
  });
}

/** The words about single properties say more than the sentence around them, which repeats them as JSON. */
function wordsOf({ body }: Failure): string {
  const single = [...new Set(body?.complaints.map(({ message }) => message))];
  return single.length > 0 ? single.join(' · ') : (body?.message ?? '');
}

const isDrift = ({ code }: Complaint): boolean => code === 'PROPERTY_DOESNT_EXIST' || code === 'INVALID_OPTION';

function meaningOf(failure: Failure): Meaning {
  const { status = 0, body } = failure;
  if (status === 429) return limited(failure);
  const known = body?.category === undefined ? undefined : meanings[body.category];
  if (known && status < 500) return known;
  if (status === 403) return notAllowed(body?.complaints ?? []);
  if (status === 400 && body?.complaints.some(isDrift))
    return rejected('Check the property in HubSpot (Settings → Properties) and the mapping: it may have been changed.');
  return byStatus(failure);
}

function unanswered({ sent, write, reason }: Failure): StepError {
  const uncertain = sent && write;
  return new StepError(
    uncertain ? 'uncertain' : 'transient',
    sent
      ? `HubSpot gave no answer (${reason}). ${uncertain ? 'It may have been written.' : 'Nothing was written.'}`
      : `HubSpot could not be reached (${reason}). Nothing was written; it is tried again.`,
    { vendorCode: reason },
  );
}

/** HubSpot names the limit, and mostly no time to wait: what frees it follows from its name. */
function limited({ body, retryAfterMs }: Failure): Meaning {
  const { policy = '', message = '' } = body ?? {};
  const throttled = (ms: number, advice: string): Meaning => ({
    kind: 'throttled',
    advice,
    retryAfterMs: retryAfterMs ?? ms,
  });
  if (policy === 'DAILY' || /\bdaily limit/i.test(message))
    return throttled(15 * MINUTE, 'The account has used up its calls of the day. It goes on as they become free.');
  if (policy === 'SECONDLY' || message === 'You have reached your secondly limit.')
    return throttled(SECOND, 'It goes on in a moment.');
  return throttled(10 * SECOND, 'It goes on shortly.');
}

function notAllowed(complaints: Complaint[]): Meaning {
  const scopes = complaints.flatMap(({ context }) => [
    ...(context.requiredGranularScopes ?? []),
    ...(context.requiredScopes ?? []),
  ]);
  const missing = [...new Set(scopes)];
  return {
    kind: 'forbidden',
    advice:
      missing.length > 0
        ? `Needed: ${missing.join(', ')}. Give the app this scope, then connect HubSpot again and allow it.`
        : 'Check what the user who connected HubSpot may do, and the scopes of the app.',
  };
}

/** Cloudflare could not reach HubSpot behind it: nothing was taken in. */
const neverArrived = new Set([521, 523, 525, 526]);

function byStatus(failure: Failure): Meaning {
  const { status = 0, write, reason } = failure;
  const again: Meaning = { kind: 'transient', advice: 'Nothing was written; it is tried again.' };
  const lost: Meaning = write ? { kind: 'uncertain', advice: 'It may have been written.' } : again;
  if (status === 401) return reconnect;
  if (status === 404) return rejected('It is not there (any more) in HubSpot.');
  if (status === 409) return rejected('It stands against what HubSpot has already.');
  if (status === 414) return rejected('The request was too long for HubSpot.');
  if (status === 423)
    return {
      kind: 'transient',
      advice: 'The record is locked while HubSpot works on it; it is tried again.',
      retryAfterMs: 2 * SECOND,
    };
  if (status === 477)
    return {
      kind: 'throttled',
      advice: 'The account is moving to another data centre. It goes on after the move.',
      retryAfterMs: failure.retryAfterMs ?? HOUR,
    };
  if (neverArrived.has(status) || (status >= 300 && status < 400)) return again;
  if (status >= 500 || status === 408 || (status < 300 && reason)) return lost;
  return rejected('Change the step and run it again.');
}

const withoutTokens = (text: string): string =>
  text.replace(/Bearer \S+|\b(client_secret|refresh_token|access_token|code)=[^&\s"']+/g, '‹secret›');
const clipped = (words: string): string => oneLine(withoutTokens(words), 400);
