import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** Where requests go, over connections that are kept open. */
export type Target = { url: string; path: string; connections: number };

const token = 'bench-ingest-key-0123456789abcdef0123456';
/** The hub's ingest key; the floor does not look. */
export const INGEST_KEY = token;

/** A body that knows its media type. */
export type Body = { type: 'application/cloudevents+json' | 'application/cloudevents-batch+json'; text: string };

/** Sends on open connections. @throws Error where an answer is not 202 */
export function sender(target: Target): { send(body: Body): Promise<void>; close(): Promise<void> } {
  const pool = new Pool(target.url, { connections: target.connections, pipelining: 1 });
  return {
    async send({ type, text }) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': type };
      const answer = await pool.request({ method: 'POST', path: target.path, headers, body: text });
      const said = await answer.body.text();
      if (answer.statusCode !== 202) throw new Error(`${target.url} answered ${answer.statusCode}: ${said}`);
    },
    close: () => pool.close(),
  };
}

/** As fast as the answers come: every connection sends its next body when its last is answered. @returns milliseconds */
export async function flood(target: Target, bodies: Iterator<Body>): Promise<number> {
  const { send, close } = sender(target);
  const began = performance.now();
  const one = async () => {
    for (let next = bodies.next(); !next.done; next = bodies.next()) await send(next.value);
  };
  await Promise.all(Array.from({ length: target.connections }, one));
  const milliseconds = performance.now() - began;
  await close();
  return milliseconds;
}

/**
 * At a steady rate, whether or not the answers come: an answer that is late delays nobody else.
 * @param perSecond requests per second
 * @param answered is told when the body was due to be sent and when it was answered (ms of `performance.now()`)
 */
export async function steadily(
  target: Target,
  bodies: Iterable<Body>,
  perSecond: number,
  answered: (number: number, due: number, at: number) => void,
): Promise<void> {
  const { send, close } = sender(target);
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (const body of bodies) {
    const number = sent.length;
    const due = began + (number * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    sent.push(send(body).then(() => answered(number, due, performance.now())));
  }
  await Promise.all(sent);
  await close();
}

/** The smallest value that so much of the whole (`share` of 0 to 1) does not exceed. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
