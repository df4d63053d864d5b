import pg from 'pg';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { EmbeddedQueue } from './embedded.ts';
import type { Bell, Listener, Queue } from './queue.ts';

const CHANNEL = 'baton_bell';
const RECONNECT_MS = 1000;

/**
 * PostgreSQL without Redis: rings travel by LISTEN/NOTIFY to every process, each of which keeps its own timers; the claim
 * decides who does the work. A lost connection is opened again; what was missed meanwhile, the sweep finds.
 */
export class PostgresQueue implements Queue {
  readonly #url: string;
  readonly #log: Log;
  readonly #local: EmbeddedQueue;
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #listening = false;

  constructor(url: string, clock: Clock, log: Log) {
    this.#url = url;
    this.#log = log;
    this.#local = new EmbeddedQueue(clock, log);
    void this.#connect();
  }

  ring(bells: Bell[]): void {
    if (this.#listening) this.#local.ring(bells);
    else for (const bell of bells) this.#notify(JSON.stringify(bell));
  }

  ringPlanner(): void {
    if (this.#listening) this.#local.ringPlanner();
    else this.#notify('plan');
  }

  listen(listener: Listener, concurrency: number): void {
    this.#listening = true;
    this.#local.listen(listener, concurrency);
    void this.#client?.query(`LISTEN ${CHANNEL}`).catch(error => this.#log.warn({ err: error }, 'LISTEN failed'));
  }

  async ready(): Promise<boolean> {
    if (!this.#client) return false;
    return this.#client.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#local.close();
    await this.#client?.end().catch(error => this.#log.debug({ err: error }, 'the bell connection was already closed'));
  }

  #notify(payload: string): void {
    this.#client
      ?.query('SELECT pg_notify($1, $2)', [CHANNEL, payload])
      .catch(error => this.#log.warn({ err: error }, 'a ring was lost; the sweep will find it'));
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url });
    client.on('notification', message => this.#heard(message.payload ?? ''));
    client.on('error', error => this.#log.warn({ err: error }, 'the bell connection broke'));
    client.on('end', () => this.#again());
    try {
      await client.connect();
      this.#client = client;
      if (this.#listening) await client.query(`LISTEN ${CHANNEL}`);
      if (this.#closed) await client.end();
    } catch (error) {
      this.#log.warn({ err: error }, 'the bell connection could not be opened');
      this.#again();
    }
  }

  /** A connection that fails says so twice: to whoever opened it, and by its end. One of the two is followed. */
  #again(): void {
    this.#client = undefined;
    if (this.#closed || this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#connect();
    }, RECONNECT_MS).unref();
  }

  #heard(payload: string): void {
    if (payload === 'plan') this.#local.ringPlanner();
    else this.#local.ring([JSON.parse(payload) as Bell]);
  }
}
