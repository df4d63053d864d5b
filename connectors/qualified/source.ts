import type { Polled, Source, SourceContext } from '../../src/sdk/index.ts';
import { startOf } from './auth.ts';
import type { QualifiedClient } from './client.ts';
import { beginAt, type Cursor, readCursor, type Stream, type StreamName, type Window } from './cursor.ts';
import { QualifiedFailure } from './errors.ts';
import { type Event, handOver } from './events.ts';
import { readPage, stamp } from './list.ts';
import { progressOf } from './progress.ts';
import { type PageContext, type Portion, streams } from './streams.ts';
import { closed, dueIn, edgeOf, isDue, MARGIN_MS, restarted, windowOf } from './windows.ts';

type Context = SourceContext<QualifiedClient>;

/** Who is known comes first, so that the workflows of a session know the person; meetings last, as they are held back longest. */
const order: StreamName[] = ['leads', 'sessions', 'meetings'];
/** A hold that is so much longer than documented is something else. */
const MOST_LAG_MS = 24 * 3_600_000;

/**
 * Reads leads, sessions and meetings in windows of time, oldest first, each window page by page. One poll reads one page, or a
 * part of one.
 */
export const source: Source<QualifiedClient> = {
  origin: ({ settings }) => `//${new URL(settings.QUALIFIED_API_URL ?? '').host}`,

  async poll(context, given) {
    const known = readCursor(given);
    const cursor =
      known ?? beginAt(context.since ?? startOf(context.options.backfill ?? '', context.now()) ?? context.now());
    const clock = () => context.client.clock() ?? context.now() + cursor.skewMs;
    const name = order.find(each => isDue(each, cursor.streams[each], clock()));
    const step = name ? await readStep(context, cursor, name, clock) : nothing;
    const skewMs = clock() - context.now();
    const next: Cursor = {
      ...cursor,
      skewMs,
      streams: { ...cursor.streams, ...(name && step.stream && { [name]: step.stream }) },
    };
    const wait = Math.min(...order.map(each => dueIn(each, next.streams[each], clock())));
    const lost = given !== undefined && !known ? 'What had been read so far could not be told any more, so it is read from the beginning; what is there already stays as it is.' : undefined; // biome-ignore format: a sentence
    return {
      events: step.events.map(handOver),
      cursor: next,
      more: wait === 0,
      progress: wait === 0 ? progressOf(next, clock()) : undefined,
      nextAt: context.now() + Math.max(MARGIN_MS / 2, wait),
      note: [lost, step.note].filter(Boolean).join(' ') || undefined,
    } satisfies Polled;
  },
};

type Step = { events: Event[]; stream?: Stream; note?: string | undefined };
const nothing: Step = { events: [] };

async function readStep(context: Context, cursor: Cursor, name: StreamName, clock: () => number): Promise<Step> {
  const stream = cursor.streams[name];
  const window = windowOf(name, stream, cursor.begin, clock());
  const { path, query, hand } = streams[name];
  const after = window.after;
  const reading = { client: context.client, signal: context.signal };
  const asked = { ...query(stamp(window.from), stamp(window.to)), ...(after !== undefined && { after }) };
  const page = await readPage(reading, path, asked).catch(error => {
    if (error instanceof QualifiedFailure && error.status === 400) return error;
    throw error;
  });
  if (page instanceof QualifiedFailure) {
    if (after !== undefined) return startAgain(name, stream, window);
    return { events: [], stream: keepClear(name, stream, window, clock(), page) };
  }
  const pageContext: PageContext = { ...reading, stored: context.stored, begin: cursor.begin, now: clock() };
  const portion = await hand(pageContext, page.records, window.done);
  return {
    events: portion.events,
    stream: advanced(stream, window, { ...portion, next: page.next }),
    note: portion.note,
  };
}

/** Where the stream stands after a page, or a part of one, was handed over. */
function advanced(
  stream: Stream,
  { done: _, ...window }: Window,
  { done, read, next }: Portion & { next: string | undefined },
): Stream {
  const records = stream.records + read;
  if (done !== undefined) return { ...stream, records, window: { ...window, done } };
  const pages = window.pages + 1;
  if (next === undefined) return closed({ ...stream, records }, { ...window, pages });
  return { ...stream, records, window: { ...window, pages, after: next } };
}

function startAgain(name: StreamName, stream: Stream, window: Window): Step {
  const again = restarted(window);
  const note = `Qualified did not take the cursor any more with which its ${name} from ${stamp(window.from)} to ${stamp(window.to)} were being read, so this stretch is read from its beginning again. Nothing is lost by it.`;
  return { events: [], stream: { ...stream, window: again }, note };
}

/**
 * The first page of a window was refused: it reaches into what is held back. By Qualified's own clock the window may end earlier;
 * where that is no answer the hold is longer than we know.
 */
function keepClear(name: StreamName, stream: Stream, window: Window, now: number, refusal: QualifiedFailure): Stream {
  const { window: _, ...rest } = stream;
  if (edgeOf(name, stream, now) < window.to - 1000) return rest;
  const lagMs = Math.max(MARGIN_MS, stream.lagMs * 2);
  if (lagMs > MOST_LAG_MS || edgeOf(name, { ...stream, lagMs }, now) > window.to) throw refusal;
  return { ...rest, lagMs };
}
