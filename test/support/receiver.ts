import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came to one address: the step key that it was sent under, and its body. */
export type Received = { id: string; body: { key: string } };

/** A server of somebody's that takes webhooks. */
export type Receiver = {
  url: string;
  received: Received[];
  /** The step keys under which each body came: one for each when nothing was sent twice. */
  keys(): Record<string, number>;
  /** From now on what comes is kept without an answer, until `release`. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
};

/** Starts a receiver on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let held: ServerResponse[] | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({
      id: String(request.headers['webhook-id']),
      body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
    });
    if (held) held.push(response);
    else response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    keys() {
      const groups = Map.groupBy(received, ({ body }) => body.key);
      return Object.fromEntries([...groups].map(([key, items]) => [key, new Set(items.map(({ id }) => id)).size]));
    },
    hold() {
      held = [];
    },
    release() {
      for (const response of held ?? []) response.end();
      held = undefined;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
