import { Refusal } from './errors.ts';

/** Calls in a period of seconds. Source: learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit */
type Window = [calls: number, seconds: number];
const perThread: Record<'send' | 'create' | 'read', Window[]> = {
  send: [
    [7, 1],
    [8, 2],
    [60, 30],
    [1_800, 3_600],
  ],
  create: [
    [7, 1],
    [8, 2],
    [60, 30],
    [1_800, 3_600],
  ],
  read: [
    [14, 1],
    [16, 2],
    [120, 30],
    [3_600, 3_600],
  ],
};
const perTenant: Window[] = [[50, 1]];
const LONGEST_MS = 3_600_000;

/** The limits of one bot: per conversation, and for the whole tenant. */
export const createRates = (now: () => number) => {
  const calls = new Map<string, number[]>();
  const controls = { rateLimit: true };

  const secondsLeft = (key: string, windows: Window[]): number => {
    const at = now();
    const recent = (calls.get(key) ?? []).filter(time => time > at - LONGEST_MS);
    const waits = windows.map(([most, seconds]) => {
      const inside = recent.filter(time => time > at - seconds * 1000);
      const first = inside.at(-most);
      return inside.length < most || first === undefined ? 0 : (first + seconds * 1000 - at) / 1000;
    });
    calls.set(key, recent);
    return Math.max(...waits);
  };

  return {
    controls,
    /** @throws Refusal 429 with the whole seconds to wait */
    take(kind: keyof typeof perThread, thread: string): void {
      if (!controls.rateLimit) return;
      const keys: [string, Window[]][] = [
        [`${kind} ${thread}`, perThread[kind]],
        ['tenant', perTenant],
      ];
      const wait = Math.max(...keys.map(([key, windows]) => secondsLeft(key, windows)));
      if (wait > 0) throw new Refusal(429, 'TooManyRequests', 'API calls quota exceeded.', Math.ceil(wait));
      for (const [key] of keys) calls.get(key)?.push(now());
    },
    reset(): void {
      calls.clear();
      controls.rateLimit = true;
    },
  };
};
export type Rates = ReturnType<typeof createRates>;
