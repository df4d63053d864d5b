import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import type { SandboxRequest, SandboxVendor } from '../sdk/testing/sandbox.ts';
import { type Sandbox, startSandbox } from './server.ts';

/** A vendor with one thing to do: it keeps the notes that are posted to it. */
const acme: SandboxVendor = {
  vendor: 'acme',
  title: 'Acme',
  settings: base => ({ ACME_URL: base }),
  origin: () => 'https://api.acme.example',
  uncovered: (_method, url, { query, status }) => url.startsWith('/consent') || query === 'beta=1' || status === 418,
  refused: status => status === 422,
  create: () => {
    let notes: unknown[] = [];
    const controls = { open: true };
    const router = express.Router();
    router.post('/notes', (request, response) => {
      const note: unknown = JSON.parse((request as SandboxRequest).rawBody.toString('utf8'));
      if (typeof note !== 'string') {
        response.status(422).json({ error: 'a note is a text' });
        return;
      }
      notes.push(note);
      response.status(201).json({ id: notes.length });
    });
    router.post('/token', (_request, response) => {
      response.json({ access_token: 'live' });
    });
    router.get('/consent', (_request, response) => {
      response.send('may it?');
    });
    return {
      router,
      records: type => (type === 'notes' ? notes : undefined),
      page: () => `<p>${notes.length} notes</p>`,
      reset: () => {
        notes = [];
      },
      control: body => Object.assign(controls, body),
    };
  },
};

let sandbox: Sandbox;
let folder: string;
let waits: number[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sandbox-'));
  const wait = async (ms: number) => waits.push(ms);
  sandbox = await startSandbox({
    vendors: [acme],
    now: () => 0,
    wait,
    exchangesFile: path.join(folder, 'exchanges.jsonl'),
  });
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  waits = [];
  sandbox.reset();
});

const post = (url: string, body: unknown) => {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer live' };
  return fetch(`${sandbox.url}${url}`, { method: 'POST', headers, body: JSON.stringify(body) });
};
const note = (text: unknown = 'hello') => post('/acme/notes', text);
const notes = () => sandbox.records('acme', 'notes');

describe('what arrived', () => {
  test('is on the page, in the records, and gone after DELETE /__sandbox/state', async () => {
    await note();
    expect(await (await fetch(sandbox.url)).text()).toContain('<p>1 notes</p>');
    expect(await (await fetch(`${sandbox.url}/__sandbox/acme/records/notes`)).json()).toEqual(['hello']);
    const answer = await fetch(`${sandbox.url}/__sandbox/state`, { method: 'DELETE' });
    expect([answer.status, notes(), sandbox.exchanges()]).toEqual([204, [], []]);
  });

  test.each(['/__sandbox/acme/records/dreams', '/__sandbox/nobody/records/notes'])(
    '%s is 404 with a sentence',
    async url => {
      const answer = await fetch(sandbox.url + url);
      expect([answer.status, await answer.json()]).toEqual([404, { error: expect.stringMatching(/dreams|nobody/) }]);
    },
  );
});

