import type { Resource } from './records.ts';
import { badRequest } from './refusal.ts';
import { type Entry, holdOf, type Store } from './store.ts';

/** By which times each list can be cut. */
const windows: Record<Resource, ('created' | 'updated' | 'ended')[]> = {
  leads: ['created', 'updated'],
  meetings: ['created', 'updated'],
  messages: ['created', 'updated'],
  sessions: ['ended'],
  conversations: ['ended'],
};

type Query = Record<string, string>;
export type PageRules = { size: number; now: number; cursors: Cursors };

/** Which cursors were handed out and are still good. */
export function createCursors() {
  let dead = new Set<string>();
  let dying = 0;
  let generation = 0;
  return {
    make: (resource: Resource, { record, order }: Entry): string =>
      Buffer.from(JSON.stringify([generation, resource, record.id, order])).toString('base64url'),
    /** @throws Refusal 400 for one that is not ours, or has died */
    read(resource: Resource, cursor: string, store: Store): string {
      let parts: unknown;
      try {
        parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
      } catch {
        parts = undefined;
      }
      const [made, kind, id, order] = Array.isArray(parts) ? parts : [];
      if (dying > 0) {
        dying -= 1;
        dead.add(cursor);
      }
      const readable = typeof id === 'string' && store.find(resource, id) !== undefined;
      if (kind !== resource || made !== generation || !readable || dead.has(cursor)) throw badRequest('Invalid cursor');
      return String(order);
    },
    /** The next so many uses of a cursor find it dead. */
    die: (count: number) => {
      dying = count;
    },
    killAll: () => {
      generation += 1;
    },
    reset: () => {
      dead = new Set();
      dying = 0;
    },
  };
}
export type Cursors = ReturnType<typeof createCursors>;

/**
 * A page of a list: those of the window that the list holds by now, newest first.
 * @param held whether young records are held back, and bounds that reach into the hold refused
 */
export function page(
  store: Store,
  resource: Resource,
  query: Query,
  { size, now, cursors }: PageRules,
  { held = true, only = () => true }: { held?: boolean; only?: (entry: Entry) => boolean } = {},
) {
  const bounds = windows[resource].flatMap(time => [
    { time, after: true, at: bound(query, `${time}_after`) },
    { time, after: false, at: bound(query, `${time}_before`) },
  ]);
  for (const name of Object.keys(query))
    if (/_(after|before)$/.test(name) && !windows[resource].some(time => name.startsWith(`${time}_`)))
      throw badRequest(`Unsupported filter: ${name}`);
  if (held && bounds.some(({ at }) => at !== undefined && at > now - holdOf[resource]))
    throw badRequest('The requested time window is not available yet');
  const inside = (entry: Entry) =>
    bounds.every(({ time, after, at }) => {
      const own = entry.times[time];
      return at === undefined || (own !== undefined && (after ? own >= at : own <= at));
    });
  const mine = (entry: Entry) =>
    !query.visitor_id || (entry.record as { visitorId?: string }).visitorId === query.visitor_id;
  const matching = store
    .list(resource)
    .filter(entry => (!held || entry.since <= now) && only(entry) && mine(entry) && inside(entry));
  const anchor = query.after === undefined ? undefined : cursors.read(resource, query.after, store);
  const rest = anchor === undefined ? matching : matching.filter(({ order }) => order < anchor);
  const shown = rest.slice(0, size);
  return {
    data: shown.map(({ record }) => record),
    pageInfo: {
      hasNextPage: rest.length > shown.length,
      hasPreviousPage: shown.length > 0,
      startCursor: shown[0] ? cursors.make(resource, shown[0]) : null,
      endCursor: shown.length > 0 ? cursors.make(resource, shown.at(-1)!) : null,
    },
  };
}

/** A time in UTC unless it says otherwise; a bare date is its beginning. */
function bound(query: Query, name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const bare = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at = Date.parse(bare || /(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at)) throw badRequest(`Invalid date for ${name}`);
  return at;
}
