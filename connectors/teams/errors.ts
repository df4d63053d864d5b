import { failureOf, retryAfterMs } from '../../src/sdk/http.ts';
import { StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { byStatus, type Meaning, meanings } from './error-codes.ts';

const DEFAULT_WAIT_MS = 5_000;

/** What is known of one failed call. `status` is absent where no answer came; `sent` is false where the request surely never left. */
export type Failure = {
  operation: string;
  write: boolean;
  sent: boolean;
  status?: number;
  code?: string;
  message?: string;
  requestId?: string;
  retryAfterMs?: number;
  /** Why there was no usable answer. */
  reason?: string;
};

/** One call to the Bot Connector that brought no usable answer. Holds no header, no body and no token. */
export class TeamsFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.code ?? failure.reason ?? `HTTP ${failure.status}`);
    this.name = 'TeamsFailure';
    this.failure = failure;
  }

  /** What Microsoft's client threw, without the request that it carries; undefined for a mistake of our own. */
  static of(error: unknown, operation: string, write: boolean): TeamsFailure | undefined {
    if (!(error instanceof Error) || (error.name !== 'RestError' && error.name !== 'AbortError')) return undefined;
    const { statusCode, response } = error as { statusCode?: number; response?: Response };
    if (statusCode === undefined) {
      const { sent, code } = failureOf(error);
      return new TeamsFailure({ operation, write, sent, reason: code });
    }
    const header = (name: string) => response?.headers?.get(name) ?? undefined;
    return new TeamsFailure({
      operation,
      write,
      sent: true,
      status: statusCode,
      ...said(response?.bodyAsText),
      requestId: header('ms-cv') ?? header('x-ms-request-id'),
      retryAfterMs: retryAfterMs(header('retry-after'), Date.now()),
      ...(statusCode < 400 && { reason: 'the answer could not be read' }),
    });
  }
}

type Response = { headers?: { get(name: string): string | undefined }; bodyAsText?: string | null };

function said(body: string | null | undefined): { code?: string; message?: string } {
  try {
    const { error } = JSON.parse(body ?? '') as { error?: { code?: unknown; message?: unknown } };
    const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
    return { code: text(error?.code), message: text(error?.message) };
  } catch {
    return {};
  }
}

/**
 * Turns whatever Microsoft's client threw into the one StepError. What may have been posted (a write whose answer was lost, or a 5xx,
 * with which Teams may have posted all the same) is `uncertain`, the same on a read `transient`.
 */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (error instanceof TeamsFailure) return fromFailure(error.failure);
  const name = error instanceof Error ? error.name : typeof error;
  const cause = new Error(
    withoutTokens(error instanceof Error ? (error.stack ?? error.message) : (JSON.stringify(error) ?? name)),
  );
  return new StepError('defect', `The Teams connector failed by itself (${name}). Please report it.`, { cause });
}

function fromFailure(failure: Failure): StepError {
  const { operation, status, code, message, sent, reason } = failure;
  const details: StepErrorDetails = {
    vendorCode: code ? clipped(code) : reason,
    vendorMessage: message && clipped(message),
    vendorRequestId: failure.requestId,
  };
  if (!sent)
    return new StepError(
      'transient',
      `Teams could not be reached (${reason}). Nothing was sent; it is tried again.`,
      details,
    );
  if (status === 429)
    return new StepError(
      'throttled',
      `Teams takes no more calls of ${operation} for the moment. It goes on by itself.`,
      {
        ...details,
        retryAfterMs: failure.retryAfterMs ?? DEFAULT_WAIT_MS,
      },
    );
  const { kind, advice, field, park } = meaningOf(failure);
  const what = code ? clipped(code) : (reason ?? `HTTP ${status}`);
  const words = details.vendorMessage ? ` ${details.vendorMessage}` : '';
  return new StepError(kind, `Teams answered ${operation}: ${what}.${words} ${advice}`, {
    ...details,
    ...(field && { field }),
    ...(park && { park }),
  });
}

function meaningOf({ status, code, write }: Failure): Meaning {
  if (status !== undefined && status >= 300 && status < 400)
    return { kind: 'transient', advice: 'It sends calls elsewhere at the moment; it is tried again.' };
  if (status === undefined || status < 300 || status >= 500 || status === 408)
    return write
      ? {
          kind: 'uncertain',
          advice: 'No usable answer came. The message may have been posted: look there.',
          park: true,
        }
      : { kind: 'transient', advice: 'No usable answer came. It is tried again.' };
  if (status === 401) return byStatus[401]!;
  return (code && meanings[code]) || byStatus[status] || byStatus[400]!;
}

const withoutTokens = (text: string): string => text.replace(/\beyJ[\w-]+(\.[\w-]+)*|Bearer \S+/g, '‹secret›');

/** One line of Teams' words: no markup, nothing that looks like a token, 300 characters at most. */
export function clipped(words: string): string {
  const line = withoutTokens(words)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
