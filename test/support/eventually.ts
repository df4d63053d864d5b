import { setTimeout as pause } from 'node:timers/promises';

const betweenMs = 20;

/**
 * Asks again and again until `check` no longer throws. For what happens in other processes, whose clocks a test cannot move.
 * @returns what `check` answered. @throws what it threw last, once the deadline is over
 */
export async function eventually<T>(check: () => T | Promise<T>, { deadlineMs = 45_000 } = {}): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await pause(betweenMs);
  }
}
