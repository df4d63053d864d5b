import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { baton } from '../../test/support/command.ts';

type Heard = { method: string; path: string; headers: IncomingHttpHeaders; body: unknown };
type Answer = { status?: number; body?: unknown; text?: string };

/** A hub that answers what it is told to, by method and path. */
let heard: Heard[] = [];
let answers: Record<string, (call: Heard) => Answer> = {};
const server = createServer((request, response) => {
  let text = '';
  request.on('data', chunk => {
    text += chunk;
  });
  request.on('end', () => {
    const call = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text && JSON.parse(text),
    };
    heard.push(call);
    const answer = answers[`${call.method} ${call.path.split('?')[0]}`];
    const {
      status = 200,
      body,
      text: plain,
    } = answer?.(call) ?? { status: 404, body: { detail: 'Nothing is there.' } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(plain ?? JSON.stringify(body));
  });
});
let url = '';
const directory = mkdtempSync(path.join(tmpdir(), 'baton-cli-'));
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  heard = [];
  answers = {};
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const secret = 'an-admin-token-of-32-characters!!';
const run = (...words: string[]) => baton(words, { BATON_URL: url, ADMIN_TOKEN: secret, INGEST_KEY: 'an-ingest-key' });
const file = (name: string, content: unknown): string => {
  const made = path.join(directory, name);
  writeFileSync(made, typeof content === 'string' ? content : JSON.stringify(content));
  return made;
};
const document = {
  name: 'Tell the channel',
  trigger: { type: 'conversation_with_rep', timing: 'immediately' },
  steps: [
    { id: 'tell', action: 'webhook.send', input: { url: 'https://example.com', body: { who: '{{ visitor.email }}' } } },
  ],
};
const stored = (over: Record<string, unknown> = {}) => ({
  id: 'w1',
  status: 'inactive',
  version: 3,
  builtIn: false,
  document,
  createdAt: '2026-11-23T10:00:00.000Z',
  updatedAt: '2026-11-23T10:00:00.000Z',
  ...over,
});

describe('workflows validate', () => {
  it('needs no hub, and says what is right', async () => {
    const right = file('right.json', document);
    const { code, out } = await baton(['workflows', 'validate', right]);
    expect({ code, out }).toEqual({ code: 0, out: `${right}: right` });
  });

  it('names every mistake of every file with its path', async () => {
    const wrong = file('wrong.json', {
      ...document,
      steps: [
        { id: 'a', action: 'no.such_action' },
        { id: 'b', action: 'jump', goto: 'nowhere' },
      ],
    });
    const { code, out } = await baton(['workflows', 'validate', file('right.json', document), wrong]);
    expect(code).toBe(1);
    expect(out).toContain('right.json: right');
    expect(out).toMatch(/wrong\.json: steps\[0\]\.action: .*no\.such_action/);
    expect(out).toMatch(/wrong\.json: steps\[1\]\.goto: .*nowhere/);
  });

  it('knows the visitor fields of a workspace where they are given', async () => {
    const own = file('own.json', {
      ...document,
      steps: [{ id: 'set', action: 'set_visitor_field', input: { field: 'segment', value: 'A' } }],
    });
    const fields = file('fields.json', {
      data: [{ name: 'segment', label: 'Segment', type: 'text', category: 'person' }],
      next: null,
    });
    expect((await baton(['workflows', 'validate', own])).code).toBe(1);
    expect((await baton(['workflows', 'validate', own, '--visitor-fields', fields])).code).toBe(0);
  });

  it('prints JSON where asked to', async () => {
    const { out } = await baton(['workflows', 'validate', '--json', file('right.json', document)]);
    expect(JSON.parse(out)).toMatchObject([{ mistakes: [], warnings: [] }]);
  });

  it.each([
    ['a file that is not there', () => path.join(directory, 'nowhere.json'), /cannot be read \(ENOENT\)/],
    ['a file that is no JSON', () => file('no.json', '{"name": '), /is no JSON/],
  ])('says so for %s', async (_what, make, sentence) => {
    const { code, err } = await baton(['workflows', 'validate', make()]);
    expect(code).toBe(1);
    expect(err).toMatch(sentence);
  });
});

