import type { QueryRunner } from 'typeorm';

type Waiting = {
  work: () => Promise<unknown>;
  /** It is one statement, and nothing else that could fail: the database itself undoes it where it does. */
  single: boolean;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
};

/** Errors that may have ended the whole transaction (https://www.sqlite.org/lang_transaction.html, chapter 3). */
const endsTransaction = /SQLITE_(FULL|IOERR|NOMEM|BUSY|INTERRUPT)/;

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
    return this.#join(work, false);
  }

  /** A piece that needs no savepoint. @throws what the statement fails with */
  runStatement<T>(statement: () => Promise<T>): Promise<T> {
    return this.#join(statement, true);
  }

  #join<T>(work: () => Promise<T>, single: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, single, resolve: resolve as (value: unknown) => void, reject });
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
      for (const piece of group) settle.push(await this.#doneOf(piece, group.length === 1));
      await this.#runner.commitTransaction();
    } catch (error) {
      if (this.#runner.isTransactionActive) await this.#runner.rollbackTransaction().catch(() => undefined);
      for (const piece of group) piece.reject(error);
      return;
    }
    for (const done of settle) done();
  }

  /** @returns what tells the piece how it went, once the commit is there. @throws where the whole group has failed */
  async #doneOf(piece: Waiting, alone: boolean): Promise<() => void> {
    if (!alone && !piece.single) await this.#runner.query('SAVEPOINT piece');
    try {
      const value = await piece.work();
      return () => piece.resolve(value);
    } catch (error) {
      if (alone || (piece.single && endsTransaction.test(String(error)))) throw error;
      // The newest savepoint of that name is this piece's; those before it go with the commit.
      if (!piece.single) await this.#runner.query('ROLLBACK TO piece');
      return () => piece.reject(error);
    }
  }
}
