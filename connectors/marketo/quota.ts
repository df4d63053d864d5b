import { DateTime } from 'luxon';

/** How long until the daily quota is new, from `at` (epoch ms): midnight in the US Central time zone. */
export function untilNewQuota(at: number): number {
  const there = DateTime.fromMillis(at, { zone: 'America/Chicago' });
  return there.plus({ days: 1 }).startOf('day').toMillis() - at;
}
