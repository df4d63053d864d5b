import { Refusal } from './refusal.ts';

const minute = 60_000;
const spans = { quarter: 15 * minute, hour: 60 * minute, day: 1440 * minute };
export type Limits = Record<keyof typeof spans, number> & { concurrent: number };
/** The documented defaults, for a team. */
export const documented: Limits = { quarter: 2000, hour: 7000, day: 120_000, concurrent: 10 };

const tooMany = (headers: Record<string, string> = {}) =>
  new Refusal(429, { code: 'rate_limited', message: 'Enterprise API rate limit exceeded' }, headers);

/** Counts the team's requests in windows that begin at whole quarters, hours and days. */
export function createLimits(now: () => number) {
  let limits = { ...documented };
  let counts: { span: keyof typeof spans; begun: number; used: number }[] = [];
  let inside = 0;
  const windowOf = (span: keyof typeof spans) => {
    const begun = now() - (now() % spans[span]);
    let window = counts.find(each => each.span === span && each.begun === begun);
    if (!window) {
      window = { span, begun, used: 0 };
      counts = [...counts.filter(each => each.span !== span), window];
    }
    return window;
  };
  const secondsLeft = ({ span, begun }: ReturnType<typeof windowOf>) => Math.ceil((begun + spans[span] - now()) / 1000);
  /** These describe the quarter of an hour alone. */
  const headers = (): Record<string, string> => {
    const quarter = windowOf('quarter');
    return {
      'RateLimit-Limit': String(limits.quarter),
      'RateLimit-Remaining': String(Math.max(0, limits.quarter - quarter.used)),
      'RateLimit-Reset': String(Math.ceil((quarter.begun + spans.quarter) / 1000)),
    };
  };
  return {
    /** @throws Refusal 429. @returns to be called when the request has been answered */
    enter(): () => void {
      if (inside >= limits.concurrent) throw tooMany();
      for (const span of Object.keys(spans) as (keyof typeof spans)[]) {
        const window = windowOf(span);
        if (window.used >= limits[span]) throw tooMany({ ...headers(), 'Retry-After': String(secondsLeft(window)) });
      }
      for (const span of Object.keys(spans) as (keyof typeof spans)[]) windowOf(span).used += 1;
      inside += 1;
      return () => {
        inside -= 1;
      };
    },
    headers,
    used: (span: keyof typeof spans) => windowOf(span).used,
    set: (change: Partial<Limits>) => {
      limits = { ...limits, ...change };
    },
    current: (): Limits => limits,
    reset: () => {
      limits = { ...documented };
      counts = [];
    },
  };
}
