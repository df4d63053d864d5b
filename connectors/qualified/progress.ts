import type { SourceProgress } from '../../src/sdk/index.ts';
import type { Cursor, StreamName } from './cursor.ts';
import { edgeOf, isDue } from './windows.ts';

const HOUR_MS = 3_600_000;
const titles: Record<StreamName, string> = { leads: 'Leads', sessions: 'Sessions', meetings: 'Meetings' };

/** How far reading has come: hours of the streams together, done and in all, and a sentence. `now` by Qualified's clock. */
export function progressOf({ begin, streams }: Cursor, now: number): SourceProgress {
  let done = 0;
  let total = 0;
  const sentences = (Object.keys(titles) as StreamName[]).map(name => {
    const stream = streams[name];
    const edge = Math.max(begin, edgeOf(name, stream, now));
    done += Math.min(stream.readTo, edge) - begin;
    total += edge - begin;
    const upTo = isDue(name, stream, now) ? `up to ${minuteOf(stream.readTo)} of ${minuteOf(edge)}` : 'up to date';
    return `${titles[name]}: ${upTo} (${stream.records.toLocaleString('en-US')} read).`;
  });
  return { done: Math.floor(done / HOUR_MS), total: Math.ceil(total / HOUR_MS), message: sentences.join(' ') };
}

const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
