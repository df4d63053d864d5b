import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findSandboxes } from './find.ts';

const withFolder = async (files: Record<string, string>, check: (folder: string) => Promise<void>) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'connectors-'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  await check(folder).finally(() => rm(folder, { recursive: true }));
};

test('every connector folder with a sandbox is found, and a folder without one is passed over', async () => {
  const vendor = `export default { vendor: 'acme', title: 'Acme', settings: () => ({}), create: () => ({}) };`;
  await withFolder({ 'acme/sandbox/index.ts': vendor, 'plain/index.ts': '', 'README.md': '' }, async folder => {
    expect((await findSandboxes(folder)).map(({ vendor }) => vendor)).toEqual(['acme']);
  });
});

test('a sandbox that is none is named', async () => {
  await withFolder({ 'acme/sandbox/index.ts': 'export default 7;' }, async folder => {
    await expect(findSandboxes(folder)).rejects.toThrow('acme/sandbox/index.ts has no sandbox as its default export');
  });
});

test('without connectors there is nothing to find', async () => {
  expect(await findSandboxes('/nowhere/connectors')).toEqual([]);
});
