import type { Clock } from '../clock.ts';

/** Answers kept for a while by key; those who ask at the same time share one look-up, and a failed one is not kept. */
export type Expiring<Value> = {
  get(key: string, load: () => Promise<Value>): Promise<Value>;
  clear(): void;
};

/** @param milliseconds how long an answer is kept; `most` answers at once, then all are dropped */
export function expiring<Value>(clock: Clock, milliseconds: number, most = 10_000): Expiring<Value> {
  const kept = new Map<string, { until: number; value: Promise<Value> }>();
  return {
    get(key, load) {
      const found = kept.get(key);
      if (found && found.until > clock.now()) return found.value;
      if (kept.size >= most) kept.clear();
      const entry = { until: clock.now() + milliseconds, value: load() };
      kept.set(key, entry);
      entry.value.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return entry.value;
    },
    clear: () => kept.clear(),
  };
}
