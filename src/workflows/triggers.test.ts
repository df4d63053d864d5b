import { type Case, type PairName, triggerCases } from '../../test/fixtures/trigger-cases.ts';
import {
  asked,
  booked,
  click,
  email,
  ended,
  left,
  offered,
  page,
  pounced,
  rep,
  replied,
  started,
  visitor,
} from '../../test/support/happenings.ts';
import { at, eventsOf, foldAll, type Happening, MINUTE } from '../../test/support/session-events.ts';
import { defaultSettings } from '../model/session.ts';
import { triggerPairs } from '../model/workflow.ts';
import { sessionEnds } from '../sessions/clock.ts';
import { explainTrigger } from './explain.ts';
import { isTooOld, occasionsOf } from './triggers.ts';

function judge({ happenings, known = {}, required }: Case) {
  const facts = foldAll(eventsOf(happenings));
  const now = Math.max(...happenings.map(([minute]) => at(minute)));
  const ends = sessionEnds(facts, defaultSettings, { imported: false }).filter(end => end.at <= now);
  const settings = { requiredLeadFields: required ?? defaultSettings.requiredLeadFields };
  return { facts, ends, settings, knownFields: known };
}

describe.each(triggerPairs)('$type $timing', pair => {
  const table = triggerCases[`${pair.type} ${pair.timing}` as PairName];

  test('has cases of what starts it and of what must not', () => {
    expect(new Set(table.map(({ starts }) => starts.length > 0))).toEqual(new Set([true, false]));
  });

  test.each(
    table.map(entry => ({
      ...entry,
      title: `${entry.starts.length > 0 ? 'starts' : 'does not start'}: ${entry.name}`,
    })),
  )('$title', entry => {
    const { facts, ...judged } = judge(entry);
    const found = occasionsOf(facts, { sessionId: 's1', ...judged }).filter(
      ({ trigger, timing }) => trigger === pair.type && timing === pair.timing,
    );
    expect(found.map(({ key, time }) => `${key}@${(time - at(0)) / MINUTE}`)).toEqual(entry.starts);
    const explained = explainTrigger(pair, facts, judged.ends, judged.settings, judged.knownFields);
    expect(explained.every(({ met }) => met)).toBe(entry.starts.length > 0);
  });
});

/** The occasions of session `s1`, judged at a minute. */
function occasions(happenings: Happening[], minute: number) {
  const facts = foldAll(eventsOf(happenings));
  const ends = sessionEnds(facts, defaultSettings, { imported: false }).filter(end => end.at <= at(minute));
  return occasionsOf(facts, { sessionId: 's1', ends, settings: defaultSettings, knownFields: {} });
}

const named = (trigger: string, timing = 'immediately') => expect.objectContaining({ trigger, timing });
const byEvent = (id: string) => ({ source: 'site', id });

