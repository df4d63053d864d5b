import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkConnector } from './sdk/check.ts';
import type { Action, Connector, ConnectorSettings } from './sdk/index.ts';

/** Where this checkout keeps its connectors. */
export const connectorsDirectory = fileURLToPath(new URL('../connectors', import.meta.url));

export type RegisteredAction = { connector: Connector; action: Action };

/** What the hub can do: connectors by id, and their actions by id. */
export type ConnectorRegistry = {
  connectors: ReadonlyMap<string, Connector>;
  actions: ReadonlyMap<string, RegisteredAction>;
};

/** A connector's part of the environment. `missing` are the settings without which nothing can be connected; empty: configured. */
export type ConnectorConfiguration = { settings: ConnectorSettings; missing: string[] };

/** The names of the folders that hold a connector, sorted: those with an index.ts. None where the directory does not exist. */
export function connectorFolders(directory = connectorsDirectory): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(path.join(directory, entry.name, 'index.ts')))
    .map(entry => entry.name)
    .sort();
}

/**
 * One connector's default export and what is wrong with it. A folder that cannot be loaded at all has that as its one mistake.
 */
export async function inspectConnector(
  folder: string,
  directory = connectorsDirectory,
): Promise<{ folder: string; value?: unknown; mistakes: string[] }> {
  try {
    const module: { default?: unknown } = await import(pathToFileURL(path.join(directory, folder, 'index.ts')).href);
    return { folder, value: module.default, mistakes: checkConnector(folder, module.default) };
  } catch (error) {
    return {
      folder,
      mistakes: [`index.ts cannot be loaded: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
}

/**
 * Finds and checks every connector of a directory (this checkout's where none is given).
 * @throws Error that names every mistake of every connector, one a line
 */
export async function loadConnectors(directory = connectorsDirectory): Promise<ConnectorRegistry> {
  const found = await Promise.all(connectorFolders(directory).map(folder => inspectConnector(folder, directory)));
  const mistakes = found.flatMap(({ folder, mistakes }) => mistakes.map(mistake => `connectors/${folder}: ${mistake}`));
  if (mistakes.length > 0) throw new Error(`Some connectors cannot be used:\n${mistakes.join('\n')}`);
  return registryOf(found.map(({ value }) => value as Connector));
}

/** A registry of connectors that are known to be right (loadConnectors checks; tests may pass their own). */
export function registryOf(connectors: Connector[]): ConnectorRegistry {
  return {
    connectors: new Map(connectors.map(connector => [connector.id, connector])),
    actions: new Map(
      connectors.flatMap(connector => connector.actions.map(action => [action.id, { connector, action }] as const)),
    ),
  };
}

/**
 * What the environment says to one connector; an empty value counts as absent.
 * @throws Error that names every wrong setting and what is wrong with it, never its value
 */
export function configurationOf(
  connector: Connector,
  environment: Record<string, string | undefined>,
): ConnectorConfiguration {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = connector.settings?.safeParse(given);
  if (parsed && !parsed.success)
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  const settings = parsed?.data ?? {};
  const requires = 'requires' in connector.auth ? (connector.auth.requires ?? []) : [];
  return { settings, missing: requires.filter(name => settings[name] === undefined) };
}
