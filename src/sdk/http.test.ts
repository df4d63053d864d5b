import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failureOf, HttpFailure, isPublicAddress, publicLookup, retryAfterMs, send } from './http.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let handler: Handler = (_request, response) => response.end();
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  handler(request, response);
});
let url = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const get = (more: Partial<Parameters<typeof send>[0]> = {}) =>
  send({ method: 'GET', url, timeoutMs: 5_000, allowPrivate: true, ...more });
const failed = (call: Promise<unknown>): Promise<HttpFailure> =>
  call.then(
    () => {
      throw new Error('it should have failed');
    },
    error => error,
  );

describe('which addresses outgoing calls may reach', () => {
  test.each([
    ['8.8.8.8', true],
    ['2606:4700::1111', true],
    ['127.0.0.1', false],
    ['0.0.0.0', false],
    ['10.1.2.3', false],
    ['172.16.0.1', false],
    ['192.168.1.1', false],
    ['169.254.169.254', false],
    ['100.100.100.200', false],
    ['168.63.129.16', false],
    ['192.0.0.192', false],
    ['224.0.0.1', false],
    ['::1', false],
    ['::', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:8.8.8.8', true],
    ['::7f00:1', false],
    ['fd00:ec2::254', false],
    ['fe80::1', false],
    ['fec0::1', false],
    ['64:ff9b::7f00:1', false],
    ['2002:7f00:1::', false],
    ['not an address', false],
  ])('%s: %s', (address, allowed) => {
    expect(isPublicAddress(address)).toBe(allowed);
  });

  test.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://localhost',
    'http://169.254.169.254',
  ])('%s is refused before anything is sent', async address => {
    const port = new URL(url).port;
    const failure = await failed(get({ url: `${address}:${port}/`, allowPrivate: false }));
    expect(failure).toBeInstanceOf(HttpFailure);
    expect(failure).toMatchObject({ refused: true, sent: false });
    expect(requests).toBe(0);
  });

  it('does not lend a connection that was allowed to a call that is not', async () => {
    expect((await get()).status).toBe(200);
    expect(await failed(get({ allowPrivate: false }))).toMatchObject({ refused: true });
  });

  it('hands the socket the very addresses that were judged, and none where one of them is private', () => {
    const answers = [
      [{ address: '93.184.216.34', family: 4 }],
      [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ];
    const heard: unknown[] = [];
    const lookup = publicLookup((_host, _options, done) => done(null, answers.shift() ?? []));
    for (const all of [true, true, true])
      lookup('rebinding.example', { all }, (error, addresses) => heard.push(error ?? addresses));
    expect(heard[0]).toEqual([{ address: '93.184.216.34', family: 4 }]);
    expect(heard[1]).toMatchObject({ refused: true });
    expect(heard[2]).toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('one call', () => {
  it('sends one request and answers with status, headers and body', async () => {
    handler = (request, response) => {
      response.writeHead(201, { 'X-Made': 'yes' });
      request.pipe(response);
    };
    const answer = await get({ method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } });
    expect(answer).toMatchObject({ status: 201, body: 'hello', complete: true });
    expect(answer.headers['x-made']).toBe('yes');
    expect(requests).toBe(1);
  });

  it.each([503, 429, 307])('takes HTTP %i for an answer and neither repeats nor follows', async status => {
    handler = (_request, response) => response.writeHead(status, { location: '/elsewhere', 'retry-after': '1' }).end();
    expect((await get()).status).toBe(status);
    expect(requests).toBe(1);
  });

  it('reads no more of a body than it was told to', async () => {
    handler = (_request, response) => response.end('x'.repeat(100_000));
    const answer = await get({ maxBytes: 10 });
    expect(answer).toMatchObject({ status: 200, body: 'xxxxxxxxxx', complete: false });
  });

  it('keeps the status where the body breaks off', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('the beginning');
      setImmediate(() => response.destroy());
    };
    expect(await get()).toMatchObject({ status: 200, complete: false });
  });
});

describe('what a failure says about the request', () => {
  it('may have been applied where no answer comes in time', async () => {
    handler = () => {};
    expect(await failed(get({ timeoutMs: 50 }))).toMatchObject({ sent: true, code: 'timeout' });
  });

  it('may have been applied where the caller gives up', async () => {
    const controller = new AbortController();
    handler = () => controller.abort();
    expect(await failed(get({ signal: controller.signal }))).toMatchObject({ sent: true });
  });

  it('was surely not sent where the caller had given up before', async () => {
    expect(await failed(get({ signal: AbortSignal.abort() }))).toMatchObject({ sent: false });
    expect(requests).toBe(0);
  });

  it('may have been applied where the connection is reset', async () => {
    handler = request => request.socket.destroy();
    expect(await failed(get())).toMatchObject({ sent: true });
    expect(requests).toBe(1);
  });

  it('was surely not sent where nobody listens', async () => {
    const closed = createServer();
    closed.listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await failed(get({ url: `http://127.0.0.1:${port}` }))).toMatchObject({ sent: false, code: 'ECONNREFUSED' });
  });

  test.each([
    [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, false],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, false],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, false],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, false],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }, false],
    [{ code: 'ETIMEDOUT', syscall: 'read' }, true],
    [{ code: 'ECONNRESET' }, true],
    [{ code: 'UND_ERR_SOCKET' }, true],
    [{ code: 'UND_ERR_HEADERS_TIMEOUT' }, true],
    [{}, true],
  ])('%j: sent %s', (error, sent) => {
    expect(failureOf(Object.assign(new Error('x'), error)).sent).toBe(sent);
  });
});

test.each([
  ['3', 3_000],
  ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
  ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms from now', (header, expected) => {
  expect(retryAfterMs(header, Date.parse('2026-11-23T10:00:00Z'))).toBe(expected);
});
