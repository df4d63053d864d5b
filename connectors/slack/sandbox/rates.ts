import { SlackError } from './errors.ts';

/** A short burst is let through, then one message a second in each channel. */
const burst = 4;

/** Refuses with `ratelimited` and whole seconds to wait. `now()` is epoch ms. */
export const createRates = (now: () => number) => {
  const buckets = new Map<string, { left: number; at: number }>();
  const controls = { rateLimit: true };
  return {
    controls,
    take(channelId: string): void {
      if (!controls.rateLimit) return;
      const at = now();
      const bucket = buckets.get(channelId) ?? { left: burst, at };
      const left = Math.min(burst, bucket.left + (at - bucket.at) / 1000);
      if (left < 1) throw new SlackError('ratelimited', {}, Math.max(1, Math.ceil(1 - left)));
      buckets.set(channelId, { left: left - 1, at });
    },
    reset(): void {
      buckets.clear();
      controls.rateLimit = true;
    },
  };
};
export type Rates = ReturnType<typeof createRates>;
