import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InboundRequest } from '../../../src/sdk/index.ts';

const TOLERANCE_MS = 5 * 60_000;

/**
 * Whether Slack signed this call with the app's secret, within five minutes of now in either direction: Slack's own libraries refuse
 * old calls only, and would take one that is dated ahead for as long as that.
 * Source: docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function isSigned({ headers, body }: InboundRequest, secret: string, now: number): boolean {
  const timestamp = headers['x-slack-request-timestamp'] ?? '';
  const signature = headers['x-slack-signature'] ?? '';
  if (secret === '' || !/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) return false;
  const expected = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  const genuine = timingSafeEqual(Buffer.from(signature.slice(3), 'hex'), expected);
  return genuine && Math.abs(now - Number(timestamp) * 1000) <= TOLERANCE_MS;
}
