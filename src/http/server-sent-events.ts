import { once } from 'node:events';
import type { Response } from 'express';

export type ServerSentEvent = { id: string; event?: string; data: unknown };

const HEARTBEAT_MS = 20_000;

/**
 * Answers with server-sent events until the client goes away or `events` ends.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @param events gets a signal that aborts when the client is gone
 */
export async function serverSentEvents(
  response: Response,
  events: (signal: AbortSignal) => AsyncIterable<ServerSentEvent>,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    // Some proxies hold an answer back until it is whole.
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  response.write('retry: 2000\n\n');
  // A comment now and then keeps proxies from closing a line on which nothing is said.
  const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
  try {
    for await (const event of events(gone.signal)) {
      if (!response.write(eventText(event))) await drained(response, gone.signal);
    }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

/** Resolves when the client has taken what was written, or is `gone`. */
export async function drained(response: Response, gone: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal: gone }).catch((error: Error) => {
    if (!gone.aborted) throw error;
  });
}

/** One event as it goes over the line. JSON holds no line break. */
export const eventText = ({ id, event, data }: ServerSentEvent): string =>
  `id: ${id}\n${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
