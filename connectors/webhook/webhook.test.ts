import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { type ActionContext, Secret, type StepError, type StepFacts } from '../../src/sdk/index.ts';
import type { WebhookInput } from './actions/send.ts';
import type { WebhookClient } from './client.ts';
import webhook from './index.ts';

const signingSecret = new Secret(`whsec_${Buffer.from('a workspace secret of 32 bytes!!').toString('base64')}`);
const facts: StepFacts = { visitor: { fields: {}, external: {} }, workflow: { id: 'w1', name: 'w' }, runId: 'r1' };
const action = webhook.actions[0]!;
const now = Date.parse('2026-11-23T10:00:00Z');

type Heard = { headers: IncomingHttpHeaders; body: string; method?: string };
let heard: Heard[] = [];
let answer: (response: ServerResponse) => void = response => response.end();
let url = '';
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    heard.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8'), method: request.method });
    answer(response);
  });
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=very-secret-token`;
});
beforeEach(() => {
  heard = [];
  answer = response => response.end();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const context = (over: Partial<ActionContext<WebhookClient>> = {}): ActionContext<WebhookClient> => ({
  client: webhook.open({ settings: { ALLOW_PRIVATE_ADDRESSES: '1' }, timeoutMs: 5_000 }),
  stepKey: 'step_0123456789abcdef0123456789abcdef',
  facts,
  settings: {},
  signingSecret,
  signal: new AbortController().signal,
  now: () => now,
  note: () => {},
  publish: async () => {},
  recall: async () => undefined,
  ...over,
});
const send = (input: Partial<WebhookInput> = {}, over: Partial<ActionContext<WebhookClient>> = {}) =>
  action.run(context(over), action.input.parse({ url, body: { hello: 'world' }, ...input }));
const refusalOf = (call: Promise<unknown>): Promise<StepError> =>
  call.then(
    () => {
      throw new Error('it should have failed');
    },
    error => webhook.classify(error),
  );
const closedToPrivate = { client: webhook.open({ settings: {}, timeoutMs: 5_000 }) };

describe('what the receiver gets', () => {
  it('is JSON, signed as Standard Webhooks says, under the step key', async () => {
    expect(await send({ body: { note: 'größer', list: [1, null] } })).toEqual({ status: 200 });
    const [request] = heard;
    expect(request?.method).toBe('POST');
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.headers['webhook-id']).toBe('step_0123456789abcdef0123456789abcdef');
    expect(request?.headers['webhook-timestamp']).toBe('1795428000');
    const key = Buffer.from(signingSecret.reveal().replace('whsec_', ''), 'base64');
    const signed = `step_0123456789abcdef0123456789abcdef.1795428000.${request?.body}`;
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(request?.headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(JSON.parse(request?.body ?? '')).toEqual({ note: 'größer', list: [1, null] });
  });

  it('has the same webhook-id and body on a repeat', async () => {
    await send();
    await send({}, { now: () => now + 60_000 });
    expect(heard[0]?.headers['webhook-id']).toBe(heard[1]?.headers['webhook-id']);
    expect(heard[0]?.body).toBe(heard[1]?.body);
    expect(action.replay).toBe('keyed');
  });

  it('carries the headers of the step', async () => {
    await send({ headers: { 'X-Api-Key': 'k1' } });
    expect(heard[0]?.headers['x-api-key']).toBe('k1');
  });

  test.each([null, 'text', 3, [], { nested: [{ a: true }] }])('may be any JSON: %j', async body => {
    await send({ body });
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual(body);
  });
});

describe('what cannot be asked for', () => {
  test.each([
    'webhook-id',
    'Webhook-Signature',
    'webhook-anything',
    'Host',
    'Content-Length',
    'content-type',
    'Transfer-Encoding',
  ])('the header %s', name => {
    const parsed = action.input.safeParse({ url, body: {}, headers: { [name]: 'mine' } });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain('cannot be changed');
  });

  test.each([
    ['a header with a line break', { headers: { 'x-a': 'b\r\nhost: evil' } }],
    ['a header name that is none', { headers: { 'x a': 'b' } }],
    ['no body', { body: undefined }],
    ['an unknown field', { method: 'GET' }],
  ])('%s', (_what, input) => {
    expect(action.input.safeParse({ url, body: {}, ...input }).success).toBe(false);
  });

  test.each([
    ['plain http to a public name', 'http://example.com/hook', 'https://'],
    ['something that is no address', 'example.com/hook', 'complete'],
    ['another scheme', 'file:///etc/passwd', 'https://'],
    ['a password in the address', 'https://user:pass@example.com', 'header'],
    ['a loopback address', 'https://127.0.0.1:9/', 'ALLOW_PRIVATE_ADDRESSES'],
    ['a name of a loopback address', 'https://localhost:9/', 'ALLOW_PRIVATE_ADDRESSES'],
    ['cloud metadata', 'https://169.254.169.254/latest', 'ALLOW_PRIVATE_ADDRESSES'],
  ])('%s', async (_what, address, hint) => {
    const error = await refusalOf(send({ url: address }, closedToPrivate));
    expect(error.kind).toBe('rejected');
    expect(error.details.field).toBe('url');
    expect(error.message).toContain(hint);
  });

  it('a webhook without a signing secret', async () => {
    expect(await refusalOf(send({}, { signingSecret: undefined }))).toMatchObject({ kind: 'rejected' });
    expect(heard).toHaveLength(0);
  });

  it('a body of more than 1 MiB', async () => {
    const error = await refusalOf(send({ body: 'x'.repeat(1024 * 1024) }));
    expect(error).toMatchObject({ kind: 'rejected', details: { field: 'body' } });
    expect(heard).toHaveLength(0);
  });
});

describe('what the answer means', () => {
  test.each([
    [200, undefined],
    [202, undefined],
    [204, undefined],
    [301, 'rejected'],
    [308, 'rejected'],
    [400, 'rejected'],
    [401, 'rejected'],
    [404, 'rejected'],
    [410, 'rejected'],
    [408, 'transient'],
    [425, 'transient'],
    [429, 'throttled'],
    [500, 'uncertain'],
    [503, 'uncertain'],
  ])('HTTP %i: %s', async (status, kind) => {
    answer = response => response.writeHead(status, { location: 'https://example.com/new' }).end();
    if (kind === undefined) expect(await send()).toEqual({ status });
    else expect((await refusalOf(send())).kind).toBe(kind);
    expect(heard).toHaveLength(1);
  });

  it('comes back when the receiver says so, in seconds or as a date', async () => {
    answer = response => response.writeHead(429, { 'retry-after': '7' }).end();
    expect((await refusalOf(send())).details.retryAfterMs).toBe(7_000);
    answer = response => response.writeHead(429, { 'retry-after': new Date(now + 90_000).toUTCString() }).end();
    expect((await refusalOf(send())).details.retryAfterMs).toBe(90_000);
  });

  it('is uncertain where the connection is reset or no answer comes', async () => {
    answer = response => response.destroy();
    expect((await refusalOf(send())).kind).toBe('uncertain');
    answer = () => {};
    const impatient = webhook.open({ settings: { ALLOW_PRIVATE_ADDRESSES: 'true' }, timeoutMs: 50 });
    expect((await refusalOf(send({}, { client: impatient }))).kind).toBe('uncertain');
  });

  it('is transient where the receiver cannot be reached', async () => {
    const error = await refusalOf(send({ url: 'http://127.0.0.1:1/' }));
    expect(error.kind).toBe('transient');
  });

  it('shows 500 characters of the answer, without control characters', async () => {
    answer = response => response.writeHead(400).end(`no\u0000\u001b[31m\r\n${'y'.repeat(2_000)}`);
    const { vendorMessage } = (await refusalOf(send())).details;
    expect(vendorMessage).toMatch(/^no \[31m y+$/);
    expect(vendorMessage).toHaveLength(500);
  });

  it('shows no secret, even where the receiver repeats it', async () => {
    answer = response => response.writeHead(400).end(JSON.stringify({ url, ...heard[0]?.headers }));
    const error = await refusalOf(send({ headers: { authorization: 'Bearer abcdefgh' } }));
    const shown = inspect(error, { depth: 10, showHidden: true });
    for (const secret of ['abcdefgh', 'very-secret-token', signingSecret.reveal()]) expect(shown).not.toContain(secret);
  });
});
