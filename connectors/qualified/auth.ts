import * as z from 'zod';
import type { KeyAuth } from '../../src/sdk/index.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 3650;
const DEFAULT_DAYS = '7';

/** An API key of the team, and from when on what happened is read. */
export const auth: KeyAuth = {
  kind: 'key',
  fields: z.object({
    apiToken: z.string().trim().min(1).max(4096).meta({
      title: 'API token',
      description:
        'Made in Qualified with the scopes session:view, conversation:view, meeting:view and lead:view. The Enterprise API must be enabled for the team.',
      secret: true,
    }),
    backfill: z
      .string()
      .trim()
      .default(DEFAULT_DAYS)
      .refine(value => startOf(value, 0) !== undefined, {
        error: `must be a number of days from 0 to ${MOST_DAYS}, or a date such as 2026-06-01`,
      })
      .meta({
        title: 'Read from',
        description:
          'What happened before the account was connected: a number of days, or a date (UTC). Active workflows also run for sessions that are read in this way.',
      }),
  }),
};

/**
 * Where reading begins (epoch ms), by what the admin typed: so many days before `now`, or the beginning of a day.
 * @returns undefined where it is neither
 */
export function startOf(typed: string, now: number): number | undefined {
  if (/^\d{1,4}$/.test(typed)) return Number(typed) <= MOST_DAYS ? now - Number(typed) * DAY_MS : undefined;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(typed)) return undefined;
  const day = Date.parse(`${typed}T00:00:00Z`);
  // Date.parse takes 31 February for a day of March.
  return Number.isNaN(day) || !new Date(day).toISOString().startsWith(typed) ? undefined : day;
}
