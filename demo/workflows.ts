import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import type { HubClient } from './hub-client.ts';

const saved = z.object({ id: z.string(), status: z.string(), document: z.object({ name: z.string() }) });
const listed = saved.extend({ builtIn: z.boolean() });

/**
 * Saves every document of a folder of the demo through the admin API and activates it.
 * @returns the names of the workflows by their ids
 */
export async function activateAll(
  hub: HubClient,
  folder: 'workflows' | 'counters' | 'workflows-salesforce' | 'workflows-evening' | 'workflows-backfill',
): Promise<Map<string, string>> {
  const directory = new URL(`${folder}/`, import.meta.url);
  const names = new Map<string, string>();
  for (const file of readdirSync(directory).sort()) {
    const document: unknown = JSON.parse(readFileSync(new URL(file, directory), 'utf8'));
    const { id } = await hub.post('/v1/workflows', document, saved);
    const active = await hub.post(`/v1/workflows/${id}/activate`, undefined, saved);
    if (active.status !== 'active') throw new Error(`the workflow “${active.document.name}” is ${active.status}`);
    names.set(id, active.document.name);
  }
  return names;
}

/** Switches workflows off: they start nothing more. */
export async function deactivateAll(hub: HubClient, ids: string[]): Promise<void> {
  for (const id of ids) await hub.post(`/v1/workflows/${id}/deactivate`, undefined, saved);
}

/**
 * Switches the workflows that come with a connector (with all of them where none is named) on or off.
 * @returns their names by their ids
 */
export async function switchBuiltIns(
  hub: HubClient,
  what: 'activate' | 'deactivate',
  connector?: string,
): Promise<Map<string, string>> {
  const prefix = connector === undefined ? 'builtin-' : `builtin-${connector}-`;
  const builtIn = (await hub.list('/v1/workflows', listed)).filter(
    ({ builtIn, id }) => builtIn && id.startsWith(prefix),
  );
  for (const { id } of builtIn) await hub.post(`/v1/workflows/${id}/${what}`, undefined, saved);
  return new Map(builtIn.map(({ id, document }) => [id, document.name]));
}
