import { type HttpAnswer, HttpFailure, retryAfterMs } from '../../src/sdk/http.ts';
import { StepError, type StepErrorDetails } from '../../src/sdk/index.ts';
import { scopeOf } from './scopes.ts';

type Facts = { path: string; answer?: HttpAnswer; json?: unknown; cause?: unknown };

/** One read that brought no usable answer. */
export class QualifiedFailure extends Error {
  readonly facts: Facts;
  constructor(facts: Facts) {
    super('the call to Qualified failed', { cause: facts.cause });
    this.name = 'QualifiedFailure';
    this.facts = facts;
  }
  get status(): number | undefined {
    return this.facts.answer?.status;
  }
}

/** At most ten calls of the team at once; that limit alone comes without a Retry-After, and passes when one of them ends. */
const CONCURRENCY_WAIT_MS = 2_000;

/** What went wrong, in the engine's words. Everything here reads, so nothing is ever uncertain. */
export function classify(error: unknown): StepError {
  if (error instanceof StepError) return error;
  if (!(error instanceof QualifiedFailure))
    return new StepError('defect', 'The Qualified connector failed by itself. Please report it.', { cause: error });
  const { answer, cause } = error.facts;
  if (answer) return fromAnswer(answer, error.facts);
  const reason = cause instanceof HttpFailure ? cause.message : 'The call failed.';
  return new StepError('transient', `Qualified could not be asked: ${reason} It is tried again.`, {
    vendorCode: cause instanceof HttpFailure ? cause.code : undefined,
  });
}

function fromAnswer(answer: HttpAnswer, { path, json }: Facts): StepError {
  const { status, headers } = answer;
  const details: StepErrorDetails = {
    vendorCode: codeIn(json) ?? String(status),
    vendorMessage: messageIn(json),
    vendorRequestId: headers['x-request-id'],
  };
  const said = `Qualified answered ${path}: ${details.vendorMessage ?? codeIn(json) ?? `HTTP ${status}`}.`;
  switch (status) {
    case 401:
      return new StepError(
        'unauthorized',
        'Qualified does not accept the API token. Check that the Enterprise API is enabled for the team, and connect Qualified again with a token that is valid.',
        details,
      );
    case 403:
      return new StepError(
        'forbidden',
        `The API token lacks the scope ${scopeOf(path) ?? 'that this needs'}. Make a new one in Qualified with session:view, conversation:view, meeting:view and lead:view, and connect Qualified again with it.`,
        details,
      );
    case 429:
      return new StepError('throttled', `${said} It goes on by itself.`, {
        ...details,
        retryAfterMs: retryAfterMs(headers['retry-after'], Date.parse(headers.date ?? '')) ?? CONCURRENCY_WAIT_MS,
      });
    case 404:
      return new StepError('rejected', `${said} What was asked for is not there (any more).`, details);
    case 400:
    case 422:
      return new StepError('rejected', `${said} Please report it: the request was not what Qualified takes.`, details);
  }
  if (status >= 400 && status < 500) return new StepError('rejected', said, details);
  const unusable = status < 300 ? 'The answer could not be read.' : '';
  return new StepError('transient', `${said} ${unusable} It is tried again.`.replace('  ', ' '), details);
}

type Body = Record<string, unknown>;
const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);

const codeIn = (json: unknown): string | undefined =>
  isBody(json) && typeof json.code === 'string' ? clipped(json.code) : undefined;

/** `{error}`, `{error: {message}}`, `{message}` and `{code, message}` are all in use, with `details.failed_field` at times. */
function messageIn(json: unknown): string | undefined {
  if (!isBody(json)) return undefined;
  const { error, message, details } = json;
  const words = [message, error, isBody(error) ? error.message : undefined].find(each => typeof each === 'string');
  if (typeof words !== 'string' || words.trim() === '') return undefined;
  const field = isBody(details) && typeof details.failed_field === 'string' ? ` (${details.failed_field})` : '';
  return clipped(words + field);
}

/** One line of theirs: nothing that looks like a credential, 300 characters at most. */
function clipped(words: string): string {
  const line = words
    .replace(/Bearer \S+/gi, '‹secret›')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
