import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import type { HubClient } from './hub-client.ts';

const saved = z.object({ id: z.string(), status: z.string(), document: z.object({ name: z.string() }) });

/**
 * Saves every document of a folder of the demo through the admin API and activates it.
 * @returns the names of the workflows by their ids
 */
export async function activateAll(hub: HubClient, folder: 'workflows' | 'counters'): Promise<Map<string, string>> {
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
