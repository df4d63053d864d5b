import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response } from 'express';
import { serverSentEvents } from './server-sent-events.ts';

const bulk = 'x'.repeat(1024 * 1024);

describe('Server-sent events', () => {
  it('leave nothing behind at a client that is slower than they are', async () => {
    let most = 0;
    let over: Promise<void> | undefined;
    async function* events(response: ServerResponse) {
      for (let id = 1; id <= 20; id++) {
        yield { id: String(id), data: bulk };
        most = Math.max(most, response.listenerCount('close'), response.listenerCount('error'));
      }
    }
    const server = createServer((_, response) => {
      // The part of an Express response that is used.
      const express = Object.assign(response, {
        status: () => express,
        set: () => express,
      }) as unknown as Response;
      over = serverSentEvents(express, () => events(response));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const [answer] = (await once(
      get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }),
      'response',
    )) as [IncomingMessage];
    let length = 0;
    for await (const chunk of answer) length += (chunk as Buffer).length;
    await over;
    expect(length).toBeGreaterThan(20 * bulk.length);
    expect(most).toBeLessThan(5);
    server.close();
  });
});
