import * as z from 'zod';
import { rfc3339 } from '../model/event.ts';

/** Shapes that many routes share. */

/** Epoch milliseconds as the API writes them. */
export const iso = (time: number): string => new Date(time).toISOString();
export const isoOrNull = (time: number | null | undefined): string | null =>
  time === null || time === undefined ? null : iso(time);

export const time = z.string().meta({ format: 'date-time' });
export const idParams = z.strictObject({ id: z.string().min(1).max(512) });

/** A time in a query, as epoch milliseconds. */
export const timeQuery = rfc3339.transform(text => Date.parse(text));
export const idQuery = z.string().min(1).max(255).optional();

export const triggerShape = z.object({ type: z.string(), timing: z.string() });
export const mistakeShape = z.object({ path: z.string(), message: z.string() }).meta({ id: 'FieldError' });
