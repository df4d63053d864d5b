/** A refusal of the Web API: HTTP 200 with `{ok: false, error}`, or 429 with Retry-After. */
export class SlackError extends Error {
  readonly error: string;
  readonly more: Record<string, unknown>;
  /** Whole seconds; set for a rate limit alone. */
  readonly retryAfter: number | undefined;
  constructor(error: string, more: Record<string, unknown> = {}, retryAfter?: number) {
    super(error);
    this.name = 'SlackError';
    this.error = error;
    this.more = more;
    this.retryAfter = retryAfter;
  }
  get body(): Record<string, unknown> {
    return { ok: false, error: this.error, ...this.more };
  }
}
