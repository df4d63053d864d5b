import type { Event, Stored } from './store.ts';

const iso = (at: number): string => new Date(at).toISOString();

const shownAlways = ['createdate', 'hs_object_id', 'lastmodifieddate'];
const shownByDefault: Record<string, string[]> = {
  contacts: ['email', 'firstname', 'lastname'],
  companies: ['name', 'domain'],
  notes: [],
  meetings: [],
};

const heldValue = (stored: Stored, name: string): string | null => {
  if (name === 'hs_object_id') return stored.id;
  if (name === 'createdate') return iso(stored.createdAt);
  if (name === 'lastmodifieddate') return iso(stored.updatedAt);
  if (name === 'hs_email_domain') return stored.properties.email?.split('@')[1] ?? null;
  return stored.properties[name] ?? null;
};

/** A record as it is read: the properties asked for, null where there is no value. */
export const shape = (stored: Stored, asked?: string[]) => {
  const names = [...(asked?.length ? asked : (shownByDefault[stored.type] ?? [])), ...shownAlways];
  return {
    id: stored.id,
    properties: Object.fromEntries(names.map(name => [name, heldValue(stored, name)])),
    createdAt: iso(stored.createdAt),
    updatedAt: iso(stored.updatedAt),
    archived: stored.archived,
  };
};

/** A record as it is answered to whoever has just written it: what was written, and never null. */
export const writtenShape = (stored: Stored, written: Record<string, string>) => {
  const known = shape(stored, Object.keys(written));
  const values = Object.entries(known.properties).filter(([, value]) => value !== null);
  return { ...known, properties: Object.fromEntries(values) };
};

export const eventShape = ({ createdAt, ...event }: Event) => ({
  ...event,
  objectType: 'CONTACT',
  createdAt: iso(createdAt),
});

/** What surrounds the results of a batch. */
export const batchShape = (at: number, results: unknown[], errors: unknown[] = []) => ({
  status: 'COMPLETE',
  results,
  startedAt: iso(at),
  completedAt: iso(at),
  ...(errors.length > 0 && { numErrors: errors.length, errors }),
});
