import sqlite3 from 'sqlite3';

const MOST_KEPT = 300;
// Statements with long lists of values hardly come again, and a kept one holds on to its last values.
const LONGEST_KEPT = 4000;

type Statement = sqlite3.Statement;

/**
 * A connection that keeps its prepared statements: the driver by itself prepares each one anew, which costs as much as
 * carrying most of ours out.
 */
class PreparedDatabase extends sqlite3.Database {
  readonly #kept = new Map<string, Statement>();
  #closing = false;

  /** Every statement whose rows are read to the end. (`run` stops after the first step, which may leave one open.) */
  override all(sql: string, ...rest: unknown[]): this {
    const known = this.#kept.get(sql);
    if (known) {
      known.all(...rest);
      return this;
    }
    const statement = this.prepare(sql, (error: Error | null) => {
      const done = rest.at(-1);
      // What was asked of a statement that cannot be prepared is dropped in silence.
      if (error && typeof done === 'function') done.call(statement, error);
      else if (!error) this.#keep(sql, statement);
    });
    statement.all(...rest);
    return this;
  }

  /** A statement that is still there would keep the connection open. */
  override close(done?: (error: Error | null) => void): void {
    this.#closing = true;
    for (const statement of this.#kept.values()) statement.finalize();
    this.#kept.clear();
    super.close(done);
  }

  /** Statements end in the order in which they came, when there are too many; what they are still asked to do is done first. */
  #keep(sql: string, statement: Statement): void {
    if (this.#closing || sql.length > LONGEST_KEPT || this.#kept.has(sql)) {
      statement.finalize();
      return;
    }
    this.#kept.set(sql, statement);
    if (this.#kept.size <= MOST_KEPT) return;
    const [oldest, first] = this.#kept.entries().next().value!;
    this.#kept.delete(oldest);
    first.finalize();
  }
}

/**
 * The sqlite3 package as TypeORM takes it. TypeORM switches on its verbose mode, which inspects the values of every statement,
 * at a price, to write them into the stacks of errors: customers' data would get into the log.
 */
export const sqliteDriver = { verbose: () => ({ ...sqlite3, Database: PreparedDatabase }) };
