import { retryLimits, throttledUntil } from '../runs/retry.ts';
import type { StepError } from '../sdk/index.ts';

const second = 1000;
const minute = 60 * second;
/** What only a person can mend is looked at again now and then, in case somebody has. */
const LOOK_AGAIN_MS = 15 * minute;
/** A connection that needs reconnecting is not polled at all; this is for what is refused in the moment it is made again. */
const RECONNECT_MS = minute;

/**
 * When to poll again after a failure. A source never gives up: what is not read today is read tomorrow.
 * @param failures those in a row, this one included; `random` is a number of [0, 1)
 * @returns epoch ms
 */
export function nextTry(
  { kind, details: { retryAfterMs } }: StepError,
  { failures, now, random }: { failures: number; now: number; random: number },
): number {
  if (kind === 'throttled') return throttledUntil({ now, random, retryAfterMs }).dueAt;
  if (kind === 'unauthorized') return now + RECONNECT_MS;
  if (kind === 'rejected' || kind === 'forbidden' || kind === 'defect') return now + LOOK_AGAIN_MS;
  const { baseMs, capMs } = retryLimits;
  const backoff = Math.min(capMs, baseMs * 2 ** (failures - 1));
  return now + Math.max(second, retryAfterMs ?? 0) + Math.floor(random * backoff);
}
