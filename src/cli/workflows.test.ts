import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { baton, scratch } from '../../test/support/command.ts';
import { fakeHub } from '../../test/support/fake-hub.ts';

const hub = fakeHub();
const secret = 'an-admin-token-of-32-characters!!';
const run = (...words: string[]) => baton(words, { BATON_URL: hub.url, ADMIN_TOKEN: secret });
const { directory, write: file } = scratch();
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
    hub.answers = {
      'GET /v1/workflows': () => ({ body: { data: [], next: null } }),
      'POST /v1/workflows': () => ({
        status: 201,
        body: stored({ version: 1, warnings: [{ path: 'steps[0]', message: 'look here' }] }),
      }),
    };
    const { code, out } = await run('workflows', 'push', file('a.json', document));
    expect(code).toBe(0);
    expect(out).toMatch(/a\.json: created, version 1 of w1, inactive\n.*warning: steps\[0\]: look here/);
    expect(hub.heard[1]).toMatchObject({
      method: 'POST',
      body: document,
      headers: { authorization: `Bearer ${secret}` },
    });
  });

  it('saves a new version of the workflow with the same name, on every page, made from the version it saw', async () => {
    hub.answers = {
      'GET /v1/workflows': ({ path: asked }) =>
        asked.includes('after=p2')
          ? { body: { data: [stored({ id: 'w9', document: { ...document, steps: [] } })], next: null } }
          : { body: { data: [stored({ document: { ...document, name: 'Another' } })], next: 'p2' } },
      'PUT /v1/workflows/w9': () => ({ body: stored({ id: 'w9', version: 4 }) }),
    };
    const { out } = await run('workflows', 'push', file('a.json', document));
    expect(out).toContain('saved, version 4 of w9');
    expect(hub.heard.at(-1)).toMatchObject({ method: 'PUT', headers: { 'if-match': '"3"' } });
  });

  it('leaves alone what is the same, and activates where asked to', async () => {
    hub.answers = {
      'GET /v1/workflows': () => ({ body: { data: [stored()], next: null } }),
      'POST /v1/workflows/w1/activate': () => ({ body: stored({ status: 'active' }) }),
    };
    const { out } = await run('workflows', 'push', '--activate', file('a.json', document));
    expect(out).toContain('unchanged, version 3 of w1, active');
    expect(hub.heard.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('shows the mistakes that the hub found, by file and path', async () => {
    hub.answers = {
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
    hub.answers = { 'GET /v1/workflows': () => ({ body: { data: [stored(), stored({ id: 'w2' })], next: null } }) };
    const { code, err } = await run('workflows', 'push', file('a.json', document));
    expect(code).toBe(1);
    expect(err).toContain('w1, w2');
  });
});

describe('workflows pull and list', () => {
  it('writes the admin’s own documents into files that push takes again', async () => {
    const target = path.join(directory, 'pulled');
    const twin = stored({ id: 'w2', document: { ...document, name: 'Tell the Channel!' } });
    hub.answers = {
      'GET /v1/workflows': () => ({
        body: { data: [stored(), twin, stored({ id: 'b1', builtIn: true })], next: null },
      }),
    };
    expect((await run('workflows', 'pull', '--directory', target)).code).toBe(0);
    expect(readdirSync(target).sort()).toEqual(['tell-the-channel-w2.json', 'tell-the-channel.json']);
    expect(JSON.parse(readFileSync(path.join(target, 'tell-the-channel.json'), 'utf8'))).toEqual(document);
  });

  it('lists them in columns', async () => {
    hub.answers = { 'GET /v1/workflows': () => ({ body: { data: [stored()], next: null } }) };
    const lines = (await run('workflows', 'list')).out.split('\n');
    expect(lines[0]).toMatch(/^ID +STATUS +VERSION +NAME$/);
    expect(lines[1]).toMatch(/^w1 +inactive +3 +Tell the channel$/);
  });
});
