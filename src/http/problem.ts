import type { FieldError } from '../field-errors.ts';

/** The body of an RFC 9457 answer (`application/problem+json`), with our `errors` for single fields. */
export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: FieldError[];
  [member: string]: unknown;
};

/** Every kind of problem: its status and its title. The `type` of an answer is `urn:baton:problem:` and the name here. */
export const problemKinds = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'nothing-accepted': { status: 400, title: 'Nothing in the request could be accepted' },
  unauthorized: { status: 401, title: 'A valid key is needed' },
  forbidden: { status: 403, title: 'This key may not do that' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'That does not fit the present state' },
  stale: { status: 412, title: 'Somebody else has changed it' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'That content type is not taken' },
  'invalid-document': { status: 422, title: 'The document has mistakes' },
  'precondition-required': { status: 428, title: 'If-Match is needed' },
  'too-many-requests': { status: 429, title: 'Too much at once' },
  'internal-error': { status: 500, title: 'Something went wrong inside the hub' },
  unavailable: { status: 503, title: 'Not available right now' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemKind = keyof typeof problemKinds;

type Extras = { errors?: FieldError[]; headers?: Record<string, string>; members?: Record<string, unknown> };

/**
 * An answer that is not a success, thrown from anywhere below a route. `detail` is a sentence for the caller: what is wrong
 * and what to do. `headers` go onto the answer, `members` into its body. Nothing in here may be secret.
 */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly extras: Extras;
  constructor(kind: ProblemKind, detail: string, extras: Extras = {}) {
    super(detail);
    this.name = 'Problem';
    this.kind = kind;
    this.extras = extras;
  }
  get status(): number {
    return problemKinds[this.kind].status;
  }
  body(): ProblemBody {
    const { status, title } = problemKinds[this.kind];
    const { errors, members } = this.extras;
    return {
      type: `urn:baton:problem:${this.kind}`,
      title,
      status,
      detail: this.message,
      ...(errors && { errors }),
      ...members,
    };
  }
}

/** @returns the Problem to throw where `what` (a noun with its article: "a workflow") does not exist in the caller's workspace */
export const notFound = (what: string, id: string): Problem =>
  new Problem('not-found', `There is no ${what} with the id ${JSON.stringify(id.slice(0, 100))}.`);
