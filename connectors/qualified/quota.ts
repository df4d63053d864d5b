import { StepError } from '../../src/sdk/index.ts';

/** So much of the quarter-hour's calls is left to the team's other programs. */
const LEFT_TO_OTHERS = 0.05;
/** More than may be under way when the last answer is heard. */
const LEAST_LEFT = 10;

type Heard = { limit: number; remaining: number; resetAt: number };

/**
 * How many calls the team may still make in this quarter of an hour, as the answers say: RateLimit-Limit, RateLimit-Remaining and
 * RateLimit-Reset (epoch seconds). The limits of the hour and of the day are heard of only by a 429.
 * https://github.com/api-evangelist/qualified-com, "Rate limits"
 */
export function createQuota() {
  let heard: Heard | undefined;
  return {
    /** @param now epoch ms, by Qualified's clock. @throws StepError `throttled` until the window's end where no more call is ours to make */
    check(now: number): void {
      if (!heard || heard.resetAt <= now || heard.remaining > Math.max(LEAST_LEFT, heard.limit * LEFT_TO_OTHERS))
        return;
      const { limit, remaining, resetAt } = heard;
      throw new StepError(
        'throttled',
        `Of the ${limit} calls that Qualified allows the team in a quarter of an hour ${remaining} are left, which are kept for other programs. It goes on in the next one.`,
        { retryAfterMs: resetAt - now },
      );
    },
    hear(headers: Record<string, string>): void {
      const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map(name =>
        Number(headers[`ratelimit-${name}`]),
      );
      if (limit! > 0 && remaining! >= 0 && reset! > 0)
        heard = { limit: limit!, remaining: remaining!, resetAt: reset! * 1000 };
    },
  };
}