describe('workflows push', () => {
  it('creates what the hub does not know, with the admin token', async () => {
    answers = {
      'GET /v1/workflows': () => ({ body: { data: [], next: null } }),
      'POST /v1/workflows': () => ({
        status: 201,
        body: stored({ version: 1, warnings: [{ path: 'steps[0]', message: 'look here' }] }),
      }),
    };
    const { code, out } = await run('workflows', 'push', file('a.json', document));
    expect(code).toBe(0);
    expect(out).toMatch(/a\.json: created, version 1 of w1, inactive\n.*warning: steps\[0\]: look here/);
    expect(heard[1]).toMatchObject({ method: 'POST', body: document, headers: { authorization: `Bearer ${secret}` } });
  });

  it('saves a new version of the workflow with the same name, on every page, made from the version it saw', async () => {
    answers = {
      'GET /v1/workflows': ({ path: asked }) =>
        asked.includes('after=p2')
          ? { body: { data: [stored({ id: 'w9', document: { ...document, steps: [] } })], next: null } }
          : { body: { data: [stored({ document: { ...document, name: 'Another' } })], next: 'p2' } },
      'PUT /v1/workflows/w9': () => ({ body: stored({ id: 'w9', version: 4 }) }),
    };
    const { out } = await run('workflows', 'push', file('a.json', document));
    expect(out).toContain('saved, version 4 of w9');
    expect(heard.at(-1)).toMatchObject({ method: 'PUT', headers: { 'if-match': '"3"' } });
  });

  it('leaves alone what is the same, and activates where asked to', async () => {
    answers = {
      'GET /v1/workflows': () => ({ body: { data: [stored()], next: null } }),
      'POST /v1/workflows/w1/activate': () => ({ body: stored({ status: 'active' }) }),
    };
    const { out } = await run('workflows', 'push', '--activate', file('a.json', document));
    expect(out).toContain('unchanged, version 3 of w1, active');
    expect(heard.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('shows the mistakes that the hub found, by file and path', async () => {
    answers = {
      'GET /v1/workflows': () => ({ body: { data: [], next: null } }),
      'POST /v1/workflows': () => ({
        status: 422,
        body: {
          title: 'Mistakes',
          detail: 'The workflow has a mistake.',
          errors: [{ path: 'steps[0].action', message: 'is unknown' }],
        },
      }),
    };
    const { code, err } = await run('workflows', 'push', file('a.json', document));
    expect(code).toBe(1);
    expect(err).toMatch(/a\.json: The workflow has a mistake\.\n {2}steps\[0\]\.action: is unknown/);
  });

  it('asks which one is meant where two have the name', async () => {
    answers = { 'GET /v1/workflows': () => ({ body: { data: [stored(), stored({ id: 'w2' })], next: null } }) };
    const { code, err } = await run('workflows', 'push', file('a.json', document));
    expect(code).toBe(1);
    expect(err).toContain('w1, w2');
  });
});

describe('workflows pull and list', () => {
  it('writes the admin’s own documents into files that push takes again', async () => {
    const target = path.join(directory, 'pulled');
    const twin = stored({ id: 'w2', document: { ...document, name: 'Tell the Channel!' } });
    answers = {
      'GET /v1/workflows': () => ({
        body: { data: [stored(), twin, stored({ id: 'b1', builtIn: true })], next: null },
      }),
    };
    expect((await run('workflows', 'pull', '--directory', target)).code).toBe(0);
    expect(readdirSync(target).sort()).toEqual(['tell-the-channel-w2.json', 'tell-the-channel.json']);
    expect(JSON.parse(readFileSync(path.join(target, 'tell-the-channel.json'), 'utf8'))).toEqual(document);
  });

  it('lists them in columns', async () => {
    answers = { 'GET /v1/workflows': () => ({ body: { data: [stored()], next: null } }) };
    const lines = (await run('workflows', 'list')).out.split('\n');
    expect(lines[0]).toMatch(/^ID +STATUS +VERSION +NAME$/);
    expect(lines[1]).toMatch(/^w1 +inactive +3 +Tell the channel$/);
  });
});

describe('events send', () => {
  const event = (id: string) => ({
    specversion: '1.0',
    id,
    source: 'test',
    type: 'com.qualified.session.started',
    data: { sessionId: 's1' },
  });
  const taken = ({ body }: Heard): Answer => ({
    status: 202,
    body: { accepted: (body as unknown[]).length, duplicates: 0, rejected: [] },
  });

  it.each([
    ['one event', JSON.stringify(event('e1')), 1],
    ['a list', JSON.stringify([event('e1'), event('e2')]), 2],
    ['one event a line', `${JSON.stringify(event('e1'))}\n\n${JSON.stringify(event('e2'))}\n`, 2],
  ])('takes %s, with the ingest key', async (_what, text, count) => {
    answers = { 'POST /v1/events': taken };
    const { code, out } = await run('events', 'send', file('events.json', text));
    expect({ code, out }).toEqual({ code: 0, out: `${count} accepted, 0 known already, 0 rejected` });
    expect(heard[0]?.headers).toMatchObject({
      authorization: 'Bearer an-ingest-key',
      'content-type': 'application/cloudevents-batch+json',
    });
  });

  it('reads standard input', async () => {
    answers = { 'POST /v1/events': taken };
    const { out } = await baton(
      ['events', 'send', '-', '--url', url, '--ingest-key', 'k'],
      {},
      JSON.stringify(event('e1')),
    );
    expect(out).toContain('1 accepted');
  });

  it('sends many in several requests, and numbers what was rejected through all of them', async () => {
    answers = {
      'POST /v1/events': ({ body }) => {
        const events = body as { id: string }[];
        const index = events.findIndex(({ id }) => id === 'e1500');
        const rejected = index < 0 ? [] : [{ index, id: 'e1500', errors: [{ path: 'type', message: 'is unknown' }] }];
        return { status: 202, body: { accepted: events.length - rejected.length, duplicates: 0, rejected } };
      },
    };
    const many = Array.from({ length: 2_100 }, (_, index) => event(`e${index}`));
    const { code, out } = await run('events', 'send', file('many.json', many));
    expect(heard.map(({ body }) => (body as unknown[]).length)).toEqual([1_000, 1_000, 100]);
    expect(code).toBe(1);
    expect(out).toBe('2099 accepted, 0 known already, 1 rejected\nevent 1501 (e1500): type is unknown');
  });

  it('says how far it came where the hub stops taking events', async () => {
    answers = {
      'POST /v1/events': call =>
        heard.length > 1 ? { status: 429, body: { detail: 'Come back later.' } } : taken(call),
    };
    const many = Array.from({ length: 1_200 }, (_, index) => event(`e${index}`));
    const { code, err } = await run('events', 'send', file('many.json', many));
    expect(code).toBe(1);
    expect(err).toMatch(/Come back later\.\nThe first 1000 events were taken in before/);
  });

  it('names the line that is no JSON', async () => {
    const { err } = await run('events', 'send', file('bad.json', `${JSON.stringify(event('e1'))}\nnonsense`));
    expect(err).toContain('line 2 cannot be read');
  });
});

describe('runs', () => {
  const one = {
    id: 'r1',
    workflowId: 'w1',
    workflowVersion: 3,
    status: 'failed',
    trigger: { type: 'meeting_booked', timing: 'immediately' },
    occasion: {},
    sessionId: 's1',
    visitorId: 'v1',
    startedAt: '2026-11-23T10:00:00.000Z',
    finishedAt: '2026-11-23T10:00:05.000Z',
    error: 'tell failed',
    steps: [
      {
        id: 'tell',
        action: 'webhook.send',
        visit: 1,
        status: 'failed',
        input: {},
        output: null,
        notes: ['a note'],
        attempts: [{ at: '2026-11-23T10:00:01.000Z', kind: 'rejected', reason: 'HTTP 404', vendorRequestId: 'q1' }],
      },
    ],
  };

  it('are listed by what was asked for', async () => {
    answers = { 'GET /v1/runs': () => ({ body: { data: [one], next: 'more' } }) };
    const { out } = await run('runs', 'list', '--status', 'failed', '--workflow', 'w1', '--limit', '1');
    expect(out).toMatch(/r1 +failed +2026-11-23T10:00:00\.000Z +meeting_booked immediately +w1 +tell failed/);
    expect(heard.map(({ path: asked }) => asked)).toEqual(['/v1/runs?status=failed&workflow=w1&limit=1']);
  });

  it('are shown step by step, try by try', async () => {
    answers = { 'GET /v1/runs/r1': () => ({ body: one }) };
    const { out } = await run('runs', 'show', 'r1');
    expect(out).toContain('r1: failed (tell failed)');
    expect(out).toContain('tell (webhook.send): failed\n  2026-11-23T10:00:01.000Z  rejected: HTTP 404 [q1]\n  a note');
  });

  it('run again', async () => {
    answers = { 'POST /v1/runs/r1/retry': () => ({ body: { ...one, status: 'running' } }) };
    expect((await run('runs', 'retry', 'r1')).out).toBe('r1 runs again: running');
  });

  it('show what the hub refuses', async () => {
    answers = { 'POST /v1/runs/r1/retry': () => ({ status: 409, body: { detail: 'The run has succeeded.' } }) };
    expect(await run('runs', 'retry', 'r1')).toMatchObject({ code: 1, err: 'The run has succeeded.' });
  });
});

describe('connect', () => {
  it('prints a link for a rep, with what the connector asks before', async () => {
    answers = {
      'POST /v1/connect-links': () => ({
        status: 201,
        body: { url: `${url}/connect/abc`, expiresAt: '2026-11-30T10:00:00.000Z' },
      }),
    };
    const { code, out } = await run(
      'connect',
      'crm',
      '--user',
      'ada@example.com',
      '--option',
      'environment=custom',
      '--option',
      'host=a=b',
    );
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe(`${url}/connect/abc`);
    expect(heard[0]?.body).toEqual({
      connector: 'crm',
      user: 'ada@example.com',
      options: { environment: 'custom', host: 'a=b' },
    });
  });

  it('takes options as name=value only', async () => {
    expect(await run('connect', 'crm', '--option', 'environment')).toMatchObject({
      code: 1,
      err: expect.stringContaining('name=value'),
    });
  });
});

describe('keys rotate', () => {
  const key = (letter: string) => Buffer.alloc(32, letter).toString('base64');
  it('works on the database, without a hub', async () => {
    const environment = { DATA_DIR: path.join(directory, 'data'), ENCRYPTION_KEYS: key('a') };
    expect(await baton(['keys', 'rotate'], environment)).toMatchObject({
      code: 0,
      out: expect.stringContaining('already'),
    });
  });

  it('says what is wrong with the keys, without showing them', async () => {
    const { code, err } = await baton(['keys', 'rotate'], {
      DATA_DIR: path.join(directory, 'data'),
      ENCRYPTION_KEYS: `${key('a')},short-key`,
    });
    expect(code).toBe(1);
    expect(err).toContain('key number 2');
    expect(err).not.toContain('short-key');
  });
});

describe('connectors check', () => {
  it('says that they are right, and how to prove it', async () => {
    const { code, out } = await baton(['connectors', 'check', 'example']);
    expect(code).toBe(0);
    expect(out).toBe('example: right\nProve example with: npm test -- test/contract -t "^example "');
  });

  it('names what there is for an unknown one', async () => {
    expect(await baton(['connectors', 'check', 'nobody'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('example'),
    });
  });
});

describe('when something is wrong around the command', () => {
  it('says that no hub runs', async () => {
    const { code, err } = await baton(['workflows', 'list', '--url', 'http://127.0.0.1:1', '--token', secret]);
    expect(code).toBe(1);
    expect(err).toMatch(/No hub answers at http:\/\/127\.0\.0\.1:1 .*npm start/);
  });

  it.each([
    [['workflows', 'list'], 'ADMIN_TOKEN'],
    [['events', 'send', '-'], 'INGEST_KEY'],
  ])('asks for the key that %j needs', async (words, name) => {
    expect(await baton(words, {}, '{}')).toMatchObject({ code: 1, err: expect.stringContaining(name) });
  });

  it('says that a key is not accepted, and never shows it', async () => {
    answers = { 'GET /v1/workflows': () => ({ status: 401, body: { detail: 'A valid key is needed.' } }) };
    const { code, err } = await run('workflows', 'list');
    expect(code).toBe(1);
    expect(err).toContain('ADMIN_TOKEN');
    expect(err).not.toContain(secret);
  });

  it.each([
    ['a page', { text: '<html></html>' }],
    ['an error page', { status: 502, text: '<html></html>' }],
    ['other JSON', { body: { hello: 'world' } }],
  ])('says that %s is no Baton', async (_what, answer) => {
    answers = { 'GET /v1/workflows': () => answer };
    expect(await run('workflows', 'list')).toMatchObject({ code: 1, err: expect.stringMatching(/Baton/) });
  });

  it.each([
    [['no-such-command']],
    [['runs', 'show']],
    [['runs', 'list', '--limit', '0']],
    [['workflows', 'list', '--no-such-option']],
    [['backtest']],
    [['erase']],
  ])('answers 2 for %j', async words => {
    const { code, err } = await baton(words);
    expect(code).toBe(2);
    expect(err).toContain('--help');
  });

  it('helps', async () => {
    const { code, out } = await baton(['--help']);
    expect(code).toBe(0);
    for (const name of ['workflows', 'events', 'runs', 'keys', 'connectors', 'connect']) expect(out).toContain(name);
  });
});