describe('exchanges', () => {
  test('are JSON lines with the vendor’s own address, and go to the file too', async () => {
    await note();
    const lines = (await (await fetch(`${sandbox.url}/__sandbox/exchanges`)).text()).trim().split('\n');
    expect(lines.map(line => JSON.parse(line))).toEqual([
      {
        vendor: 'acme',
        at: '1970-01-01T00:00:00.000Z',
        method: 'POST',
        url: 'https://api.acme.example/notes',
        requestHeaders: expect.objectContaining({ authorization: 'Bearer live' }),
        requestBody: '"hello"',
        status: 201,
        responseHeaders: expect.objectContaining({ 'content-type': 'application/json; charset=utf-8' }),
        responseBody: '{"id":1}',
      },
    ]);
    expect((await readFile(path.join(folder, 'exchanges.jsonl'), 'utf8')).trim().split('\n')).toContain(lines[0]);
  });

  test('leave out what no contract covers: a path, a query, a status', async () => {
    await fetch(`${sandbox.url}/acme/consent`);
    await post('/acme/notes?beta=1', 'hello');
    sandbox.fault('acme', { fault: { status: 418 } });
    await note();
    expect(sandbox.exchanges()).toEqual([]);
  });

  test('never show a client secret, whether in a form, in JSON, in the query or by HTTP Basic', async () => {
    const url = `${sandbox.url}/acme/token`;
    await fetch(url, { method: 'POST', body: new URLSearchParams({ a: '1', client_secret: 'hush' }) });
    await post('/acme/token', { client_secret: 'hush' });
    await fetch(`${url}?client_secret=hush&b=2`, { method: 'POST' });
    const basic = Buffer.from('id:hush').toString('base64');
    await fetch(url, { method: 'POST', headers: { authorization: `Basic ${basic}` } });
    expect(sandbox.exchanges()).toHaveLength(4);
    const text = JSON.stringify(sandbox.exchanges());
    expect(text).not.toContain('hush');
    expect(text).not.toContain(basic);
    expect(text).toContain('a=1&client_secret=REDACTED');
    expect(text).toContain('?client_secret=REDACTED&b=2');
  });

  test('are judged by the answer alone where the vendor refused what was asked', async () => {
    await note(7);
    expect(sandbox.exchanges()).toMatchObject([{ status: 422, only: 'response' }]);
  });
});

describe('a scripted fault', () => {
  test('answers in the vendor’s place, as often as it says, with its headers and body', async () => {
    const fault = { status: 429, headers: { 'Retry-After': '7' }, body: { error: 'slow down' } };
    await post('/__sandbox/acme/faults', { match: { method: 'POST', path: '/notes' }, times: 1, fault });
    const answer = await note();
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([429, '7', fault.body]);
    expect(sandbox.exchanges()).toMatchObject([{ status: 429, only: 'request' }]);
    expect((await note()).status).toBe(201);
    expect(notes()).toEqual(['hello']);
  });

  test.each([
    ['a page', { body: '<h1>down</h1>' }, 'text/html; charset=utf-8'],
    ['JSON text', { body: '{"error":"down"}' }, 'application/json; charset=utf-8'],
    ['a text', { body: 'down' }, 'text/plain; charset=utf-8'],
    [
      'a text with a type of its own',
      { body: 'down', headers: { 'content-type': 'application/problem+json' } },
      'application/problem+json; charset=utf-8',
    ],
    ['nothing', {}, null],
  ])('with %s for a body has the type that fits', async (_name, fault, type) => {
    sandbox.fault('acme', { fault: { status: 503, ...fault } });
    const answer = await note();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([503, type]);
  });

  test('before: nothing is applied and nothing is answered', async () => {
    sandbox.fault('acme', { fault: { reset: 'before' } });
    await expect(note()).rejects.toThrow('fetch failed');
    expect(notes()).toEqual([]);
  });

  test('after-apply: the effect lands and the answer never comes', async () => {
    sandbox.fault('acme', { fault: { reset: 'after-apply' } });
    await expect(note()).rejects.toThrow('fetch failed');
    expect(notes()).toEqual(['hello']);
    expect(sandbox.exchanges()).toMatchObject([{ requestBody: '"hello"', only: 'request' }]);
    expect(sandbox.exchanges()[0]).not.toHaveProperty('status');
  });

  test('delayMs: the vendor’s own answer comes after as long as it says', async () => {
    sandbox.fault('acme', { fault: { delayMs: 8000 } });
    expect((await note()).status).toBe(201);
    expect(waits).toEqual([8000]);
  });

  test('delayMs with after-apply: the effect lands late and the answer never comes', async () => {
    sandbox.fault('acme', { fault: { delayMs: 9000, reset: 'after-apply' } });
    await expect(note()).rejects.toThrow('fetch failed');
    expect(notes()).toEqual(['hello']);
  });

  test.each([
    [
      'a page of HTML',
      { malformed: '<html>maintenance</html>' },
      'text/html; charset=utf-8',
      '<html>maintenance</html>',
    ],
    ['JSON that breaks off', { malformed: true }, 'application/json; charset=utf-8', '{"ok": tru'],
    ['a body of one’s own', { malformed: true, body: '{"a"' }, 'application/json; charset=utf-8', '{"a"'],
  ])('malformed: %s comes with status 200', async (_name, fault, type, body) => {
    sandbox.fault('acme', { fault });
    const answer = await note();
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, type, body]);
    expect(notes()).toEqual([]);
  });

  test.each([
    ['an unknown member', JSON.stringify({ fault: { status: 500, colour: 'red' } }), 'colour'],
    ['no fault', '{}', 'fault'],
    ['broken JSON', '{"fault": ', 'JSON'],
  ])('with %s is refused with 400 and the reason', async (_name, body, reason) => {
    const answer = await fetch(`${sandbox.url}/__sandbox/acme/faults`, { method: 'POST', body });
    expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringContaining(reason) }]);
  });

  test('is forgotten by a reset', async () => {
    sandbox.fault('acme', { times: 5, fault: { status: 500 } });
    sandbox.reset();
    expect((await note()).status).toBe(201);
  });
});

