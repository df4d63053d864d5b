import type { FailureKind } from '../model/run.ts';

export type StepErrorDetails = {
  /** The input field that the vendor complains about, by our name for it. */
  field?: string;
  /** The vendor's own code and words, shown to the admin as they are. */
  vendorCode?: string;
  vendorMessage?: string;
  /** Correlation or request id of the vendor's answer. */
  vendorRequestId?: string;
  /** When to come back, in milliseconds from now (`throttled`). */
  retryAfterMs?: number;
  /** Park and let a person decide, instead of failing (`forbidden` that an admin can mend, `uncertain` that nobody can look up). */
  park?: boolean;
  /** The vendor's objects are not as they were when last described (a field is gone): what is kept of them is read anew. */
  schemaDrift?: boolean;
  cause?: unknown;
};

/**
 * The one error of a step. `kind` decides what the engine does next (docs/errors.md); `message` is a sentence for the person
 * who must act: what went wrong and what to change. Never put a secret or a whole vendor answer into it.
 */
export class StepError extends Error {
  readonly kind: FailureKind;
  readonly details: StepErrorDetails;
  constructor(kind: FailureKind, message: string, details: StepErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'StepError';
    this.kind = kind;
    this.details = details;
  }
}

/** A vendor's words on one line, for an error: no markup, no control characters, `most` characters. Secrets must be out of them already. */
export function oneLine(words: string, most = 300): string {
  const line = words
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
