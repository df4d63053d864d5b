import type { StreamName } from './cursor.ts';
import { type Event, leadEvents, meetingEvents } from './events.ts';
import { gather } from './gather.ts';
import type { Reading } from './list.ts';
import { lead, meeting, readable, type Session, session } from './records.ts';
import { endOf, sessionEvents, visitorAsOf } from './session-events.ts';

/** `begin`: from when on sessions are read, epoch ms; `now` by Qualified's clock. */
export type PageContext = Reading & { stored(ids: string[]): Promise<Set<string>>; begin: number; now: number };

/** What of a page is handed over. `done`: it is a part, down to this record; absent: it is the page, or the rest of it. */
export type Portion = { events: Event[]; read: number; done?: string; note?: string | undefined };

type StreamRules = {
  path: string;
  /** Both ends belong to the window. */
  query(from: string, to: string): Record<string, string>;
  hand(context: PageContext, records: unknown[], done: string | undefined): Promise<Portion>;
};

export const streams: Record<StreamName, StreamRules> = {
  leads: {
    path: '/v2/leads',
    query: (from, to) => ({ updated_after: from, updated_before: to }),
    async hand(_context, records) {
      const { read, unread } = readable(lead, records);
      return { events: read.flatMap(leadEvents), read: read.length, note: unreadNote('leads', unread) };
    },
  },
  sessions: {
    path: '/v2/sessions',
    query: (from, to) => ({ ended_after: from, ended_before: to }),
    hand: handSessions,
  },
  meetings: {
    path: '/v2/meetings',
    query: (from, to) => ({ updated_after: from, updated_before: to }),
    async hand({ begin }, records) {
      const { read, unread } = readable(meeting, records);
      // The session of an older one will never be read; it would stay without an end for ever.
      const known = read.map(each => (each.createdAt < begin ? { ...each, sessionId: null } : each));
      return {
        events: known.flatMap(each => meetingEvents(each)),
        read: read.length,
        note: unreadNote('meetings', unread),
      };
    },
  },
};

/** About as many events as one poll brings: what is lost where the process dies, and what the planner gets at once. */
const MOST_EVENTS = 4000;
const expectedEvents = ({ pageViews, conversationIds, meetingIds }: Session): number =>
  3 + pageViews.length + 14 * conversationIds.length + 2 * meetingIds.length;

/** Sessions with all that hangs on them. Those that are there already cost no further call; only what is known of the visitor may be new. */
async function handSessions(context: PageContext, records: unknown[], done: string | undefined): Promise<Portion> {
  const { read, unread } = readable(session, records);
  const rest = read.slice(read.findIndex(({ id }) => id === done) + 1);
  const stored = await context.stored(rest.map(endOf));
  const isKnown = (each: Session) => stored.has(endOf(each));
  const portion = firstOf(rest, each => (isKnown(each) ? 1 : expectedEvents(each)));
  const fresh = portion.filter(each => !isKnown(each));
  const whole = fresh.length > 0 ? (await gather(context, fresh, context.now)).map(sessionEvents) : [];
  const unknown = whole.reduce((sum, each) => sum + each.unknown, 0);
  const events = [
    ...portion.filter(isKnown).flatMap(each => visitorAsOf(each, each.endedAt)),
    ...whole.flatMap(each => each.events),
  ];
  const notes = [
    unreadNote('sessions', done === undefined ? unread : 0),
    unknown > 0
      ? `${unknown} messages whose sender Qualified cannot tell were left out; the newest are of sessions that ended by ${new Date(portion[0]!.endedAt).toISOString()}.`
      : undefined,
  ];
  return {
    events,
    read: fresh.length,
    ...(portion.length < rest.length && { done: portion.at(-1)!.id }),
    note: notes.filter(Boolean).join(' ') || undefined,
  };
}

/** As many from the beginning as weigh no more than a poll may bring, but one at least. */
function firstOf(sessions: Session[], weightOf: (session: Session) => number): Session[] {
  let weight = 0;
  const end = sessions.findIndex((each, index) => {
    weight += weightOf(each);
    return index > 0 && weight > MOST_EVENTS;
  });
  return end < 0 ? sessions : sessions.slice(0, end);
}

const unreadNote = (what: string, unread: number): string | undefined =>
  unread > 0
    ? `${unread} ${what} that Qualified answered were not as its documentation describes them, and were left out.`
    : undefined;
