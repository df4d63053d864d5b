import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

/** Whether a request claims to be signed by the Standard Webhooks scheme. */
export const isSigned = (headers: IncomingHttpHeaders): boolean => headers['webhook-signature'] !== undefined;

/**
 * @param secrets signing secrets (`whsec_…`) with whatever belongs to each
 * @param body the raw bytes, as they came
 * @returns the first one whose secret signed this body no more than five minutes ago (or ahead), else undefined
 */
export function signerOf<Owner extends { secret: string }>(
  secrets: readonly Owner[],
  headers: IncomingHttpHeaders,
  body: Buffer,
): Owner | undefined {
  const signed: Record<string, string> = {};
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    const value = headers[name];
    if (typeof value !== 'string' || value === '') return undefined;
    signed[name] = value;
  }
  if (!/^\d{1,12}$/.test(signed['webhook-timestamp']!)) return undefined;
  return secrets.find(owner => {
    try {
      new Webhook(owner.secret).verify(body, signed, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  });
}
