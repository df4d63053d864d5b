import { dailyLimit, searchLimit, tenSecondlyLimit } from './errors.ts';

const WINDOW_MS = 10_000;

/** How often the app may call, and what the headers say of it. Numbers change; they can be set by control. */
export const createLimits = (now: () => number) => {
  const defaults = { tenSecondlyLimit: 110, searchesPerSecond: 5, dailyLeft: undefined as number | undefined };
  const controls = { ...defaults };
  let calls: number[] = [];
  let searches: number[] = [];
  const recent = (times: number[], within: number) => times.filter(at => at > now() - within);
  return {
    controls,
    reset(): void {
      calls = [];
      searches = [];
      Object.assign(controls, defaults);
    },
    /** Counts one call, and throws where it is one too many. Searches are counted by themselves, and have no headers. */
    take(isSearch: boolean): Record<string, string> {
      if (controls.dailyLeft !== undefined) {
        if (controls.dailyLeft <= 0) throw dailyLimit();
        controls.dailyLeft -= 1;
      }
      if (isSearch) {
        searches = recent(searches, 1_000);
        if (searches.length >= controls.searchesPerSecond) throw searchLimit();
        searches.push(now());
        return {};
      }
      calls = recent(calls, WINDOW_MS);
      if (calls.length >= controls.tenSecondlyLimit) throw tenSecondlyLimit();
      calls.push(now());
      const left = controls.tenSecondlyLimit - calls.length;
      return {
        'x-hubspot-ratelimit-max': String(controls.tenSecondlyLimit),
        'x-hubspot-ratelimit-remaining': String(left),
        'x-hubspot-ratelimit-interval-milliseconds': String(WINDOW_MS),
      };
    },
  };
};
