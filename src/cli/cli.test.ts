import path from 'node:path';
import { baton, scratch } from '../../test/support/command.ts';
import { fakeHub } from '../../test/support/fake-hub.ts';
import { createKeyStore } from '../access/keys.ts';
import { ensureDefaultWorkspace } from '../access/workspaces.ts';
import { createVault } from '../connections/vault.ts';
import { openDatabase } from '../db/database.ts';

const hub = fakeHub();
const secret = 'an-admin-token-of-32-characters!!';
const run = (...words: string[]) => baton(words, { BATON_URL: hub.url, ADMIN_TOKEN: secret });
const { directory } = scratch();

describe('connect', () => {
  it('prints a link for a rep, with what the connector asks before', async () => {
    hub.answers = {
      'POST /v1/connect-links': () => ({
        status: 201,
        body: { url: `${hub.url}/connect/abc`, expiresAt: '2026-11-30T10:00:00.000Z' },
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
    expect(out.split('\n')[0]).toBe(`${hub.url}/connect/abc`);
    expect(hub.heard[0]?.body).toEqual({
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

  it('says how many secrets it sealed anew', async () => {
    const DATA_DIR = path.join(directory, 'keys');
    const database = await openDatabase({ directory: DATA_DIR });
    await ensureDefaultWorkspace(database, { now: () => 0 });
    const vault = createVault([Buffer.alloc(32, 'a')]);
    await createKeyStore({
      database,
      clock: { now: () => 0 },
      sealer: vault,
      log: { warn: () => {} },
    }).create('default', { kind: 'signing', name: 'Webhooks' });
    await database.close();
    const answer = await baton(['keys', 'rotate'], { DATA_DIR, ENCRYPTION_KEYS: `${key('b')},${key('a')}` });
    expect(answer).toMatchObject({ code: 0, out: expect.stringMatching(/^1 stored secret is now sealed/) });
  });

  it('says what is wrong with the keys, without showing them', async () => {
    const { code, err } = await baton(['keys', 'rotate'], {
      DATA_DIR: path.join(directory, 'data'),
      ENCRYPTION_KEYS: `${key('a')},short-key`,
    });
    expect(code).toBe(1);
    expect(err).toMatch(/ENCRYPTION_KEYS: .*32 bytes/);
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
    hub.answers = { 'GET /v1/workflows': () => ({ status: 401, body: { detail: 'A valid key is needed.' } }) };
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
    hub.answers = { 'GET /v1/workflows': () => answer };
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
