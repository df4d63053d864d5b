import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Log } from '../log.ts';
import type { Queue } from '../queue/queue.ts';
import type { Planner } from './plan.ts';
import { sweep } from './sweep.ts';

type RoundServices = {
  database: Database;
  clock: Clock;
  log: Log;
  queue: Queue;
  planner: Planner;
  sweepMs: number;
};

/**
 * Planning and sweeping, each at most once at a time in a process: on PostgreSQL planners wait for each other, and many
 * that wait would take every connection from the steps.
 */
export class Rounds {
  readonly #services: RoundServices;
  #planning: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #planWanted = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(services: RoundServices) {
    this.#services = services;
  }

  /** Plans what waits and judges what has ended, until nothing is left. Whoever asks meanwhile shares a further round. */
  plan(): Promise<void> {
    this.#planWanted = true;
    this.#planning ??= this.#planAll();
    return this.#planning;
  }

  /** Rings for what is due and was not woken. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepOnce();
    return this.#sweeping;
  }

  /** Sweeps now, and from now on every few seconds. */
  async start(): Promise<void> {
    await this.sweep();
    const { log, sweepMs } = this.#services;
    const again = () => void this.sweep().catch(error => log.error({ err: error }, 'the sweep failed'));
    this.#timer = setInterval(again, sweepMs);
  }

  /** Resolves when neither runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.allSettled([this.#planning, this.#sweeping]);
  }

  async #planAll(): Promise<void> {
    const { planner } = this.#services;
    const more = async (work: () => Promise<boolean>) => !this.#stopped && (await work());
    try {
      while (this.#planWanted && !this.#stopped) {
        this.#planWanted = false;
        while (await more(() => planner.planEvents()));
        while (await more(() => planner.judgeSessions()));
      }
    } finally {
      this.#planning = undefined;
    }
  }

  async #sweepOnce(): Promise<void> {
    const { database, clock, queue } = this.#services;
    try {
      const left = await sweep(database, clock);
      queue.ring(left.bells);
      if (left.eventsWait || left.sessionsWait) queue.ringPlanner();
    } finally {
      this.#sweeping = undefined;
    }
  }
}
