import { readFile } from 'node:fs/promises';
import type { ConnectorSettings } from '../../../src/sdk/index.ts';
import { zip } from '../../../src/sdk/zip.ts';
import { manifest } from './manifest.ts';

const read = (file: string) => readFile(new URL(file, import.meta.url));

/** The Teams app of this hub: manifest and icons in a zip, as Teams takes it for upload. */
export async function appPackage(call: {
  settings: ConnectorSettings;
  publicUrl: string;
  version: string;
}): Promise<{ filename: string; bytes: Uint8Array }> {
  const { settings, publicUrl, version } = call;
  const content = manifest({ appId: settings.TEAMS_APP_ID ?? '', publicUrl, version });
  const bytes = zip([
    { name: 'manifest.json', content: Buffer.from(`${JSON.stringify(content, null, 2)}\n`) },
    { name: 'color.png', content: await read('./color.png') },
    { name: 'outline.png', content: await read('./outline.png') },
  ]);
  return { filename: 'baton-teams.zip', bytes };
}
