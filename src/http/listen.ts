import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How long requests under way, and clients that are slow, hold up a shutdown. */
const FINISH_MS = 5000;

/** An open port. `close` takes no new connection and resolves once the last request is answered, or cut off after five seconds. */
export type Port = { url: string; close(): Promise<void> };

/** @param port 0 takes a free one. @throws where the port is taken */
export async function listen(app: RequestListener, port: number, host: string): Promise<Port> {
  const server = createServer(app).listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const impatient = setTimeout(() => server.closeAllConnections(), FINISH_MS);
      await closed;
      clearTimeout(impatient);
    },
  };
}
