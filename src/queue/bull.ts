import Bull from 'bull';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { EmbeddedQueue } from './embedded.ts';
import type { Bell, Listener, Queue } from './queue.ts';

type Job = { step: string } | { plan: true };

// A worker that died is noticed within seconds, and a job is never failed for having stalled: the database decides what is left to do.
const advanced = { lockDuration: 15_000, lockRenewTime: 5_000, stalledInterval: 5_000, maxStalledCount: 1_000 };

/**
 * Rings over Redis, for several processes. Jobs carry a step's id and nothing else, are tried once and leave no trace.
 * Losing Redis loses nothing: `ring` is not waited for, and while Redis does not answer each worker works off what it
 * rings itself, the sweep's bells among them.
 */
export class BullQueue implements Queue {
  readonly #queue: Bull.Queue<Job>;
  readonly #local: EmbeddedQueue;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();
  #listener: Listener | undefined;
  #closed = false;

  constructor(redisUrl: string, clock: Clock, log: Log, prefix = 'baton') {
    this.#clock = clock;
    this.#log = log;
    this.#local = new EmbeddedQueue(clock, log);
    this.#queue = new Bull<Job>('steps', redisUrl, {
      prefix,
      settings: advanced,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    this.#queue.on('error', error => log.warn({ err: error }, 'Redis does not answer; the sweep takes over'));
  }

  ring(bells: Bell[]): void {
    if (bells.length === 0 || this.#closed) return;
    // A bell that waits in the client for Redis to come back would come too late, and many of them fill the memory.
    if (!this.#connected) {
      if (this.#listener) this.#local.ring(bells);
      return;
    }
    const now = this.#clock.now();
    const jobs = bells.map(bell => ({
      data: { step: bell.stepId },
      opts: { jobId: bell.ring, delay: Math.max(0, bell.dueAt - now) },
    }));
    this.#quietly(this.#queue.addBulk(jobs));
  }

  ringPlanner(): void {
    if (this.#closed) return;
    if (this.#connected) this.#quietly(this.#queue.add({ plan: true }));
    else this.#local.ringPlanner();
  }

  listen(listener: Listener, concurrency: number): void {
    this.#listener = listener;
    this.#local.listen(listener, concurrency);
    this.#quietly(this.#queue.process(concurrency, ({ data }) => this.#answer(data)));
  }

  async ready(): Promise<boolean> {
    if (!this.#connected) return false;
    return this.#queue.client.ping().then(
      answer => answer === 'PONG',
      () => false,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    const gone = (error: unknown) => this.#log.debug({ err: error }, 'Redis had gone already');
    // Bull's own waiting for handlers never ends where Redis has gone meanwhile.
    const paused = this.#connected ? this.#queue.pause(true, true).catch(gone) : undefined;
    await Promise.all([paused, this.#local.close(), ...this.#running]);
    await this.#queue.close(true).catch(gone);
  }

  get #connected(): boolean {
    return this.#queue.client.status === 'ready';
  }

  async #answer(job: Job): Promise<void> {
    // Planning takes no place of a step: every delivery of events rings, and all of them share one round.
    if ('plan' in job) return this.#local.ringPlanner();
    if (this.#closed) return;
    const step = this.#listener!.step(job.step);
    const handled = step.catch(() => undefined).finally(() => this.#running.delete(handled));
    this.#running.add(handled);
    await step;
  }

  #quietly(promise: Promise<unknown>): void {
    promise.catch(error => this.#log.warn({ err: error }, 'a ring was lost; the sweep will find it'));
  }
}
