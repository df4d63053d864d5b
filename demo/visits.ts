import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { type EventType, eventTypes, TYPE_PREFIX } from '../src/model/event.ts';
import { type CloudEvent, filler, withOwnIds } from './play.ts';
import { offset, offsetMs } from './script.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const event = z.strictObject({
  at: offset,
  type: z.enum(eventTypes as [EventType, ...EventType[]]),
  /** A visitor in two browsers is two visitors with two sessions, until the e-mail tells. */
  browser: z.string().default('b1'),
  /** It happens once everything before it has come to rest. */
  later: z.boolean().default(false),
  data: z.record(z.string(), z.unknown()),
});

/** What Salesforce must hold that it did not hold before, as sentences. */
const sentences = z.array(z.string()).default([]);
const expectation = z.strictObject({
  leadsCreated: sentences,
  leadsChanged: sentences,
  contactsCreated: sentences,
  contactsChanged: sentences,
  members: sentences,
  tasks: sentences,
  events: sentences,
  eventsDeleted: sentences,
});

export type Changes = z.infer<typeof expectation>;
/** What must come of an act, by place: sentences about what stands there. */
type Sentences = Record<string, string[]>;

/** One visit of an act, with what must come of it worked out by hand. `{play}`, `{today}` and `{tomorrow}` are filled in. */
export type Visit<Expected extends Sentences = Sentences> = {
  id: string;
  title: string;
  about: string;
  events: z.infer<typeof event>[];
  expect: Expected;
};
export type Act<Expected extends Sentences = Sentences> = {
  visits: Visit<Expected>[];
  first: CloudEvent[];
  later: CloudEvent[];
  expected: Expected;
};

/** The visits of the afternoon. @throws Error naming the file that is no valid visit */
export const loadVisits = (): Visit<Changes>[] => loadAct('afternoon', expectation);

/** The visits in a folder of the demo. @throws Error naming the file that is no valid visit */
export function loadAct<Expected extends Sentences>(
  act: 'afternoon' | 'evening',
  expect: z.ZodType<Expected>,
): Visit<Expected>[] {
  const folder = new URL(`${act}/`, import.meta.url);
  const visit = z.strictObject({
    id: z.string().regex(/^[a-z0-9-]+$/),
    title: z.string(),
    about: z.string(),
    events: z.array(event).min(1),
    expect,
  });
  return readdirSync(folder)
    .sort()
    .map(name => {
      const read = visit.safeParse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
      if (!read.success) throw new Error(`demo/${act}/${name}: ${z.prettifyError(read.error)}`);
      return read.data as Visit<Expected>;
    });
}

/** All visits side by side in the hour before `until`: the events in the order of their times, and the sum of what must come of them. */
export function buildAct<Expected extends Sentences>(
  act: 'afternoon' | 'evening',
  visits: Visit<Expected>[],
  until: Date,
): Act<Expected> {
  const startsAt = until.getTime() - HOUR;
  const stamp = Math.floor(until.getTime() / 1000).toString(36);
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const days = { today: day(startsAt), tomorrow: day(startsAt + DAY) };
  const played = visits.flatMap(({ id, events }) => {
    const play = `${stamp}-${id}`;
    const fill = filler({ ...days, play });
    return events.map(({ at, type, browser, later, data }, index) => ({
      later,
      event: {
        specversion: '1.0' as const,
        id: `${play}-e${index + 1}`,
        source: `https://www.brightline.example/recorded/${stamp}-${act}`,
        type: TYPE_PREFIX + type,
        time: new Date(startsAt + offsetMs(at)).toISOString(),
        datacontenttype: 'application/json' as const,
        data: { ...idsOf(play, type, browser), ...withOwnIds(fill(data), play) },
      },
    }));
  });
  const inOrder = played.toSorted((a, b) => (a.event.time < b.event.time ? -1 : 1));
  const sent = (later: boolean) => inOrder.filter(one => one.later === later).map(one => one.event);
  const places = [...new Set(visits.flatMap(({ expect }) => Object.keys(expect)))];
  const expected = Object.fromEntries(
    places.map(place => [place, filler(days)(visits.flatMap(({ expect }) => expect[place] ?? []))]),
  ) as Expected;
  return { visits, first: sent(false), later: sent(true), expected };
}

/** An e-mail belongs to no session. */
const idsOf = (play: string, type: EventType, browser: string) =>
  type.startsWith('email.') ? {} : { sessionId: `${play}-${browser}-s`, visitorId: `${play}-${browser}` };
