import { shortType } from '../demo/morning.ts';
import { type CloudEvent, type Play, playScript } from '../demo/play.ts';
import { loadScripts, offsetMs } from '../demo/script.ts';
import type { EventType, HubEvent } from '../src/model/event.ts';
import type { Occasion } from '../src/model/run.ts';
import { defaultSettings, noFacts, type SessionFacts } from '../src/model/session.ts';
import { isOpenAt, sessionEnds } from '../src/sessions/clock.ts';
import { factsOf, foldInto } from '../src/sessions/facts.ts';
import { occasionsOf } from '../src/workflows/triggers.ts';

const startsAt = Date.parse('2026-11-20T08:00:00Z');
const plays = loadScripts().map(script =>
  playScript(script, { id: 'x', visitor: script.visitor, startsAt, source: 'test' }),
);

/** Which facts each event goes to, by CONTRACT's order: the named session, the conversation's, the visitor's open one. */
function foldByHand({ events }: Play): { sessions: Map<string, SessionFacts>; alone: SessionFacts[] } {
  const sessions = new Map<string, SessionFacts>();
  const sessionOfConversation = new Map<unknown, string>();
  const alone: SessionFacts[] = [];
  for (const { data } of events)
    if (data.sessionId && data.conversationId) sessionOfConversation.set(data.conversationId, String(data.sessionId));
  for (const event of events) {
    const hubEvent = asHubEvent(event);
    const open = [...sessions].find(([, facts]) => isOpenAt(facts, defaultSettings, hubEvent.time, false));
    const named = event.data.sessionId ?? sessionOfConversation.get(event.data.conversationId);
    const sessionId = named ?? (event.data.visitorId ? open?.[0] : undefined);
    if (sessionId === undefined) alone.push(factsOf(hubEvent));
    else sessions.set(String(sessionId), foldInto(sessions.get(String(sessionId)) ?? noFacts(), factsOf(hubEvent)));
  }
  return { sessions, alone };
}

function asHubEvent(event: CloudEvent): HubEvent {
  const time = Date.parse(event.time);
  return {
    id: event.id,
    source: event.source,
    type: shortType(event) as EventType,
    time,
    receivedAt: time,
    data: event.data,
  } as HubEvent;
}

const pair = ({ trigger, timing, time }: Pick<Occasion, 'trigger' | 'timing' | 'time'>) =>
  `${trigger} ${timing} ${clock(time)}`;
const clock = (time: number) => new Date(time - startsAt).toISOString().slice(11, 19);

describe('the trigger rules agree with what was worked out by hand', () => {
  test.each(plays.map(play => [play.script.id, play] as const))('%s: the ends of its sessions', (_, play) => {
    const { sessions } = foldByHand(play);
    const ends = [...sessions].flatMap(([id, facts]) =>
      sessionEnds(facts, defaultSettings, { imported: false }).map(end => ({
        session: id.replace('x-', ''),
        at: end.at,
        how: end.how,
      })),
    );
    expect(ends).toEqual(play.script.expect.ends.map(end => ({ ...end, at: startsAt + offsetMs(end.at) })));
  });

  test.each(plays.map(play => [play.script.id, play] as const))('%s: the pairs it starts, and when', (_, play) => {
    const { sessions, alone } = foldByHand(play);
    const judge = (facts: SessionFacts, sessionId?: string) =>
      occasionsOf(facts, {
        sessionId,
        ends: sessionId ? sessionEnds(facts, defaultSettings, { imported: false }) : [],
        settings: defaultSettings,
        knownFields: {},
      });
    const occasions = [
      ...[...sessions].flatMap(([id, facts]) => judge(facts, id)),
      ...alone.flatMap(facts => judge(facts)),
    ];
    const expected = play.expected.starts.flatMap(({ times, ...start }) => times.map(time => ({ ...start, time })));
    expect(occasions.map(pair).sort()).toEqual(expected.map(pair).sort());
  });
});
