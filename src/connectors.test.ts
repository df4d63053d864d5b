import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { configurationOf, connectorsDirectory, loadConnectors } from './connectors.ts';

// Inside the checkout, so that a connector's imports resolve.
const cache = fileURLToPath(new URL('../.cache', import.meta.url));
mkdirSync(cache, { recursive: true });
const folders: string[] = [];
const directory = (): string => {
  const made = mkdtempSync(path.join(cache, 'connectors-'));
  folders.push(made);
  return made;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const write = (root: string, name: string, source: string) => {
  mkdirSync(path.join(root, name), { recursive: true });
  writeFileSync(path.join(root, name, 'index.ts'), source);
};
const mistakesOf = (root: string): Promise<string> =>
  loadConnectors(root).then(
    () => {
      throw new Error('it should have failed');
    },
    error => String(error.message),
  );

describe('loading connectors', () => {
  it('finds those of this checkout, with their actions', async () => {
    const { connectors, actions } = await loadConnectors();
    expect([...connectors.keys()]).toEqual(expect.arrayContaining(['example', 'webhook']));
    expect(actions.get('webhook.send')?.connector.id).toBe('webhook');
    expect(actions.get('example.create_note')?.action.title).toBe('Create a note');
  });

  it('goes on with the others where a folder is deleted', async () => {
    const root = directory();
    cpSync(path.join(connectorsDirectory, 'webhook'), path.join(root, 'connectors', 'webhook'), { recursive: true });
    cpSync(fileURLToPath(new URL('./sdk', import.meta.url)), path.join(root, 'src', 'sdk'), { recursive: true });
    cpSync(fileURLToPath(new URL('./model', import.meta.url)), path.join(root, 'src', 'model'), { recursive: true });
    const { connectors } = await loadConnectors(path.join(root, 'connectors'));
    expect([...connectors.keys()]).toEqual(['webhook']);
  });

  it('passes over what is no connector', async () => {
    const root = directory();
    mkdirSync(path.join(root, 'half-made'));
    writeFileSync(path.join(root, 'README.md'), '');
    expect((await loadConnectors(root)).connectors.size).toBe(0);
    expect((await loadConnectors(path.join(root, 'nowhere'))).connectors.size).toBe(0);
  });

  it('names every mistake of every connector at once', async () => {
    const root = directory();
    write(root, 'empty', 'export default {};');
    write(root, 'broken', 'export default nothing.here;');
    write(root, 'none', 'export const something = 1;');
    write(
      root,
      'wrong',
      `import * as z from 'zod';
      const open = () => ({}), classify = error => error, run = async () => ({});
      const fine = { title: 'T', description: 'D', input: z.object({ a: z.string() }), output: z.object({}), fits: {}, replay: 'safe', run };
      export default { id: 'other', title: 'Wrong', description: 'Everything', auth: { kind: 'oauth2', requires: ['WRONG_ID'] }, open, classify,
        settings: z.object({ WRONG_URL: z.string() }), limits: { points: 5, callTimeoutMs: 1 },
        actions: [
          { ...fine, id: 'wrong.create' },
          { ...fine, id: 'other.twice' }, { ...fine, id: 'other.twice' },
          { ...fine, id: 'other.odd', input: { a: 1 }, output: z.string(), replay: undefined, fits: { only: [{ type: 'full_moon' }] }, defaults: { b: 1 } },
        ] };`,
    );
    const mistakes = await mistakesOf(root);
    for (const part of [
      'connectors/empty: id must be',
      'connectors/empty: limits are missing',
      'connectors/broken: index.ts cannot be loaded: nothing is not defined',
      'connectors/none: the default export is no connector',
      "connectors/wrong: id must be the folder's name 'wrong', not 'other'",
      'connectors/wrong: auth.pkce',
      'connectors/wrong: whoAmI is missing',
      'connectors/wrong: auth.requires names WRONG_ID',
      'connectors/wrong: every setting must be optional',
      'connectors/wrong: limits.callTimeoutMs',
      'connectors/wrong: limits.points and limits.perSeconds',
      "wrong.create: the id must be 'other.'",
      "two actions have the id 'other.twice'",
      'other.odd: input must be a zod object',
      'other.odd: output must be a zod object',
      'other.odd: replay must say',
      'other.odd: fits names full_moon',
      "other.odd: defaults name 'b'",
    ])
      expect(mistakes).toContain(part);
  });
});

it.each([
  [
    'no secret field and nothing to exchange',
    '{ fields: z.object({ host: z.string() }) }',
    'exactly one field with secret',
  ],
  ['an exchange that is no function', '{ fields: z.object({}), exchange: true }', 'auth.exchange must be a function'],
  ['fields that are no object', '{ fields: z.string() }', 'auth.fields must be a zod object'],
])('typed values with %s are a mistake', async (_what, auth, mistake) => {
  const root = directory();
  write(root, 'typed', `import * as z from 'zod'; export default { id: 'typed', auth: { kind: 'key', ...${auth} } };`);
  expect(await mistakesOf(root)).toContain(mistake);
});

describe('configuring a connector', () => {
  it('says which settings are missing', async () => {
    const example = (await loadConnectors()).connectors.get('example')!;
    expect(configurationOf(example, { EXAMPLE_CLIENT_ID: 'x', EXAMPLE_CLIENT_SECRET: '' }).missing).toEqual([
      'EXAMPLE_API_URL',
      'EXAMPLE_CLIENT_SECRET',
    ]);
  });

  it('takes only the settings that the connector declares', async () => {
    const example = (await loadConnectors()).connectors.get('example')!;
    const environment = { EXAMPLE_API_URL: 'http://127.0.0.1:1', OTHER_SECRET: 'x' };
    expect(configurationOf(example, environment).settings).toEqual({ EXAMPLE_API_URL: 'http://127.0.0.1:1' });
  });

  it('refuses a wrong value by name, without showing it', async () => {
    const example = (await loadConnectors()).connectors.get('example')!;
    const wrong = () => configurationOf(example, { EXAMPLE_API_URL: 'hunter2' });
    expect(wrong).toThrow(/EXAMPLE_API_URL/);
    expect(wrong).not.toThrow(/hunter2/);
  });

  it('has nothing missing where nothing needs to be connected', async () => {
    const webhook = (await loadConnectors()).connectors.get('webhook')!;
    expect(configurationOf(webhook, {}).missing).toEqual([]);
  });
});