describe('a vendor that listens by itself', () => {
  const own = (over: Partial<ReturnType<SandboxVendor['create']>> = {}) => {
    const happened: string[] = [];
    const vendor: SandboxVendor = {
      ...acme,
      create: context => ({
        ...acme.create(context),
        start: async () => void happened.push('started'),
        close: async () => void happened.push('closed'),
        settings: () => ({ ACME_PORT: '2525', ACME_URL: 'acme://127.0.0.1:2525' }),
        control: body =>
          context
            .fault(body as Parameters<typeof context.fault>[0])
            .then(fault => happened.push(JSON.stringify(fault) ?? 'none')),
        ...over,
      }),
    };
    return { vendor, happened };
  };

  test('is started and ended with the sandbox, and adds to its settings', async () => {
    const { vendor, happened } = own();
    const running = await startSandbox({ vendors: [vendor] });
    expect(happened).toEqual(['started']);
    expect(running.settings()).toEqual({ ACME_PORT: '2525', ACME_URL: 'acme://127.0.0.1:2525' });
    await running.close();
    expect(happened).toEqual(['started', 'closed']);
  });

  test('that cannot start keeps the sandbox from starting, and leaves nothing behind', async () => {
    const refuses = own({ start: async () => Promise.reject(new Error('the port is taken')) });
    const other = own();
    await expect(startSandbox({ vendors: [other.vendor, refuses.vendor] })).rejects.toThrow('the port is taken');
    expect(other.happened).toEqual(['started', 'closed']);
  });

  test('meets the faults that are scripted for it, and with `named` only those that name a method', async () => {
    const waited: number[] = [];
    const { vendor, happened } = own();
    const running = await startSandbox({ vendors: [vendor], wait: async ms => waited.push(ms) });
    running.fault('acme', { fault: { status: 451, delayMs: 5 } });
    running.fault('acme', { match: { method: 'RCPT' }, fault: { status: 450 } });
    const call = { method: 'RCPT', path: '/ann@example.com' };
    for (const named of [true, true, false, false]) await running.control('acme', { ...call, named });
    await running.close();
    expect(happened.slice(1, -1)).toEqual(['{"status":450}', 'none', '{"status":451,"delayMs":5}', 'none']);
    expect(waited).toEqual([5]);
  });
});

test('a control reaches the vendor and answers how it now stands', async () => {
  const answer = await post('/__sandbox/acme/control', { open: false });
  expect(await answer.json()).toEqual({ open: false });
});

test('the settings point at the vendor’s own path', () => {
  expect(sandbox.settings()).toEqual({ ACME_URL: `${sandbox.url}/acme` });
});

test('a port that is taken is refused', async () => {
  await expect(startSandbox({ vendors: [], port: Number(new URL(sandbox.url).port) })).rejects.toThrow('EADDRINUSE');
});
