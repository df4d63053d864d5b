import type { QueryRunner } from 'typeorm';

type Waiting = { work: () => Promise<unknown>; resolve(value: unknown): void; reject(reason: unknown): void };

/**
 * The single write lane of SQLite. Work that waits while a commit is under way shares the next one: each piece in a
 * savepoint of its own, so that one that fails takes nothing with it. A piece resolves once its commit is durable.
 * Work must not call `run` itself: it would wait for its own commit.
 */
export class GroupCommit {
  readonly #runner: QueryRunner;
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;

  constructor(runner: QueryRunner, most = 100) {
    this.#runner = runner;
    this.#most = most;
  }
  readonly #most: number;

  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#draining) await this.#draining;
  }

  async #drain(): Promise<void> {
    // Let everything that is ready in this turn of the loop join the first commit.
    await new Promise(resolve => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, this.#most));
    this.#draining = undefined;
  }

  async #commit(group: Waiting[]): Promise<void> {
    const settle: (() => void)[] = [];
    try {
      await this.#runner.startTransaction();
      for (const piece of group) settle.push(group.length === 1 ? await this.#alone(piece) : await this.#apart(piece));
      await this.#runner.commitTransaction();
    } catch (error) {
      if (this.#runner.isTransactionActive) await this.#runner.rollbackTransaction().catch(() => undefined);
      for (const piece of group) piece.reject(error);
      return;
    }
    for (const done of settle) done();
  }

  async #alone(piece: Waiting): Promise<() => void> {
    const value = await piece.work();
    return () => piece.resolve(value);
  }

  async #apart(piece: Waiting): Promise<() => void> {
    await this.#runner.query('SAVEPOINT piece');
    try {
      const value = await piece.work();
      await this.#runner.query('RELEASE piece');
      return () => piece.resolve(value);
    } catch (error) {
      await this.#runner.query('ROLLBACK TO piece');
      await this.#runner.query('RELEASE piece');
      return () => piece.reject(error);
    }
  }
}
