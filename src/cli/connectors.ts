import { existsSync } from 'node:fs';
import path from 'node:path';
import { connectorFolders, connectorsDirectory, inspectConnector } from '../connectors.ts';
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
