import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configurationOf, connectorFolders, connectorsDirectory, inspectConnector } from '../connectors.ts';
import type { Connector } from '../sdk/index.ts';
import { newConnector } from './new-connector.ts';
import { CommandError, type GlobalOptions, show, type World } from './world.ts';

/** Checks the shape of one connector, or of all of them. @returns whether all are right */
export async function check(
  world: World,
  options: GlobalOptions,
  name: string | undefined,
  directory = connectorsDirectory,
): Promise<boolean> {
  const folders = connectorFolders(directory);
  if (name !== undefined && !folders.includes(name))
    throw new CommandError(`There is no connectors/${name}/index.ts. There are: ${folders.join(', ')}.`);
  const results = [];
  for (const folder of name === undefined ? folders : [name]) {
    const { mistakes, value } = await inspectConnector(folder, directory);
    const suite = existsSync(path.join(directory, folder, 'contract.ts'));
    const unproven = !suite && mistakes.length === 0 && (value as Connector).auth.kind !== 'none';
    results.push({ connector: folder, mistakes, suite, unproven });
  }
  show(world, options, results, all => [
    ...all.flatMap(({ connector, mistakes }) =>
      mistakes.length === 0 ? [`${connector}: right`] : mistakes.map(mistake => `${connector}: ${mistake}`),
    ),
    ...all
      .filter(({ unproven }) => unproven)
      .map(({ connector }) => `${connector} has no contract.ts, without which the contract suite cannot prove it.`),
    ...all
      .filter(({ suite }) => suite)
      .map(({ connector }) => `Prove ${connector} with: npm test -- test/contract -t "^${connector} "`),
  ]);
  return results.every(({ mistakes }) => mistakes.length === 0);
}

/** Writes a new connector's folder and says what to do with it. */
export async function create(
  world: World,
  options: GlobalOptions,
  name: string,
  directory = connectorsDirectory,
): Promise<void> {
  const files = await newConnector(name, directory);
  show(world, options, { connector: name, files }, () => [
    ...files.map(file => path.join('connectors', name, file)),
    '',
    'It works as it is, against its own sandbox. Next:',
    `  npm run baton -- connectors check ${name}`,
    `  npm test -- test/contract -t "^${name} "`,
    '  npm run generate',
    'docs/connector-guide.md says how to make it your vendor’s.',
  ]);
}

/** Writes the app that an admin uploads at the vendor, made of this environment's settings and PUBLIC_URL. */
export async function makePackage(
  world: World,
  options: GlobalOptions & { out?: string },
  name: string,
  directory = connectorsDirectory,
): Promise<void> {
  const { connector, settings } = await configured(world, name, directory);
  const publicUrl = world.environment.PUBLIC_URL?.replace(/\/+$/, '');
  if (!publicUrl) throw new CommandError('PUBLIC_URL must be set: the package says where the hub is.');
  if (!connector.package) throw new CommandError(`${connector.title} needs no package.`);
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  const { filename, bytes } = await connector.package({ settings, publicUrl, version }).catch((error: unknown) => {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  });
  const file = options.out ?? filename;
  await writeFile(file, bytes);
  show(world, options, { connector: name, file, bytes: bytes.length }, () => [
    `${file} is written (${bytes.length} bytes). connectors/${name}/README.md says where to upload it.`,
  ]);
}

async function configured(world: World, name: string, directory: string) {
  if (!connectorFolders(directory).includes(name)) throw new CommandError(`There is no connectors/${name}/index.ts.`);
  const { value, mistakes } = await inspectConnector(name, directory);
  if (mistakes.length > 0) throw new CommandError(mistakes.map(mistake => `${name}: ${mistake}`).join('\n'));
  const connector = value as Connector;
  const { settings, missing } = settingsOf(connector, world);
  if (missing.length > 0) throw new CommandError(`${missing.join(', ')} must be set in the environment.`);
  return { connector, settings };
}

function settingsOf(connector: Connector, world: World) {
  try {
    return configurationOf(connector, world.environment);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}
