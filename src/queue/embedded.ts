import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Bell, Listener, Queue } from './queue.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

/** Timers in memory: for one process. What a crash forgets, or a handler that failed has left, the sweep finds in the database. */
export class EmbeddedQueue implements Queue {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Step by ring, in the order of their rings. */
  readonly #pending = new Map<string, string>();
  readonly #running = new Set<Promise<void>>();
  readonly #planning = new Set<Promise<void>>();
  #listener: Listener | undefined;
  #concurrency = 0;
  #closed = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  ring(bells: Bell[]): void {
    if (this.#closed) return;
    for (const bell of bells) {
      const wait = bell.dueAt - this.#clock.now();
      if (wait <= 0) this.#pending.set(bell.ring, bell.stepId);
      else this.#later(bell, Math.min(wait, LONGEST_TIMER));
    }
    this.#pump();
  }

  ringPlanner(): void {
    if (this.#closed || !this.#listener) return;
    this.#handle(this.#planning, this.#listener.plan());
  }

  listen(listener: Listener, concurrency: number): void {
    this.#listener = listener;
    this.#concurrency = concurrency;
    this.#pump();
  }

  async ready(): Promise<boolean> {
    return !this.#closed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#pending.clear();
    await Promise.all([...this.#running, ...this.#planning]);
  }

  #later(bell: Bell, wait: number): void {
    clearTimeout(this.#timers.get(bell.ring));
    const timer = setTimeout(() => {
      this.#timers.delete(bell.ring);
      this.ring([bell]);
    }, wait);
    timer.unref();
    this.#timers.set(bell.ring, timer);
  }

  #pump(): void {
    for (const [ring, stepId] of this.#pending) {
      if (!this.#listener || this.#running.size >= this.#concurrency) return;
      this.#pending.delete(ring);
      this.#handle(this.#running, this.#listener.step(stepId));
    }
  }

  #handle(group: Set<Promise<void>>, work: Promise<void>): void {
    const handled = work
      .catch(error =>
        this.#log.error({ err: error }, 'a ring could not be answered; the sweep will find what it was for'),
      )
      .finally(() => {
        group.delete(handled);
        this.#pump();
      });
    group.add(handled);
  }
}
