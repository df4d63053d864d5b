import type { IncomingHttpHeaders } from 'node:http';
import type { KeyKind, KeyOwner, KeyStore } from '../access/keys.ts';
import { Problem } from './problem.ts';

const unauthorized = (detail: string) =>
  new Problem('unauthorized', detail, { headers: { 'WWW-Authenticate': 'Bearer' } });

/** @returns the token of `Authorization: Bearer …`, or undefined where there is no such header */
function bearerToken(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/**
 * Finds out who sent a request with a bearer token.
 * @throws Problem `unauthorized` for a missing or unknown token, `forbidden` for a key of another kind
 */
export async function bearerOwner(keys: KeyStore, headers: IncomingHttpHeaders, kind: KeyKind): Promise<KeyOwner> {
  const token = bearerToken(headers);
  const noun = kind === 'admin' ? 'an admin token' : 'an ingest key';
  if (!token) throw unauthorized(`Send ${noun} as Authorization: Bearer <token>.`);
  const owner = token.length <= 1024 ? await keys.find(token) : undefined;
  if (!owner) throw unauthorized('The token is unknown or has been revoked.');
  if (owner.kind !== kind) throw new Problem('forbidden', `This takes ${noun}; the key sent is of another kind.`);
  return owner;
}

/** The answer to a signature that no signing secret of ours has made just now. */
export const badSignature = () =>
  unauthorized(
    'The signature does not fit the body and a signing secret in use, or webhook-timestamp is more than five minutes off.',
  );
