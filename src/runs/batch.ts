type Waiting<Item, Result> = {
  item: Item;
  since: number;
  resolve(result: Result): void;
  reject(reason: unknown): void;
};

type Rules<Item, Result> = {
  /** Makes one call for all items. `waited` says whether they stood waiting. Answers one result, or the error to throw, per item, in order. */
  travel(items: Item[], waited: boolean): Promise<(Result | Error)[]>;
  /** Two items with the same answer never travel together. */
  exclusive?(item: Item): string | undefined;
  /** Epoch ms. */
  now(): number;
  /** Milliseconds after which an item that found no place in the batch that has just left is put back. */
  longestWaitMs: number;
  putBack(item: Item): Result;
};

/**
 * Lets items of the same group travel together. A batch leaves at once, unless a call of its group is in flight: then what comes
 * gathers until that call returns. An idle system waits for nothing.
 */
export class Batcher<Item, Result> {
  readonly #rules: Rules<Item, Result>;
  /** Per group with a call in flight: what waits for its return. */
  readonly #waiting = new Map<string, Waiting<Item, Result>[]>();

  constructor(rules: Rules<Item, Result>) {
    this.#rules = rules;
  }

  /** @param max how many items one call of this group may carry. @returns the item's own result; rejects with its own error, or the call's */
  join(group: string, max: number, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const one = { item, since: this.#rules.now(), resolve, reject };
      const waiting = this.#waiting.get(group);
      if (waiting) {
        waiting.push(one);
        return;
      }
      this.#waiting.set(group, []);
      void this.#goOn(group, max, one);
    });
  }

  async #goOn(group: string, max: number, first: Waiting<Item, Result>): Promise<void> {
    await this.#travel([first], false);
    for (;;) {
      const waiting = this.#waiting.get(group)!;
      if (waiting.length === 0) break;
      const { leaving, staying } = this.#board(waiting, max);
      this.#waiting.set(group, this.#putBackLate(staying));
      await this.#travel(leaving, true);
    }
    this.#waiting.delete(group);
  }

  #board(waiting: Waiting<Item, Result>[], max: number) {
    const leaving: Waiting<Item, Result>[] = [];
    const staying: Waiting<Item, Result>[] = [];
    const taken = new Set<string>();
    for (const one of waiting) {
      const key = this.#rules.exclusive?.(one.item);
      const fits = leaving.length < max && (key === undefined || !taken.has(key));
      (fits ? leaving : staying).push(one);
      if (fits && key !== undefined) taken.add(key);
    }
    return { leaving, staying };
  }

  #putBackLate(staying: Waiting<Item, Result>[]): Waiting<Item, Result>[] {
    const { now, longestWaitMs, putBack } = this.#rules;
    const late = staying.filter(({ since }) => now() - since > longestWaitMs);
    for (const { item, resolve } of late) resolve(putBack(item));
    return staying.filter(one => !late.includes(one));
  }

  async #travel(leaving: Waiting<Item, Result>[], waited: boolean): Promise<void> {
    try {
      const results = await this.#rules.travel(
        leaving.map(({ item }) => item),
        waited,
      );
      for (const [position, one] of leaving.entries()) {
        const result = results[position] as Result | Error;
        if (result instanceof Error) one.reject(result);
        else one.resolve(result);
      }
    } catch (error) {
      for (const one of leaving) one.reject(error);
    }
  }
}
