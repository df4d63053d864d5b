import fc from 'fast-check';
import type { HubEvent } from '../../src/model/event.ts';
import { senderTypes } from '../../src/model/event.ts';
import { MINUTE, MORNING } from './session-events.ts';

/** What the visitor, the site and the reps of one session did, with everything that the outcome depends on. */
export type Story = {
  /** In the order in which it happened, each once. */
  events: HubEvent[];
  settings: { sessionIdleMinutes: number; sessionLeftMinutes: number; requiredLeadFields: string[] };
  imported: boolean;
  knownFields: Record<string, number>;
  /** Until when ends are judged, epoch ms: never before the last event. */
  now: number;
};

type Told = { type: HubEvent['type']; data: Record<string, unknown> };

const pick = <T>(...values: T[]) => fc.constantFrom(...values);
const conversation = pick('c1', 'c2', 'c3');
const maybeConversation = pick('c1', 'c2', undefined);
const bare = (type: HubEvent['type'], data: Record<string, unknown> = {}) => fc.constant<Told>({ type, data });

const message = fc
  .record({ conversationId: conversation, senderType: pick(...senderTypes), number: fc.integer({ min: 1, max: 4 }) })
  .map(({ conversationId, senderType, number }): Told => {
    const data = {
      conversationId,
      senderType,
      messageId: `${senderType}${number}`,
      text: number === 1 ? ' ' : 'Hello',
    };
    return { type: 'message.sent', data };
  });
const numbered = fc.integer({ min: 1, max: 4 });
const pounce = fc
  .record({
    type: pick('pounce.sent' as const, 'pounce.replied' as const),
    number: numbered,
    conversationId: maybeConversation,
  })
  .map(
    ({ type, number, conversationId }): Told => ({
      type,
      data: { pounceId: `p${number}`, automatic: number > 2, conversationId },
    }),
  );
const request = fc.record({ number: numbered, conversationId: maybeConversation }).map(
  ({ number, conversationId }): Told => ({
    type: 'chat.requested',
    data: { requestId: `r${number}`, requestedBy: number > 2 ? 'ai_profile' : 'visitor', conversationId },
  }),
);
const answer = numbered.map((number): Told => ({ type: 'chat.answered', data: { requestId: `r${number}` } }));
const meeting = fc
  .record({
    type: pick<HubEvent['type']>(
      'meeting.offered',
      'meeting.offered',
      'meeting.booked',
      'meeting.rescheduled',
      'meeting.canceled',
    ),
    number: numbered,
    conversationId: maybeConversation,
  })
  .map(({ type, number, conversationId }): Told => ({ type, data: { meetingId: `m${number}`, conversationId } }));
const identification = fc
  .record({
    type: pick<HubEvent['type']>('visitor.updated', 'visitor.updated', 'page.viewed', 'visitor.left'),
    email: pick('ada@example.com', undefined, null, ' '),
    fields: pick({}, { last_name: 'Lovelace' }, { last_name: '' }, { last_name: null }, undefined),
  })
  .map(({ type, email, fields }): Told => ({ type, data: { visitor: { email, fields }, url: '/pricing' } }));

/** The same message, request or pounce told again with something else in it. */
const contradiction = fc.oneof(
  fc
    .record({ conversationId: conversation, senderType: pick(...senderTypes), text: pick('Hello', null) })
    .map((data): Told => ({ type: 'message.sent', data: { ...data, messageId: 'visitor2' } })),
  fc
    .record({ requestedBy: pick('visitor', 'ai_profile'), conversationId: maybeConversation })
    .map((data): Told => ({ type: 'chat.requested', data: { ...data, requestId: 'r1' } })),
  fc
    .record({ type: pick<HubEvent['type']>('pounce.sent', 'pounce.replied'), automatic: fc.boolean() })
    .map(({ type, automatic }): Told => ({ type, data: { pounceId: 'p1', automatic } })),
);

const happening = (contradictory: boolean) =>
  fc.oneof(
    { arbitrary: message, weight: 8 },
    { arbitrary: fc.oneof(pounce, request, answer, meeting, identification), weight: 7 },
    {
      arbitrary: conversation.map(
        (conversationId): Told => ({ type: 'experience.interacted', data: { conversationId } }),
      ),
      weight: 1,
    },
    {
      arbitrary: conversation.map(
        (conversationId): Told => ({ type: 'conversation.started', data: { conversationId } }),
      ),
      weight: 1,
    },
    { arbitrary: bare('visitor.left'), weight: 2 },
    { arbitrary: bare('session.ended', { sessionId: 's1' }), weight: 1 },
    { arbitrary: bare('session.started', { sessionId: 's1' }), weight: 1 },
    { arbitrary: fc.oneof(bare('experience.ended'), bare('email.sent', { email: 'ada@example.com' })), weight: 1 },
    { arbitrary: contradiction, weight: contradictory ? 3 : 0 },
  );

/** Pauses around every number that matters to the clock, in ms. */
const pause = fc.oneof(
  { arbitrary: pick(0, 1, 1000, 20_000), weight: 6 },
  {
    arbitrary: fc.tuple(pick(1, 2, 5, 10, 60), pick(-1, 0, 1)).map(([minutes, off]) => minutes * MINUTE + off),
    weight: 4,
  },
);

/** Sessions with several conversations, requests, pounces and meetings, leaves, returns, gaps and ends. */
export const stories = ({ contradictory }: { contradictory: boolean }): fc.Arbitrary<Story> =>
  fc
    .record({
      told: fc.array(fc.tuple(happening(contradictory), pause, fc.integer({ min: 0, max: 99 }), pick('site', 'app')), {
        maxLength: 30,
      }),
      settings: fc.record({
        sessionIdleMinutes: pick(60, 60, 10, 1),
        sessionLeftMinutes: pick(5, 5, 1, 60),
        requiredLeadFields: pick<string[]>(['email', 'last_name'], ['email'], []),
      }),
      imported: pick(false, false, false, true),
      knownFields: pick<Record<string, number>>({}, {}, { last_name: MORNING + 3 * MINUTE }, { email: MORNING }),
      waited: pick(0, 6 * MINUTE, 120 * MINUTE),
    })
    .map(({ told, waited, ...rest }) => {
      let time = MORNING;
      const events = told.map(([{ type, data }, gap, chance, source], index) => {
        time += gap;
        return { id: `e${chance}-${index}`, source, type, time, receivedAt: time, data } as HubEvent;
      });
      return { ...rest, events, now: time + waited };
    });

/** The events in another order of arrival, some of them twice. */
export const arrivals = (events: HubEvent[]): fc.Arbitrary<HubEvent[]> =>
  fc
    .subarray(events)
    .chain(doubled => fc.shuffledSubarray([...events, ...doubled], { minLength: events.length + doubled.length }));
