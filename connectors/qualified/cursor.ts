import * as z from 'zod';

const time = z.int();
const window = z.object({
  from: time,
  to: time,
  /** The page to read next; absent: the first one. */
  after: z.string().optional(),
  /** What of that page has been handed over: everything down to this record. */
  done: z.string().optional(),
  /** It was so young when its first page was read that something may have come to it since. */
  young: z.boolean(),
  pages: z.int(),
  restarts: z.int(),
});
const stream = z.object({
  /** Everything up to then has been handed over. */
  readTo: time,
  /** The window that was read last was young. */
  young: z.boolean(),
  spanMs: z.int(),
  /** By how much longer records are held back than we were told, as far as refusals have taught us. */
  lagMs: z.int(),
  records: z.int(),
  window: window.optional(),
});
const cursor = z.object({
  version: z.literal(1),
  begin: time,
  /** Qualified's clock less ours. */
  skewMs: z.number(),
  streams: z.object({ leads: stream, sessions: stream, meetings: stream }),
});

/** A stretch of time that is being read, newest first. Both ends belong to it. Times are epoch ms. */
export type Window = z.infer<typeof window>;
export type Stream = z.infer<typeof stream>;
export type Cursor = z.infer<typeof cursor>;
export type StreamName = keyof Cursor['streams'];

export const DAY_MS = 86_400_000;

export function beginAt(begin: number): Cursor {
  const from: Stream = { readTo: begin, young: false, spanMs: DAY_MS, lagMs: 0, records: 0 };
  const streams = { leads: { ...from }, sessions: { ...from }, meetings: { ...from } };
  return { version: 1, begin, skewMs: 0, streams };
}

/** Undefined for what is no cursor of ours. */
export const readCursor = (value: unknown): Cursor | undefined => cursor.safeParse(value).data;
