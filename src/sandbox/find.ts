import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SandboxVendor } from '../sdk/testing/sandbox.ts';

const connectors = fileURLToPath(new URL('../../connectors', import.meta.url));

const isVendor = (value: unknown): value is SandboxVendor =>
  typeof value === 'object' && value !== null && 'vendor' in value && 'create' in value && 'settings' in value;

/**
 * Every vendor sandbox of this checkout: the default exports of `connectors/<name>/sandbox/index.ts`, by folder name.
 * A folder without a sandbox is passed over; one whose default export is no SandboxVendor throws with its path.
 */
export const findSandboxes = async (folder: string = connectors): Promise<SandboxVendor[]> => {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .sort()
    .map(name => path.join(folder, name, 'sandbox', 'index.ts'))
    .filter(file => existsSync(file));
  return Promise.all(
    files.map(async file => {
      const module: { default?: unknown } = await import(pathToFileURL(file).href);
      if (!isVendor(module.default)) throw new Error(`${file} has no sandbox as its default export`);
      return module.default;
    }),
  );
};
