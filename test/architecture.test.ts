import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Tests and what only they use (`test-client.ts`). */
const isTest = (file: string) => file.endsWith('.test.ts') || path.basename(file).startsWith('test-');
const inFolder = (file: string, folder: string) => file.startsWith(`${folder}/`);

const folders = ['src', 'connectors', 'migrations', 'demo', 'bench', 'test', 'bin'];
/** Every TypeScript file of the project, by its path from the root. */
const files = folders
  .filter(folder => existsSync(path.join(root, folder)))
  .flatMap(folder =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map(file => path.posix.join(folder, file.split(path.sep).join('/')))
      .filter(file => file.endsWith('.ts')),
  );
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

const statement = /^(?:import|export)\b(?:[^'"`;=]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** What a file imports: paths from the root for its own files, names for packages. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(statement), ...text.matchAll(dynamic)].map(([, target = '']) =>
    target.startsWith('.') ? path.posix.normalize(path.posix.join(path.posix.dirname(file), target)) : target,
  );
}

type Rule = {
  title: string;
  from(file: string): boolean;
  /** What such a file may import. */
  to(target: string, file: string): boolean;
};

const connectorOf = (file: string) => file.split('/').slice(0, 2).join('/');
const ours = (target: string) => /^(src|connectors|test|demo|bench|bin|migrations)\//.test(target);
const pure =
  /^src\/(workflows\/(triggers|trigger-rules|interactions|conditions|templates|liquid|paths|scope)|runs\/(next|retry))\.ts$/;

const rules: Rule[] = [
  {
    title: 'a connector imports its own folder and the SDK, and never its own sandbox',
    from: file => inFolder(file, 'connectors') && !file.includes('/sandbox/') && !isTest(file),
    to: (target, file) =>
      !ours(target) ||
      inFolder(target, 'src/sdk') ||
      (inFolder(target, connectorOf(file)) && !target.includes('/sandbox/')),
  },
  {
    title: 'a sandbox imports its own folder and the testing part of the SDK, and nothing of its connector',
    from: file => inFolder(file, 'connectors') && file.includes('/sandbox/') && !isTest(file),
    to: (target, file) =>
      !ours(target) || inFolder(target, 'src/sdk/testing') || inFolder(target, `${connectorOf(file)}/sandbox`),
  },
  {
    title: 'only src/connectors.ts knows connectors',
    from: file => inFolder(file, 'src') && !isTest(file) && file !== 'src/connectors.ts',
    to: target => !inFolder(target, 'connectors'),
  },
  {
    title: 'the model imports nothing above itself',
    from: file => inFolder(file, 'src/model'),
    to: target => target === 'zod' || inFolder(target, 'src/model'),
  },
  {
    title: 'the SDK stands on the model',
    from: file => inFolder(file, 'src/sdk') && !isTest(file),
    to: target => !ours(target) || inFolder(target, 'src/model') || inFolder(target, 'src/sdk'),
  },
  {
    title: 'what only tests and sandboxes need stays out of the hub',
    from: file =>
      inFolder(file, 'src') && !isTest(file) && !inFolder(file, 'src/sdk') && !inFolder(file, 'src/sandbox'),
    to: target => !inFolder(target, 'src/sdk/testing') && !inFolder(target, 'src/sandbox'),
  },
  {
    title: 'triggers, conditions, templates, next and retry are pure',
    from: file => pure.test(file),
    to: target =>
      ours(target)
        ? pure.test(target) ||
          inFolder(target, 'src/model') ||
          inFolder(target, 'src/sdk') ||
          /^src\/(workflows|sessions|json)/.test(target)
        : !/^(node:(?!util|buffer)|typeorm|undici|express|pg|bull|sqlite3|pino)/.test(target),
  },
  {
    title: 'src/app.ts is imported by src/main.ts alone',
    from: file => inFolder(file, 'src') && !isTest(file) && file !== 'src/main.ts',
    to: target => target !== 'src/app.ts',
  },
  {
    title: 'nothing in the product imports tests, the demo or the benchmarks',
    from: file => (inFolder(file, 'src') || inFolder(file, 'connectors')) && !isTest(file),
    to: target => !/^(test|demo|bench)\//.test(target) && !isTest(target),
  },
];

const broken = (rule: Rule): string[] =>
  files
    .filter(file => rule.from(file))
    .flatMap(file =>
      importsOf(file, textOf(file))
        .filter(target => !rule.to(target, file))
        .map(target => `${file} → ${target}`),
    );

test.each(rules)('$title', rule => {
  expect(files.some(rule.from)).toBe(true);
  expect(broken(rule)).toEqual([]);
});

test('imports are found in every form that the code uses', () => {
  const text = `import a from './a.ts';
import type { B,
  C } from "../b.ts";
export * from './c.ts';
export { D } from './d.ts';
import './e.ts';
const f = await import('./f.ts');
export const g = 'not/an/import';
import { h } from 'package';`;
  expect(importsOf('src/x/file.ts', text)).toEqual([
    'src/x/a.ts',
    'src/b.ts',
    'src/x/c.ts',
    'src/x/d.ts',
    'src/x/e.ts',
    'package',
    'src/x/f.ts',
  ]);
});

test('no vendor is named in src/', () => {
  const vendors =
    /salesforce|\bsfdc\b|jsforce|hubspot|\bslack|\bteams\b|msteams|botbuilder|marketo|pardot|eloqua|google.?analytics|\bgmail\b/gi;
  const named = files
    .filter(file => inFolder(file, 'src') && !isTest(file))
    .flatMap(file => [...textOf(file).matchAll(vendors)].map(([name]) => `${file}: ${name}`));
  expect(named).toEqual([]);
});

test('pure parts have no clock and no chance of their own', () => {
  const impure = files
    .filter(file => pure.test(file))
    .flatMap(file =>
      [...textOf(file).matchAll(/\bDate\.now\(|new Date\(\)|Math\.random|process\.|setTimeout|performance\.now/g)].map(
        ([found]) => `${file}: ${found}`,
      ),
    );
  expect(impure).toEqual([]);
});

test('the environment is read by the configuration, the command line and the sandbox’s own start alone', () => {
  const readers = files.filter(
    file =>
      (inFolder(file, 'src') || inFolder(file, 'connectors')) && !isTest(file) && /process\.env\b/.test(textOf(file)),
  );
  const allowed = /^src\/(config|main|cli\/main|sandbox\/main)\.ts$/;
  expect(readers.filter(file => !allowed.test(file))).toEqual([]);
});
