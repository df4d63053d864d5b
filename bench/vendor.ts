import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A vendor that answers at once, and remembers when each event's call came (ms of `performance.now()`). */
export type Vendor = {
  url: string;
  arrivals: Map<string, number>;
  /** Calls beyond the first for an event. There must be none. */
  repeats(): number;
  /** Resolves when so many events have been called for. @throws Error where they have not within `milliseconds` */
  until(count: number, milliseconds: number): Promise<void>;
  /** Forgets what came so far. */
  clear(): void;
  close(): Promise<void>;
};

export async function startVendor(): Promise<Vendor> {
  const arrivals = new Map<string, number>();
  let repeats = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let reached = () => {};
  const server = createServer((request, response) => {
    const at = performance.now();
    const pieces: Buffer[] = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      const { id } = JSON.parse(Buffer.concat(pieces).toString()) as { id: string };
      if (arrivals.has(id)) repeats += 1;
      else arrivals.set(id, at);
      response.writeHead(204).end();
      if (arrivals.size >= wanted) reached();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrivals,
    repeats: () => repeats,
    until: (count, milliseconds) =>
      new Promise((resolve, reject) => {
        const tooLate = () =>
          reject(new Error(`Only ${arrivals.size} of ${count} events reached the vendor in ${milliseconds / 1000} s.`));
        const timer = setTimeout(tooLate, milliseconds);
        wanted = count;
        reached = () => {
          clearTimeout(timer);
          resolve();
        };
        if (arrivals.size >= wanted) reached();
      }),
    clear: () => arrivals.clear(),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
