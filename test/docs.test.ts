import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import type * as z from 'zod';
import { readConfig, settingNames } from '../src/config.ts';
import { configurationOf, loadConnectors } from '../src/connectors.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');
const below = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map(file =>
    path.posix.join(folder, file),
  );

/** Every document of the project, by its path from the root. */
const documents = [...readdirSync(root), ...below('docs'), ...below('connectors')].filter(file => file.endsWith('.md'));
const withoutCode = (text: string) => text.replace(/^\s*```[\s\S]*?^\s*```/gm, '');

/** The anchors of a document's headings, as they are made where it is read. */
const anchorsOf = (file: string) =>
  [...withoutCode(textOf(file)).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

function leadsNowhere(file: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const to = target === '' ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), target));
  if (!existsSync(path.join(root, to))) return true;
  return anchor !== undefined && !anchorsOf(to).includes(anchor);
}

test.each(documents)('every relative link of %s leads to a file, and to a heading of it where it names one', file => {
  const links = [...withoutCode(textOf(file)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter(link => !/^[a-z]+:/.test(link) && leadsNowhere(file, link))).toEqual([]);
});

test('a link to a file or a heading that is not there is noticed', () => {
  expect(['docs/errors.md', '#more', 'docs/none.md', '#none'].map(link => leadsNowhere('README.md', link))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const named = [...documents, 'Procfile'].flatMap(file =>
    [...textOf(file).matchAll(/npm run (?:-s )?([a-z]+)/g)].map(([, script = '']) => ({ file, script })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
});

describe('.env.example', () => {
  const lines = [...textOf('.env.example').matchAll(/^# ([A-Z][A-Z_]+)=(.*)$/gm)];
  const written = parseEnv(lines.map(([, name, value]) => `${name}=${value}`).join('\n'));
  const configOf = (environment: NodeJS.Dict<string>) => {
    const { environment: _, ...config } = readConfig('all', environment);
    return config;
  };

  it('names exactly the settings that the hub and its connectors read', async () => {
    const connectors = [...(await loadConnectors()).connectors.values()];
    const theirs = connectors.flatMap(({ settings }) =>
      Object.keys((settings as z.ZodObject | undefined)?.shape ?? {}),
    );
    expect(lines.map(([, name]) => name).toSorted()).toEqual([...settingNames, ...new Set(theirs)].toSorted());
  });

  it('shows the defaults: with all of its lines in effect nothing is different', async () => {
    expect(configOf(written)).toEqual(configOf({}));
    for (const connector of (await loadConnectors()).connectors.values())
      expect(configurationOf(connector, written)).toEqual(configurationOf(connector, {}));
  });

  it('changes nothing as it is', () => {
    expect(parseEnv(textOf('.env.example'))).toEqual({});
  });
});
