import { createHash, createHmac } from 'node:crypto';
import { clientSecret } from './oauth.ts';
import { appId, hub } from './seed.ts';

export type Delivery = { url: string; status?: number; error?: string; events: object[] };

/** The escapes that are undone in the address before it is signed. Source: HubSpot's guide on validating requests. */
const undone = /%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;
const decodedForSigning = (url: string): string =>
  url.replace(undone, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Sends events to the app's address as HubSpot does, with the old and the new signature. */
export const createWebhooks = (now: () => number) => {
  const deliveries: Delivery[] = [];
  let lastId = 100;
  return {
    deliveries: () => deliveries,
    /** Fills in what every event has. */
    event(subscriptionType: string, more: object = {}): object {
      lastId += 1;
      const common = {
        eventId: lastId,
        subscriptionId: 77,
        portalId: hub.id,
        appId,
        occurredAt: now(),
        attemptNumber: 0,
      };
      return { ...common, subscriptionType, ...more };
    },
    deliver(url: string, events: object[]): void {
      const delivery: Delivery = { url, events };
      deliveries.push(delivery);
      const body = JSON.stringify(events);
      const timestamp = String(now());
      const signed = `POST${decodedForSigning(url)}${body}${timestamp}`;
      const headers = {
        'content-type': 'application/json',
        'x-hubspot-signature-version': 'v1',
        'x-hubspot-signature': createHash('sha256')
          .update(clientSecret + body)
          .digest('hex'),
        'x-hubspot-signature-v3': createHmac('sha256', clientSecret).update(signed).digest('base64'),
        'x-hubspot-request-timestamp': timestamp,
      };
      fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000) }).then(
        answer => {
          delivery.status = answer.status;
        },
        (error: unknown) => {
          delivery.error = String(error);
        },
      );
    },
  };
};
