import { at, eventsOf, foldAll, type Happening } from '../../test/support/session-events.ts';
import { defaultSettings, type SessionEnd } from '../model/session.ts';
import { isOpenAt, sessionEnds } from './clock.ts';

type Ends = [minute: number, how: SessionEnd['how']][];
type Case = { name: string; happenings: Happening[]; ends: Ends; imported?: boolean; settings?: object };

const page: Happening[1] = 'page.viewed';
const view = (minute: number): Happening => [minute, page, { url: '/pricing' }];
const left = (minute: number): Happening => [minute, 'visitor.left'];
const ended = (minute: number): Happening => [minute, 'session.ended', { sessionId: 's1' }];

// biome-ignore format: one case a line
const cases: Case[] = [
  { name: 'nothing known: no end', happenings: [], ends: [] },
  { name: '60 minutes after the last activity', happenings: [view(0), view(30)], ends: [[90, 'idle']] },
  { name: 'activity within the hour keeps it open', happenings: [view(0), view(59), view(118)], ends: [[178, 'idle']] },
  { name: 'activity at the very minute that the clock runs out counts', happenings: [view(0), view(60)], ends: [[120, 'idle']] },
  { name: 'activity after the end reopens it, and it ends again', happenings: [view(0), view(61)], ends: [[60, 'idle'], [121, 'idle']] },
  { name: '5 minutes after the visitor left', happenings: [view(0), left(2)], ends: [[7, 'left']] },
  { name: 'activity within five minutes cancels the leaving', happenings: [view(0), left(2), view(6)], ends: [[66, 'idle']] },
  { name: 'activity at the very minute of the fifth cancels too', happenings: [view(0), left(2), view(7)], ends: [[67, 'idle']] },
  { name: 'activity after the fifth minute comes too late', happenings: [view(0), left(2), view(8)], ends: [[7, 'left'], [68, 'idle']] },
  { name: 'leaving at the moment of the last activity', happenings: [view(0), left(0)], ends: [[5, 'left']] },
  { name: 'leaving twice: the first counts', happenings: [view(0), left(2), left(4)], ends: [[7, 'left']] },
  { name: 'left, came back, left again', happenings: [view(0), left(2), view(4), left(9)], ends: [[14, 'left']] },
  { name: 'leaving shortly before the hour is up: whichever comes first', happenings: [view(0), left(57)], ends: [[60, 'idle']] },
  { name: 'leaving after the session went idle ends nothing more', happenings: [view(0), left(70)], ends: [[60, 'idle']] },
  { name: 'left, with nothing else known', happenings: [left(2)], ends: [[7, 'left']] },
  { name: 'left before the first activity that is known', happenings: [left(0), view(10)], ends: [[5, 'left'], [70, 'idle']] },
  { name: 'an explicit end is final', happenings: [view(0), ended(3)], ends: [[3, 'ended']] },
  { name: 'an explicit end before the leaving has run out', happenings: [view(0), left(1), ended(3)], ends: [[3, 'ended']] },
  { name: 'leaving after an explicit end', happenings: [view(0), ended(3), left(4)], ends: [[3, 'ended']] },
  { name: 'an explicit end at the moment that the clock runs out is the one', happenings: [view(0), ended(60)], ends: [[60, 'ended']] },
  { name: 'an explicit end after the clock ended it counts as well', happenings: [view(0), ended(75)], ends: [[60, 'idle'], [75, 'ended']] },
  { name: 'activity after an explicit end reopens it', happenings: [view(0), ended(3), view(4)], ends: [[3, 'ended'], [64, 'idle']] },
  { name: 'activity within a minute after an explicit end reopens it', happenings: [view(2.5), ended(3), view(3.2)], ends: [[3, 'ended'], [63.2, 'idle']] },
  { name: 'activity at the moment of the explicit end does not reopen it', happenings: [view(0), ended(3), view(3)], ends: [[3, 'ended']] },
  { name: 'an explicit end told twice is one end', happenings: [view(0), ended(3), ended(3)], ends: [[3, 'ended']] },
  { name: 'an imported session never ends by the clock', imported: true, happenings: [view(0), left(1), view(500)], ends: [] },
  { name: 'an imported session ends where it says so', imported: true, happenings: [view(0), left(1), ended(90)], ends: [[90, 'ended']] },
  { name: 'both numbers are settings', settings: { sessionIdleMinutes: 10, sessionLeftMinutes: 1 }, happenings: [view(0), view(11), left(12)], ends: [[10, 'idle'], [13, 'left']] },
  { name: 'one minute of idleness is exact', settings: { sessionIdleMinutes: 1 }, happenings: [view(0), view(1), view(2.001)], ends: [[2, 'idle'], [3.001, 'idle']] },
  { name: 'what the visitor does not do is no activity', happenings: [
    view(0),
    [30, 'visitor.updated', { visitor: {} }],
    [31, 'meeting.rescheduled', { meetingId: 'm1' }],
    [32, 'meeting.canceled', { meetingId: 'm1' }],
    [33, 'meeting.no_show', { meetingId: 'm1' }],
    [34, 'email.sent', { email: 'ada@example.com' }],
    [35, 'email.unsubscribed', { email: 'ada@example.com' }],
  ], ends: [[60, 'idle']] },
];

describe('the end of a session', () => {
  test.each(cases)('$name', ({ happenings, ends, imported = false, settings = {} }) => {
    const facts = foldAll(eventsOf(happenings));
    const found = sessionEnds(facts, { ...defaultSettings, ...settings }, { imported });
    expect(found.map(end => [end.at, end.how])).toEqual(ends.map(([minute, how]) => [at(minute), how]));
  });

  test('an explicit end names the event that said so, the smallest id where two said it for the same moment', () => {
    const facts = foldAll(eventsOf([view(0), ended(3), ended(3)]).reverse());
    expect(sessionEnds(facts, defaultSettings, { imported: false })).toEqual([
      { at: at(3), how: 'ended', event: { source: 'site', id: 'e2' } },
    ]);
  });
});

describe('whether a session is open', () => {
  const open = (happenings: Happening[], minute: number, imported = false) =>
    isOpenAt(foldAll(eventsOf(happenings)), defaultSettings, at(minute), imported);

  // biome-ignore format: one case a line
  test.each([
    { name: 'not before it began', happenings: [view(10)], minute: 9, is: false },
    { name: 'from its first activity', happenings: [view(10)], minute: 10, is: true },
    { name: 'not where only the leaving is known', happenings: [left(1)], minute: 2, is: false },
    { name: 'until the clock runs out', happenings: [view(0)], minute: 59, is: true },
    { name: 'not from the moment it ran out', happenings: [view(0)], minute: 60, is: false },
    { name: 'not after an explicit end', happenings: [view(0), ended(3)], minute: 4, is: false },
    { name: 'not between an end and the next activity', happenings: [view(0), ended(3), view(20)], minute: 19, is: false },
    { name: 'again after activity that followed an end', happenings: [view(0), ended(3), view(20)], minute: 20, is: true },
    { name: 'in the second before an end at which activity goes on', happenings: [view(0), ended(0.5), view(1)], minute: 0.6, is: true },
  ])('$name', ({ happenings, minute, is }) => {
    expect(open(happenings, minute)).toBe(is);
  });

  test('an imported session stays open until it says that it ended', () => {
    expect(open([view(0)], 5000, true)).toBe(true);
    expect(open([view(0), ended(90)], 5000, true)).toBe(false);
  });
});
