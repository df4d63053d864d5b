import { startSandbox } from '../../src/sandbox/server.ts';
import vendor from './sandbox/index.ts';
import { createReader } from './test-reader.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const noon = Date.parse('2026-11-20T12:00:00Z');
const iso = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** Numbers of [0, 1) that a seed decides (mulberry32). */
function chance(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

let now = noon;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  sandbox = await startSandbox({ vendors: [vendor], now: () => now });
});
afterAll(() => sandbox.close());

const control = (body: object) => sandbox.control('qualified', body);
const none = { visitor: null, userAgent: { string: 'x', deviceType: 'desktop' }, conversationIds: [], meetingIds: [] };

describe('windows that move while records come, change and arrive late', () => {
  it.each(Array.from({ length: 12 }, (_, n) => n + 1))('lose and skip nothing (seed %d)', async seed => {
    now = noon;
    sandbox.reset();
    const next = chance(seed);
    const below = (most: number) => Math.floor(next() * most);
    const pageSize = 1 + below(9);
    const skew = (below(3) - 1) * 7 * minute;
    control({ empty: true, pageSize });
    const reading = createReader(sandbox, () => now + skew, { backfill: '2' });
    const wanted = new Set<string>();
    let count = 0;

    /** Exactly at a full minute now and then, where the edges of windows are. */
    const at = (from: number, span: number) => {
      const time = from + below(span);
      return time - (time % (next() < 0.3 ? minute : second));
    };
    const sessionEnds = (endedAt: number, listedAt?: number) => {
      const id = `s${String(++count).padStart(6, '0')}`;
      const session = {
        id,
        createdAt: iso(endedAt - minute),
        endedAt: iso(endedAt),
        visitorId: id,
        pageViews: [],
        ...none,
      };
      control({ add: { sessions: [{ ...session, ...(listedAt !== undefined && { listedAt }) }] } });
      wanted.add(`session:${id}:ended`);
    };
    const leads: string[] = [];
    const leadComes = (createdAt: number) => {
      const id = `l${String(++count).padStart(6, '0')}`;
      leads.push(id);
      const lead = { id, email: `${id}@a.example`, fields: { n: 0 }, visitorIds: [id] };
      control({ add: { leads: [{ ...lead, createdAt: iso(createdAt), updatedAt: iso(createdAt) }] } });
    };
    const lastOf = new Map<string, number>();
    const leadChanges = () => {
      if (leads.length === 0) return;
      const id = leads[below(leads.length)]!;
      lastOf.set(id, ++count);
      control({ changeLead: { id, fields: { n: count } } });
    };

    for (let n = 0; n < 60; n++) sessionEnds(at(noon - 47 * hour, 46 * hour));
    for (let n = 0; n < 40; n++) leadComes(at(noon - 47 * hour, 46 * hour));
    for (let round = 0; round < 150; round++) {
      const what = next();
      if (what < 0.25) sessionEnds(at(now - 10 * minute, 10 * minute));
      // Its end is told late, as that of a visitor who was idle for an hour.
      else if (what < 0.35) sessionEnds(at(now - 60 * minute, 30 * minute), now + 30 * minute);
      else if (what < 0.45) leadComes(at(now - minute, minute));
      else if (what < 0.6) leadChanges();
      else if (what < 0.63) control({ killCursors: true });
      else if (what < 0.66) control({ cursorsDie: below(4) });
      else now += below(4 * minute);
      if (next() < 0.2) await reading.crash();
      await reading.poll();
    }
    now += 4 * hour;
    await reading.catchUp();
    const missing = [...wanted].filter(id => !reading.kept.has(id));
    expect(missing).toEqual([]);
    const newest = new Map<string, unknown>();
    for (const { data } of reading.events('visitor.updated').sort((a, b) => (a.time < b.time ? -1 : 1)))
      newest.set(data.visitorId as string, (data.visitor as { fields: { n: number } }).fields.n);
    expect(Object.fromEntries(newest)).toEqual(Object.fromEntries(leads.map(id => [id, lastOf.get(id) ?? 0])));
  });
});
