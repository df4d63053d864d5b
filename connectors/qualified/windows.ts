import { DAY_MS, type Stream, type StreamName, type Window } from './cursor.ts';

const minute = 60_000;
const hour = 60 * minute;

/** For how long Qualified holds new records back from its lists; to ask for what is younger is refused with 400. */
export const holds: Record<StreamName, number> = { leads: 30 * minute, sessions: 30 * minute, meetings: 24 * hour };
export const MESSAGES_HOLD_MS = 30 * minute;
/** Kept beyond each hold, since a clock that tells seconds is not exact. */
export const MARGIN_MS = minute;
/** How often a stream is asked for what is new. */
export const CADENCE_MS = 5 * minute;
/** What ended shortly before the edge may have come to the list after we read it: so much is read once more. */
export const OVERLAP_MS = 2 * hour;
/** Windows grow while one page holds them, and shrink where many are needed. */
const spans = { least: hour, most: 28 * DAY_MS };
const MANY_PAGES = 10;
const RESTARTS_A_SIZE = 2;

/** Up to when a stream may be read now. `now` by Qualified's clock, epoch ms. */
export const edgeOf = (name: StreamName, { lagMs }: Stream, now: number): number =>
  now - holds[name] - MARGIN_MS - lagMs;

/** Whether there is anything to ask: a window that is half read, or time that has become readable. */
export const isDue = (name: StreamName, stream: Stream, now: number): boolean =>
  stream.window !== undefined || edgeOf(name, stream, now) - stream.readTo >= CADENCE_MS;

/** In how many milliseconds it will be. */
export const dueIn = (name: StreamName, stream: Stream, now: number): number =>
  isDue(name, stream, now) ? 0 : stream.readTo + CADENCE_MS - edgeOf(name, stream, now);

/** The stretch to be read: the one under way, or the next one, which begins before the last one's end where that was young. */
export function windowOf(name: StreamName, stream: Stream, begin: number, now: number): Window {
  if (stream.window) return stream.window;
  const edge = edgeOf(name, stream, now);
  const to = Math.min(edge, stream.readTo + stream.spanMs);
  const from = stream.young ? Math.max(begin, stream.readTo - OVERLAP_MS) : stream.readTo;
  return { from, to, young: edge - to < OVERLAP_MS, pages: 0, restarts: 0 };
}

/** Where a stream stands once the last page of a window has been handed over. */
export function closed(stream: Stream, { to, pages, young }: Window): Stream {
  const { window: _, ...rest } = stream;
  const grown = pages <= 1 ? stream.spanMs * 2 : pages > MANY_PAGES ? stream.spanMs / 2 : stream.spanMs;
  const spanMs = Math.round(Math.min(spans.most, Math.max(spans.least, grown)));
  return { ...rest, readTo: Math.max(stream.readTo, to), young, spanMs };
}

/**
 * The window from its first page again, its cursor having died. Where that happens again and again the window is cut in half:
 * what fits on one page needs no cursor.
 */
export function restarted({ from, to, young, restarts }: Window): Window {
  const again = restarts + 1;
  const half = again > RESTARTS_A_SIZE && to - from > minute;
  return { from, to: half ? from + Math.floor((to - from) / 2) : to, young, pages: 0, restarts: half ? 0 : again };
}
