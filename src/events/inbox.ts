import type { Database } from '../db/database.ts';
import type { HubEvent } from '../model/event.ts';
import { identityOf, insertEvents, MOST_ROWS } from './insert.ts';

export type Accepted = { accepted: number; duplicates: number };

/** Where accepted events are stored. `accept` resolves once they are durable, and never stores half of what it was given. */
export type Inbox = { accept(workspaceId: string, events: HubEvent[]): Promise<Accepted> };

type Delivery = {
  workspaceId: string;
  events: HubEvent[];
  resolve(accepted: Accepted): void;
  reject(reason: unknown): void;
};

type Hooks = {
  /** Rings the planner: called after the commit, must not throw. */
  onStored(): void;
  /** Called when the rows are written and not yet committed. */
  onWritten?(): void;
};

/**
 * Inserts of requests that arrive together share one statement and one commit. A repeat of (`source`, `id`) is counted and
 * changes nothing, inside one delivery as well.
 */
export class DatabaseInbox implements Inbox {
  readonly #database: Database;
  readonly #hooks: Hooks;
  readonly #waiting: Delivery[] = [];
  #flushing = false;

  constructor(database: Database, hooks: Hooks) {
    this.#database = database;
    this.#hooks = hooks;
  }

  accept(workspaceId: string, events: HubEvent[]): Promise<Accepted> {
    if (events.length === 0) return Promise.resolve({ accepted: 0, duplicates: 0 });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ workspaceId, events, resolve, reject });
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    await new Promise(resolve => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#store(this.#next());
    this.#flushing = false;
  }

  #next(): Delivery[] {
    let rows = 0;
    let count = 0;
    for (const delivery of this.#waiting) {
      rows += delivery.events.length;
      if (count > 0 && rows > MOST_ROWS) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #store(deliveries: Delivery[]): Promise<void> {
    try {
      const inserted = await this.#insert(deliveries);
      for (const delivery of deliveries) delivery.resolve(count(delivery, inserted));
      this.#hooks.onStored();
    } catch (error) {
      // One delivery that the database refuses must not take its neighbours with it.
      if (deliveries.length === 1) deliveries[0]!.reject(error);
      else for (const delivery of deliveries) await this.#store([delivery]);
    }
  }

  async #insert(deliveries: Delivery[]): Promise<Set<string>> {
    const arrivals = deliveries.flatMap(({ workspaceId, events }) => events.map(event => ({ workspaceId, event })));
    return this.#database.write(async transaction => {
      const inserted = await insertEvents(transaction, arrivals);
      this.#hooks.onWritten?.();
      return inserted;
    });
  }
}

/** Each stored row is claimed by the first event of its identity; every later one was a duplicate. */
function count({ workspaceId, events }: Delivery, inserted: Set<string>): Accepted {
  const accepted = events.filter(event => inserted.delete(identityOf({ workspaceId, event }))).length;
  return { accepted, duplicates: events.length - accepted };
}
