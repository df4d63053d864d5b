import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { newConnector, renamed } from './new-connector.ts';
import { CommandError } from './world.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// A small copy of the checkout's shape inside the checkout, so that imports and packages resolve as in connectors/.
mkdirSync(path.join(root, '.cache'), { recursive: true });
const copy = mkdtempSync(path.join(root, '.cache', 'new-connector-'));
const directory = path.join(copy, 'connectors');
symlinkSync(path.join(root, 'src'), path.join(copy, 'src'));
const biome = JSON.parse(readFileSync(path.join(root, 'biome.json'), 'utf8'));
writeFileSync(
  path.join(copy, 'biome.json'),
  JSON.stringify({ ...biome, $schema: undefined, files: { includes: ['connectors/**'] } }),
);
writeFileSync(
  path.join(copy, 'tsconfig.json'),
  JSON.stringify({ extends: '../../tsconfig.json', include: ['connectors'] }),
);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const tool = (file: string, words: string[], cwd: string, environment: Record<string, string> = {}) =>
  new Promise<{ code: number; said: string }>(resolve => {
    execFile(
      process.execPath,
      [path.join(root, file), ...words],
      { cwd, env: { ...process.env, ...environment } },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, said: stdout + stderr }),
    );
  });
const contractSuite = () =>
  tool('bin/jest.mjs', ['test/contract/connectors.test.ts', '-t', 'my-chat'], root, {
    CONNECTORS_DIRECTORY: directory,
  });

describe('a new connector', () => {
  let files: string[] = [];
  beforeAll(async () => {
    files = await newConnector('my-chat', directory);
  });

  it('is a whole folder: code, sandbox, contract, test and README', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'README.md',
        'actions/create-note.ts',
        'auth.ts',
        'contract.ts',
        'index.ts',
        'my-chat.test.ts',
        'sandbox/index.ts',
      ]),
    );
  });

  it('speaks of itself, and leaves addresses alone', () => {
    const index = readFileSync(path.join(directory, 'my-chat', 'index.ts'), 'utf8');
    expect(index).toContain("id: 'my-chat'");
    expect(index).toContain("title: 'My Chat'");
    expect(index).toContain('MY_CHAT_API_URL');
    expect(index).toContain('MyChatClient');
    expect(index).not.toMatch(/example/i);
    expect(renamed("origin: () => 'https://api.example.com'", 'my-chat')).toBe(
      "origin: () => 'https://api.example.com'",
    );
  });

  it('passes the type check and the linter before a line is changed', async () => {
    expect(await tool('node_modules/typescript/bin/tsc', ['-p', '.'], copy)).toEqual({ code: 0, said: '' });
    expect(await tool('node_modules/@biomejs/biome/bin/biome', ['check', 'connectors'], copy)).toEqual({
      code: 0,
      said: expect.stringContaining('No fixes applied'),
    });
  });

  it('passes the contract suite before a line is changed, and not once its look-up is broken', async () => {
    const right = await contractSuite();
    expect(right.said).toMatch(/Tests: .*\b2\d passed/);
    expect(right).toMatchObject({ code: 0 });
    const file = path.join(directory, 'my-chat', 'actions', 'create-note.ts');
    const broken = readFileSync(file, 'utf8').replace('each.reference === item.stepKey', 'each.reference === item');
    writeFileSync(file, broken);
    const wrong = await contractSuite();
    expect(wrong.code).toBe(1);
    expect(wrong.said).toContain('✕ makes one effect where the connection is reset after the effect landed');
    expect(wrong.said).toContain('✓ makes one effect, and gives back what it declares');
  }, 120_000);

  it('does not touch a folder that is there', async () => {
    await expect(newConnector('my-chat', directory)).rejects.toThrow(CommandError);
  });

  it.each(['../evil', 'My Chat', 'chat_', '-chat', 'a--b', '', 'x'.repeat(41)])(
    'is not made under the name %j',
    async name => {
      await expect(newConnector(name, directory)).rejects.toThrow(/no name for a connector/);
    },
  );
});
