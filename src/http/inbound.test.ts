import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { startHub, type TestHub } from '../../test/support/http.ts';
import type { Inbound, InboundHub } from '../sdk/inbound.ts';

const echo: Inbound = {
  methods: ['GET'],
  path: '/echo',
  summary: 'Says how it was called',
  answer: async ({ ip, url }) => ({ status: 200, body: { ip, path: new URL(url).pathname, url } }),
};
let hub: TestHub;
const start = async (trustProxy?: number) => {
  const inbound = [{ connector: 'echo', inbound: echo, hub: { settings: {} } as InboundHub }];
  hub = await startHub(() => ({ inbound, trustProxy }));
};
afterEach(() => hub.close());

/** A call as it stands on the wire: `target` is not touched. */
async function call(target: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(hub.url);
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    request({ hostname, port, path: target, headers, agent: false }, resolve).on('error', reject).end(),
  );
  return { status: response.statusCode, body: JSON.parse(await text(response)) };
}

describe('the address that a call comes from', () => {
  const forwarded = { 'x-forwarded-for': '6.6.6.6, 8.8.8.8' };

  it('is that of the connection where no proxy is named: anybody can write a header', async () => {
    await start();
    expect((await call('/echo', forwarded)).body.ip).toMatch(/127\.0\.0\.1$/);
  });

  it('is what our own proxies saw, and not what the caller says', async () => {
    await start(1);
    expect((await call('/echo', forwarded)).body.ip).toBe('8.8.8.8');
    await hub.close();
    await start(2);
    expect((await call('/echo', forwarded)).body.ip).toBe('6.6.6.6');
  });
});

describe('the address that was called', () => {
  it('is ours, also where the request line names a whole one', async () => {
    await start();
    for (const target of ['/echo?a=1', 'http://elsewhere.example/echo?a=1'])
      expect(await call(target)).toMatchObject({ status: 200, body: { url: 'http://localhost:3000/echo?a=1' } });
  });
});
