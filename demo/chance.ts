/** Chance that can be repeated: the same seed gives the same sequence. */
export type Chance = {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True in about `share` (0 to 1) of all calls. */
  happens(share: number): boolean;
  /** A shuffled copy. */
  shuffled<Item>(items: readonly Item[]): Item[];
};

/** The mulberry32 generator: small, and good enough to shuffle a demo. `seed` is a whole number. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    happens: share => next() < share,
    shuffled(items) {
      const copy = [...items];
      for (let last = copy.length - 1; last > 0; last--) {
        const other = below(last + 1);
        const [a, b] = [copy[last]!, copy[other]!];
        copy[last] = b;
        copy[other] = a;
      }
      return copy;
    },
  };
}