describe('an occasion', () => {
  const find = (happenings: Happening[], minute: number, trigger: string, timing = 'immediately') =>
    occasions(happenings, minute).find(occasion => occasion.trigger === trigger && occasion.timing === timing);

  test('names the event that completed it and its own conversation', () => {
    expect(find([rep(1), visitor(2), page(3), visitor(4, 'c2')], 4, 'conversation_with_rep')).toEqual({
      trigger: 'conversation_with_rep',
      timing: 'immediately',
      key: 'conversation:c1',
      time: at(2),
      event: byEvent('e2'),
      sessionId: 's1',
      conversationId: 'c1',
    });
  });

  test('at an explicit end is completed by the event that ended the session', () => {
    expect(find([click(1), ended(9)], 9, 'conversation_with_bot', 'after_conversation_ends')).toMatchObject({
      time: at(9),
      event: byEvent('e2'),
    });
  });

  test('at an end by the clock carries the moment the clock ran out and the newest event until then', () => {
    const found = find([click(1), page(2), left(3), page(40)], 40, 'conversation_with_bot', 'after_conversation_ends');
    expect(found).toMatchObject({ time: at(8), event: byEvent('e2') });
  });

  test('at the end of a session is about the conversation and the meeting in which something happened last', () => {
    const happenings = [
      started(0, 'c1'),
      offered(1, 'm1'),
      visitor(2, 'c2'),
      offered(3, 'm2'),
      booked(4, 'm1'),
      click(5, 'c1'),
      ended(9),
    ];
    expect(find(happenings, 9, 'conversation_with_rep_or_bot', 'after_conversation_ends')).toMatchObject({
      conversationId: 'c1',
      meetingId: 'm1',
    });
  });

  test('at the end of a session is not about what came after that end', () => {
    const happenings = [click(1, 'c1'), ended(9), click(20, 'c2'), booked(21), ended(30)];
    const found = find(happenings, 30, 'conversation_with_bot', 'after_conversation_ends');
    expect(found).toMatchObject({ key: 'session:s1', time: at(9), conversationId: 'c1' });
    expect(found).not.toHaveProperty('meetingId');
  });

  test('of a request is about the conversation that the request names', () => {
    const happenings = [visitor(1, 'c1'), visitor(2, 'c2'), asked(3, 'c1')];
    expect(find(happenings, 3, 'inbound_chat_request')).toMatchObject({ requestId: 'r1', conversationId: 'c1' });
  });

  test('of a request that names no conversation is about the latest one by then', () => {
    const happenings = [visitor(1, 'c1'), visitor(2, 'c2'), asked(3), visitor(4, 'c3')];
    expect(find(happenings, 4, 'inbound_chat_request')).toMatchObject({ requestId: 'r1', conversationId: 'c2' });
  });

  test('of a pounce names the pounce, and no conversation where there was none', () => {
    const found = find([pounced(1), replied(2)], 2, 'pounce_reply');
    expect(found).toMatchObject({ pounceId: 'p1', event: byEvent('e2') });
    expect(found).not.toHaveProperty('conversationId');
  });

  test('of a lead is completed by whichever of e-mail and moment came last', () => {
    expect(find([booked(1), email(2)], 2, 'lead_captured')).toMatchObject({ event: byEvent('e2'), meetingId: 'm1' });
    expect(find([email(1), booked(2)], 2, 'lead_captured')).toMatchObject({ event: byEvent('e2'), meetingId: 'm1' });
  });

  test('may have an id like a built-in property of objects', () => {
    for (const id of ['__proto__', 'constructor', 'toString'])
      expect(occasions([visitor(1, id), rep(2, id), asked(3, id, id), booked(4, id)], 4).map(({ key }) => key)).toEqual(
        expect.arrayContaining([`conversation:${id}`, `request:${id}`, `meeting:${id}`]),
      );
  });
});

describe('all occasions', () => {
  test('come in the order of time', () => {
    const found = occasions([booked(5), visitor(1), rep(2), email(3), click(4)], 100);
    expect(found.map(({ time }) => time)).toEqual(found.map(({ time }) => time).toSorted((a, b) => a - b));
    expect(found.map(({ trigger }) => trigger)).toEqual([
      'conversation_with_rep',
      'conversation_with_rep_or_bot',
      'conversation_with_bot',
      'lead_captured',
      'meeting_booked',
      'conversation_with_rep',
      'conversation_with_rep_or_bot',
    ]);
  });

  test('of facts that stand alone are those of their meetings, conversations, pounces and requests, and none of a session', () => {
    const happenings = [visitor(1), rep(2), email(3), offered(4), booked(5), pounced(6), asked(7), ended(9)];
    const facts = foldAll(eventsOf(happenings));
    const ends = sessionEnds(facts, defaultSettings, { imported: false });
    const found = occasionsOf(facts, { ends, settings: defaultSettings, knownFields: {} });
    expect(found).toEqual([
      named('conversation_with_rep'),
      named('conversation_with_rep_or_bot'),
      named('meeting_offered'),
      named('meeting_booked'),
      named('pounce_sent'),
      named('inbound_chat_request'),
    ]);
    expect(found.every(occasion => !('sessionId' in occasion))).toBe(true);
  });

  test('are none where nothing happened', () => {
    expect(occasions([], 0)).toEqual([]);
  });
});

describe('too old', () => {
  const occasion = { time: at(0), timing: 'immediately' } as const;

  test('is an occasion that became known later than the setting allows, and the reason says so', () => {
    expect(isTooOld(occasion, at(16), defaultSettings)).toBe(
      'It happened at 2026-11-23T09:00:00.000Z and became known 16 minutes later; workflows that start immediately act on nothing older than 15 minutes (setting immediateMaxAgeMinutes).',
    );
  });

  test('is nothing that became known within the setting, or at its very end', () => {
    expect(isTooOld(occasion, at(15), defaultSettings)).toBeUndefined();
    expect(isTooOld(occasion, at(16), { immediateMaxAgeMinutes: 20 })).toBeUndefined();
  });

  test('is nothing that starts after the conversation ends', () => {
    expect(isTooOld({ ...occasion, timing: 'after_conversation_ends' }, at(5000), defaultSettings)).toBeUndefined();
  });
});
