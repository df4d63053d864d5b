import type { InboundAnswer } from '../../src/sdk/index.ts';

type Kind = keyof typeof kinds;
const kinds = {
  'invalid-request': [400, 'The request is not valid'],
  'nothing-accepted': [400, 'Nothing in the request could be accepted'],
  unauthorized: [401, 'A valid key is needed'],
  forbidden: [403, 'This key may not do that'],
  'unsupported-media-type': [415, 'That content type is not taken'],
  'too-many-requests': [429, 'Too much at once'],
  unavailable: [503, 'Not available right now'],
} as const;

/** What a refusal says: a sentence for whoever put the script in. `retryAfterSeconds` where it is worth coming back. */
export type Refusal = {
  kind: Kind;
  detail: string;
  retryAfterSeconds?: number;
  members?: Record<string, unknown>;
};

/** The headers by which a page of this origin may read the answer. */
export const readableBy = (origin: string | undefined): Record<string, string> => ({
  vary: 'Origin',
  ...(origin && { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'Retry-After' }),
});

/** A refusal as RFC 9457 problem, in the form of the hub's own. `origin` is that of an allowed page, which may read it. */
export function refuse({ kind, detail, retryAfterSeconds, members }: Refusal, origin?: string): InboundAnswer {
  const [status, title] = kinds[kind];
  return {
    status,
    headers: {
      ...readableBy(origin),
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ type: `urn:baton:problem:${kind}`, title, status, detail, ...members }),
  };
}
