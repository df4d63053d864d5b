import Bull from 'bull';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Bell, Listener, Queue } from './queue.ts';

type Job = { step: string } | { plan: true };

// A worker that died is noticed within seconds, and a job is never failed for having stalled: the database decides what is left to do.
const advanced = { lockDuration: 15_000, lockRenewTime: 5_000, stalledInterval: 5_000, maxStalledCount: 1_000 };

/**
 * Rings over Redis, for several processes. Jobs carry a step's id and nothing else, are tried once and leave no trace.
 * Losing Redis loses nothing: `ring` is not waited for, and the sweep wakes what nobody rang.
 */
export class BullQueue implements Queue {
  readonly #queue: Bull.Queue<Job>;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(redisUrl: string, clock: Clock, log: Log, prefix = 'baton') {
    this.#clock = clock;
    this.#log = log;
    this.#queue = new Bull<Job>('steps', redisUrl, {
      prefix,
      settings: advanced,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    this.#queue.on('error', error => log.warn({ err: error }, 'Redis does not answer; the sweep takes over'));
  }

  ring(bells: Bell[]): void {
    const now = this.#clock.now();
    const jobs = bells.map(bell => ({
      data: { step: bell.stepId },
      opts: { jobId: bell.ring, delay: Math.max(0, bell.dueAt - now) },
    }));
    this.#quietly(this.#queue.addBulk(jobs));
  }

  ringPlanner(): void {
    this.#quietly(this.#queue.add({ plan: true }));
  }

  listen(listener: Listener, concurrency: number): void {
    this.#quietly(
      this.#queue.process(concurrency, async ({ data }) => {
        if ('plan' in data) await listener.plan();
        else await listener.step(data.step);
      }),
    );
  }

  async ready(): Promise<boolean> {
    if (this.#queue.client.status !== 'ready') return false;
    return this.#queue.client.ping().then(
      answer => answer === 'PONG',
      () => false,
    );
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  #quietly(promise: Promise<unknown>): void {
    promise.catch(error => this.#log.warn({ err: error }, 'a ring was lost; the sweep will find it'));
  }
}
