import * as z from 'zod';
import type { Chance } from './chance.ts';
import type { CloudEvent } from './play.ts';

export type Form = 'structured' | 'batched' | 'binary';
/** One request: a single event, or a batch of them. */
export type Delivery = { form: Form; events: CloudEvent[] };
export type Sent = { requests: number; accepted: number; duplicates: number; seconds: number };

const SMALLEST_BATCH = 50;
const LARGEST_BATCH = 200;
const MOST_SINGLES = 4;

const answer = z.object({
  accepted: z.int(),
  duplicates: z.int(),
  rejected: z.array(z.object({ id: z.string().nullable(), errors: z.array(z.unknown()) })),
});

/** Divides events, in their order, into requests of all three forms: batches of 50 to 200, and a few single events between them. */
export function deliveries(events: CloudEvent[], chance: Chance): Delivery[] {
  const made: Delivery[] = [];
  for (let place = 0; place < events.length; ) {
    const size = SMALLEST_BATCH + chance.below(LARGEST_BATCH - SMALLEST_BATCH + 1);
    made.push({ form: 'batched', events: events.slice(place, place + size) });
    place += size;
    const singles = events.slice(place, place + chance.below(MOST_SINGLES + 1));
    for (const event of singles) made.push({ form: chance.happens(0.5) ? 'structured' : 'binary', events: [event] });
    place += singles.length;
  }
  return made;
}

/**
 * Sends one request after the other, each as soon as the one before it is answered. `progress` is told how many events have
 * been sent.
 * @throws Error naming the request and what was refused, where not every event was taken
 */
export async function send(
  made: Delivery[],
  to: { url: string; ingestKey: string; signal: AbortSignal; progress(events: number): void },
): Promise<Sent> {
  const sent: Sent = { requests: made.length, accepted: 0, duplicates: 0, seconds: 0 };
  const from = performance.now();
  let events = 0;
  for (const delivery of made) {
    const response = await fetch(`${to.url}/v1/events`, {
      method: 'POST',
      signal: to.signal,
      ...messageOf(delivery, to.ingestKey),
    });
    const text = await response.text();
    const refused = (what: string) =>
      new Error(`a ${delivery.form} request of ${delivery.events.length} events was answered ${what.slice(0, 500)}`);
    if (response.status !== 202) throw refused(`${response.status}: ${text}`);
    const { accepted, duplicates, rejected } = answer.parse(JSON.parse(text));
    if (rejected.length > 0) throw refused(`with ${rejected.length} of them rejected: ${JSON.stringify(rejected)}`);
    sent.accepted += accepted;
    sent.duplicates += duplicates;
    events += delivery.events.length;
    to.progress(events);
  }
  sent.seconds = (performance.now() - from) / 1000;
  return sent;
}

function messageOf({ form, events }: Delivery, key: string): { headers: Record<string, string>; body: string } {
  const authorization = `Bearer ${key}`;
  if (form === 'batched')
    return {
      headers: { authorization, 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
    };
  const event = events[0]!;
  if (form === 'structured')
    return { headers: { authorization, 'content-type': 'application/cloudevents+json' }, body: JSON.stringify(event) };
  const { data, datacontenttype, ...attributes } = event;
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]);
  return {
    headers: { authorization, 'content-type': datacontenttype, ...Object.fromEntries(headers) },
    body: JSON.stringify(data),
  };
}
