import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { connectorsDirectory } from '../connectors.ts';
import { CommandError } from './world.ts';

/** What a new connector is a copy of: it is tested like every other, so a copy of it cannot be stale. */
const MODEL = 'example';

/**
 * Writes `directory`/`name`: a connector that passes the contract suite, the type check and the linter before a line of it is changed.
 * @returns its files, relative to the folder
 * @throws CommandError for a name that is no folder name or is taken
 */
export async function newConnector(name: string, directory: string): Promise<string[]> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 40)
    throw new CommandError(
      `'${name}' is no name for a connector: lower-case letters, digits and single dashes, 40 at most.`,
    );
  const model = path.join(connectorsDirectory, MODEL);
  const folder = path.join(directory, name);
  if (!existsSync(model))
    throw new CommandError(`connectors/${MODEL}, which new connectors are made from, is not here.`);
  if (existsSync(folder)) throw new CommandError(`connectors/${name} is there already.`);
  await mkdir(directory, { recursive: true });
  const draft = path.join(directory, `.new-${name}-${process.pid}`);
  try {
    await cp(model, draft, { recursive: true });
    const files = await rewrite(draft, name);
    await rename(draft, folder);
    await tidy(folder, directory);
    return files;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function rewrite(folder: string, name: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  const written: string[] = [];
  for (const file of files) {
    const target = path.join(path.dirname(file), path.basename(file).replace(MODEL, name));
    const text = renamed(await readFile(file, 'utf8'), name);
    await rm(file);
    await writeFile(target, text);
    written.push(path.relative(folder, target));
  }
  return written.sort();
}

/** The model's text with another name in its place: as an id, in code, in words, in settings. Addresses at example.com stay. */
export function renamed(text: string, name: string): string {
  const words = name.split('-').map(word => word.charAt(0).toUpperCase() + word.slice(1));
  return text
    .replace(/EXAMPLE_/g, `${name.replaceAll('-', '_').toUpperCase()}_`)
    .replace(/Example(?=[A-Z])/g, words.join(''))
    .replace(/Example\b/g, words.join(' '))
    .replace(/\bexample(?!\.com)/g, name);
}

/** Imports are sorted by name and lines broken by length, so another name may want other ones. */
async function tidy(folder: string, directory: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const biome = path.join(path.dirname(require.resolve('@biomejs/biome/package.json')), 'bin/biome');
  await promisify(execFile)(process.execPath, [biome, 'check', '--write', folder], {
    cwd: path.dirname(directory),
  }).catch(error => {
    throw new CommandError(
      `connectors/${path.basename(folder)} is written, but could not be formatted: ${error.stderr ?? error.message}`,
    );
  });
}
