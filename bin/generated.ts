// Writes the tables of the docs that follow from the code; with --check it only compares, and fails where one has drifted.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConnectors } from '../src/connectors.ts';
import { generatedDocuments } from '../src/docs/generated.ts';
import { fillSections } from '../src/docs/markdown.ts';
import { sections } from '../src/docs/sections.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

for (const [file, text] of generatedDocuments(await loadConnectors())) await put(file, () => text);
for (const name of await readdir(path.join(root, 'docs')))
  if (name.endsWith('.md')) await put(`docs/${name}`, before => fillSections(before, sections()));

async function put(file: string, make: (before: string) => string): Promise<void> {
  const target = path.join(root, file);
  const before = await readFile(target, 'utf8').catch(() => '');
  const text = make(before);
  if (before === text) return;
  if (check) {
    console.error(`${file} no longer says what the code does: run npm run generate.`);
    process.exitCode = 1;
  } else {
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
    console.log(`${file} written`);
  }
}
