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

const visit = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string(),
  about: z.string(),
  events: z.array(event).min(1),
  expect: expectation,
});

/** One visit of the afternoon, with what must come of it worked out by hand. `{play}`, `{today}` and `{tomorrow}` are filled in. */
export type Visit = z.infer<typeof visit>;
export type Changes = Visit['expect'];
export type Afternoon = { visits: Visit[]; first: CloudEvent[]; later: CloudEvent[]; expected: Changes };

/** @throws Error naming the file of demo/afternoon that is no valid visit */
export function loadVisits(): Visit[] {
  const folder = new URL('afternoon/', import.meta.url);
  return readdirSync(folder)
    .sort()
    .map(name => {
      const read = visit.safeParse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
      if (!read.success) throw new Error(`demo/afternoon/${name}: ${z.prettifyError(read.error)}`);
      return read.data;
    });
}

/** All visits side by side in the hour before `until`: the events in the order of their times, and the sum of what must come of them. */
export function buildAfternoon(visits: Visit[], until: Date): Afternoon {
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
        source: `https://www.brightline.example/recorded/${stamp}-afternoon`,
        type: TYPE_PREFIX + type,
        time: new Date(startsAt + offsetMs(at)).toISOString(),
        datacontenttype: 'application/json' as const,
        data: { ...idsOf(play, type, browser), ...withOwnIds(fill(data), play) },
      },
    }));
  });
  const inOrder = played.toSorted((a, b) => (a.event.time < b.event.time ? -1 : 1));
  const sent = (later: boolean) => inOrder.filter(one => one.later === later).map(one => one.event);
  const names = Object.keys(expectation.shape) as (keyof Changes)[];
  const expected = Object.fromEntries(
    names.map(name => [name, filler(days)(visits.flatMap(({ expect }) => expect[name]))]),
  ) as Changes;
  return { visits, first: sent(false), later: sent(true), expected };
}

/** An e-mail belongs to no session. */
const idsOf = (play: string, type: EventType, browser: string) =>
  type.startsWith('email.') ? {} : { sessionId: `${play}-${browser}-s`, visitorId: `${play}-${browser}` };
