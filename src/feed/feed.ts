import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import type { Log } from '../log.ts';

/** A message of a topic. Ids grow in the order in which messages became durable. */
export type FeedMessage = { id: string; data: unknown };
export type Topic = { workspaceId: string; topic: string };

type Listener = Topic & { seen: number; hear(message: FeedMessage): void };
type Row = { seq: number; workspace_id: string; topic: string; data: string };

const FEED_LOCK = 48151626;
const LOOK_EVERY_MS = 500;
const MOST_AT_ONCE = 500;
const MOST_WAITING = 10_000;

/**
 * Messages for whoever listens at the moment, in this process or another: rows that live for a while. Those who listen are told at once
 * of what this process publishes, and look twice a second for what others do; nobody looks while nobody listens.
 */
export class FeedStation {
  readonly #on: { database: Database; clock: Clock; log: Log };
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(on: { database: Database; clock: Clock; log: Log }) {
    this.#on = on;
  }

  /**
   * Publishes within a transaction; listeners hear of it after the commit. The same key again on the same topic changes nothing.
   * @param lifeMs how long somebody who comes (back) later still gets it
   */
  async publish(transaction: Transaction, to: Topic & { key: string }, data: unknown, lifeMs: number): Promise<void> {
    const { database, clock } = this.#on;
    // Ids must grow in the order of the commits, or a listener that has read a later one would miss an earlier one.
    if (database.kind === 'postgres') await transaction.query('SELECT pg_advisory_xact_lock($1)', [FEED_LOCK]);
    const now = clock.now();
    await transaction.query(
      `INSERT INTO feed (workspace_id, topic, key, data, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (workspace_id, topic, key) DO NOTHING`,
      [to.workspaceId, to.topic, to.key, JSON.stringify(data), now, now + lifeMs],
    );
    transaction.afterCommit(() => void this.#look());
  }

  /** See InboundHub.subscribe. Ends when `signal` aborts or the hub stops. */
  async *subscribe(to: Topic, options: { after?: string; signal: AbortSignal }): AsyncGenerator<FeedMessage> {
    const { signal } = options;
    const waiting: FeedMessage[] = [];
    let wake = () => {};
    const listener: Listener = {
      ...to,
      seen: await this.#startOf(options.after),
      hear: message => {
        waiting.push(message);
        wake();
      },
    };
    const end = () => wake();
    const tooSlow = () => waiting.length > MOST_WAITING;
    signal.addEventListener('abort', end);
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_EVERY_MS);
    try {
      await this.#look();
      // Whoever cannot keep up is let go, and comes back for what it has missed.
      while (!signal.aborted && !this.#closed && !tooSlow()) {
        const next = waiting.shift();
        if (next) yield next;
        else
          await new Promise<void>(resolve => {
            wake = resolve;
            if (signal.aborted || this.#closed || waiting.length > 0) resolve();
          });
      }
    } finally {
      signal.removeEventListener('abort', end);
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
  }

  /** Ends every subscription. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { hear } of this.#listeners) hear({ id: '', data: null });
  }

  /** Where to go on: behind the message that was seen last, else behind the newest there is. */
  async #startOf(after: string | undefined): Promise<number> {
    if (after !== undefined && /^\d{1,15}$/.test(after)) return Number(after);
    const [newest] = await this.#on.database.read<{ seq: number | null }>('SELECT max(seq) AS seq FROM feed');
    return newest?.seq ?? 0;
  }

  /** Looks once at a time; whoever asks meanwhile gets a further look. */
  #look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#lookWhileAsked().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookWhileAsked(): Promise<void> {
    while (this.#again && this.#listeners.size > 0 && !this.#closed) {
      this.#again = false;
      try {
        if (await this.#tell()) this.#again = true;
      } catch (error) {
        this.#on.log.warn({ err: error }, 'listeners could not be served; trying again');
      }
    }
  }

  /** @returns whether there may be more */
  async #tell(): Promise<boolean> {
    const { database, clock } = this.#on;
    const from = Math.min(...[...this.#listeners].map(({ seen }) => seen));
    const rows = await database.read<Row>(
      `SELECT seq, workspace_id, topic, data FROM feed WHERE seq > $1 AND expires_at > $2 ORDER BY seq LIMIT ${MOST_AT_ONCE}`,
      [from, clock.now()],
    );
    for (const { seq, workspace_id, topic, data } of rows) {
      for (const listener of this.#listeners) {
        if (seq <= listener.seen) continue;
        listener.seen = seq;
        if (listener.workspaceId === workspace_id && listener.topic === topic)
          listener.hear({ id: String(seq), data: JSON.parse(data) });
      }
    }
    return rows.length === MOST_AT_ONCE;
  }
}
