import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InboundRequest } from '../../src/sdk/index.ts';

/** Older requests are refused. Source: HubSpot's guide on validating requests. */
const MOST_AGE_MS = 300_000;
/** Clocks differ; a request from further ahead was made up. */
const MOST_AHEAD_MS = 60_000;
const MOST_SEEN = 50_000;

/** The escapes that are undone in the address before it is signed, by the same guide. HubSpot's SDK leaves them: both forms are taken. */
const undone = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;
const decoded = (url: string): string =>
  url.replace(undone, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Why a request is not HubSpot's; undefined where it is (signature v3, over method, address, raw body and timestamp). */
export function refusal(
  { method, url, headers, body }: Pick<InboundRequest, 'method' | 'url' | 'headers' | 'body'>,
  clientSecret: string,
  now: number,
): string | undefined {
  const signature = headers['x-hubspot-signature-v3'];
  const timestamp = headers['x-hubspot-request-timestamp'];
  if (!signature || !timestamp || !/^\d{13}$/.test(timestamp)) return 'The signature or its timestamp is missing.';
  const age = now - Number(timestamp);
  if (age > MOST_AGE_MS) return 'The signature is too old.';
  if (age < -MOST_AHEAD_MS) return 'The signature is from the future.';
  const given = Buffer.from(signature, 'base64');
  const matches = [decoded(url), url].some(address => {
    const hmac = createHmac('sha256', clientSecret).update(`${method}${address}`).update(body).update(timestamp);
    const wanted = hmac.digest();
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  return matches ? undefined : 'The signature does not match.';
}

/** Signatures that have been taken, for as long as they could come again. Each process remembers its own. */
export class SeenSignatures {
  readonly #seen = new Map<string, number>();
  /** Whether this one has been taken before; it counts as taken from now on. */
  again(signature: string, now: number): boolean {
    for (const [each, at] of this.#seen) {
      if (now - at <= MOST_AGE_MS + MOST_AHEAD_MS) break;
      this.#seen.delete(each);
    }
    if (this.#seen.has(signature)) return true;
    if (this.#seen.size >= MOST_SEEN) this.#seen.delete(this.#seen.keys().next().value ?? '');
    this.#seen.set(signature, now);
    return false;
  }
}
