import type { Clock } from '../clock.ts';
import type { Bell, Listener, Queue } from './queue.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

/** Timers in memory: for one process. What a crash forgets, the sweep finds in the database. */
export class EmbeddedQueue implements Queue {
  readonly #clock: Clock;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #pending: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #listener: Listener | undefined;
  #concurrency = 0;
  #planWanted = false;
  #planning: Promise<void> | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(bells: Bell[]): void {
    if (this.#closed) return;
    for (const bell of bells) {
      const wait = bell.dueAt - this.#clock.now();
      if (wait <= 0) this.#pending.push(bell.stepId);
      else this.#later(bell, Math.min(wait, LONGEST_TIMER));
    }
    this.#pump();
  }

  ringPlanner(): void {
    if (this.#closed || !this.#listener) return;
    this.#planWanted = true;
    this.#planning ??= this.#plan();
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
    this.#pending.length = 0;
    await this.#planning;
    await Promise.all(this.#running);
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

  async #plan(): Promise<void> {
    while (this.#planWanted && !this.#closed) {
      this.#planWanted = false;
      await this.#listener!.plan();
    }
    this.#planning = undefined;
  }

  #pump(): void {
    while (this.#listener && this.#pending.length > 0 && this.#running.size < this.#concurrency) {
      const run = this.#listener.step(this.#pending.shift()!).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.add(run);
    }
  }
}
