import type { StepRow } from '../db/entities.ts';
import { newId } from '../ids.ts';
import { claim } from './claim.ts';
import type { Executor } from './execute.ts';
import type { RunServices } from './services.ts';

type Rung = { stepId: string; resolve(): void; reject(reason: unknown): void };

/** Answers the doorbell: steps rung in the same turn of the loop are claimed in one statement, then carried out side by side. */
export class Worker {
  readonly #services: RunServices;
  readonly #executor: Executor;
  #rung: Rung[] = [];
  #claiming = false;

  constructor(services: RunServices, executor: Executor) {
    this.#services = services;
    this.#executor = executor;
  }

  /** Resolves when the step, if it was ours to take, and what followed it have been carried out or put back. */
  step(stepId: string): Promise<void> {
    if (this.#services.stopping()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#rung.push({ stepId, resolve, reject });
      if (!this.#claiming) void this.#claim();
    });
  }

  async #claim(): Promise<void> {
    this.#claiming = true;
    await new Promise(resolve => setImmediate(resolve));
    while (this.#rung.length > 0) await this.#take(this.#rung.splice(0));
    this.#claiming = false;
  }

  async #take(rung: Rung[]): Promise<void> {
    const { database, clock, leaseMs } = this.#services;
    const token = newId();
    const ids = [...new Set(rung.map(({ stepId }) => stepId))];
    try {
      const taken = await claim(database, ids, { token, milliseconds: leaseMs }, clock.now());
      const mine = new Map(taken.map(step => [step.id, step]));
      for (const one of rung) {
        const step = mine.get(one.stepId);
        mine.delete(one.stepId);
        if (step) void this.#carryOut(step, token).then(one.resolve);
        else one.resolve();
      }
    } catch (error) {
      for (const one of rung) one.reject(error);
    }
  }

  /** What goes wrong here is not about the step (that is recorded on it): the lease lapses, and the sweep brings it back. */
  async #carryOut(step: StepRow, token: string): Promise<void> {
    try {
      await this.#executor.execute(step, token);
    } catch (error) {
      this.#services.log.error(
        { err: error, step: step.id },
        'a step could not be carried out; it is tried again when its lease lapses',
      );
    }
  }
}
