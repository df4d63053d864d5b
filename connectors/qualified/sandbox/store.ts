import type { Conversation, Lead, Meeting, Message, Records, Resource, Session } from './records.ts';
import { iso, noRecords } from './records.ts';
import { generate, type Seed, smallSeed } from './seed.ts';

const minute = 60_000;
export const holdOf: Record<Resource, number> = {
  leads: 30 * minute,
  sessions: 30 * minute,
  conversations: 30 * minute,
  messages: 30 * minute,
  meetings: 24 * 60 * minute,
};

/** A record with what its place in lists depends on. `order` is what it is sorted by, newest first; `since` when lists begin to hold it. */
export type Entry<Kind extends Resource = Resource> = {
  record: Records[Kind][number];
  order: string;
  since: number;
  times: Record<'created' | 'updated' | 'ended', number | undefined>;
};

/** The team's records, sorted as the lists show them. Made when first asked for. */
export function createStore(now: () => number) {
  let seed: Seed = smallSeed;
  let records: Records | undefined;
  /** When lists begin to hold a record, where that is later than its hold says. */
  let listedAt = new Map<string, number>();
  let lists = new Map<Resource, Entry[]>();

  const all = (): Records => {
    records ??= generate(seed, now());
    return records;
  };

  function entries(resource: Resource): Entry[] {
    const ends = new Map(all().sessions.map(each => [each.id, each.endedAt ? Date.parse(each.endedAt) : Infinity]));
    const sessionOf = new Map(all().conversations.map(each => [each.id, each.sessionId]));
    const read = (text: string | null | undefined) => (text ? Date.parse(text) : undefined);
    const padded = (at: number) => String(Number.isFinite(at) ? at : 9e15).padStart(16, '0');
    const make: { [Kind in Resource]: (record: Records[Kind][number]) => Omit<Entry, 'record'> } = {
      leads: (each: Lead) => ({
        order: each.id,
        since: read(each.createdAt)!,
        times: { created: read(each.createdAt), updated: read(each.updatedAt), ended: undefined },
      }),
      meetings: (each: Meeting) => ({
        order: each.id,
        since: read(each.createdAt)!,
        times: { created: read(each.createdAt), updated: read(each.updatedAt), ended: undefined },
      }),
      sessions: (each: Session) => {
        const end = ends.get(each.id)!;
        return {
          order: `${padded(end)} ${each.id}`,
          since: end,
          times: { created: read(each.createdAt), updated: undefined, ended: end },
        };
      },
      conversations: (each: Conversation) => {
        const end = ends.get(each.sessionId) ?? Infinity;
        const times = { created: read(each.createdAt), updated: undefined, ended: read(each.endedAt) };
        return { order: `${padded(end)} ${each.id}`, since: end, times };
      },
      messages: (each: Message) => {
        const end = ends.get(sessionOf.get(each.conversationId) ?? '') ?? Infinity;
        const sent = read(each.createdAt);
        return {
          order: `${padded(end)} ${each.id}`,
          since: end,
          times: { created: sent, updated: sent, ended: undefined },
        };
      },
    };
    return all()
      [resource].map(record => {
        const { since, ...rest } = make[resource](record as never);
        return { record, since: Math.max(since + holdOf[resource], listedAt.get(record.id) ?? 0), ...rest };
      })
      .sort((a, b) => (a.order < b.order ? 1 : -1));
  }

  return {
    all,
    /** Every record of a kind with its place, newest first. */
    list(resource: Resource): Entry[] {
      let list = lists.get(resource);
      if (!list) {
        list = entries(resource);
        lists.set(resource, list);
      }
      return list;
    },
    find: (resource: Resource, id: string) => all()[resource].find(each => each.id === id),
    plant(next: Seed): void {
      seed = next;
      records = undefined;
      listedAt = new Map();
      lists = new Map();
    },
    /** Nothing but what is added. */
    empty(): void {
      records = noRecords();
      listedAt = new Map();
      lists = new Map();
    },
    /** Adds records, or replaces those of the same id. */
    put(resource: Resource, record: Records[Resource][number], listed?: number): void {
      const those = all()[resource] as Records[Resource][number][];
      const at = those.findIndex(each => each.id === record.id);
      if (at < 0) those.push(record);
      else those[at] = record;
      if (listed !== undefined) listedAt.set(record.id, listed);
      lists = new Map();
    },
    remove(resource: Resource, id: string): void {
      const those = all()[resource] as { id: string }[];
      const at = those.findIndex(each => each.id === id);
      if (at >= 0) those.splice(at, 1);
      lists = new Map();
    },
    touch(resource: 'leads' | 'meetings', id: string, change: object): void {
      const those = all()[resource] as { id: string; updatedAt: string }[];
      const record = those.find(each => each.id === id);
      if (!record) throw new Error(`there is no record '${id}' among the ${resource}`);
      Object.assign(record, change, { updatedAt: iso(now()) });
      lists = new Map();
    },
    reset(): void {
      seed = smallSeed;
      records = undefined;
      listedAt = new Map();
      lists = new Map();
    },
  };
}
export type Store = ReturnType<typeof createStore>;
