import { databaseKinds } from './support/databases.ts';
import { startHub, type TestHub } from './support/hub.ts';

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 20, 9, minutes)).toISOString();
type Sent = { type: string; id: string; time: string; data: object };

/** One visit, told in every way that an event may name (or not name) its session. */
const visit: Sent[] = [
  { id: '1', type: 'session.started', time: at(0), data: { sessionId: 's1', visitorId: 'v1' } },
  { id: '2', type: 'conversation.started', time: at(1), data: { sessionId: 's1', conversationId: 'c1' } },
  {
    id: '3',
    type: 'message.sent',
    time: at(2),
    data: { conversationId: 'c1', messageId: 'a', senderType: 'visitor', text: 'Hi' },
  },
  {
    id: '4',
    type: 'message.sent',
    time: at(3),
    data: { conversationId: 'c1', messageId: 'b', senderType: 'user', text: 'Hello' },
  },
  { id: '5', type: 'chat.requested', time: at(4), data: { visitorId: 'v1', requestId: 'r1', requestedBy: 'visitor' } },
  { id: '6', type: 'visitor.updated', time: at(5), data: { visitorId: 'v1', visitor: { email: 'ana@acme.example' } } },
  { id: '7', type: 'meeting.booked', time: at(6), data: { visitorId: 'v1', meetingId: 'm1' } },
  { id: '8', type: 'session.ended', time: at(7), data: { sessionId: 's1' } },
  { id: '9', type: 'session.started', time: at(20), data: { sessionId: 's2', visitorId: 'v1' } },
  { id: '10', type: 'meeting.offered', time: at(21), data: { visitorId: 'v1', meetingId: 'm2' } },
  { id: '11', type: 'session.ended', time: at(22), data: { sessionId: 's2' } },
];
const expected = [
  'chat.requested s1',
  'conversation.started s1',
  'meeting.booked s1',
  'meeting.offered s2',
  'message.sent s1',
  'message.sent s1',
  'session.ended s1',
  'session.ended s2',
  'session.started s1',
  'session.started s2',
  'visitor.updated s1',
];

/** The same events in an order that a seed decides. */
function shuffled(seed: number): Sent[] {
  let state = seed;
  const next = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  return visit
    .map(event => ({ event, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ event }) => event);
}

describe.each(databaseKinds)(
  'On %s, an event belongs to the session it names, else to its conversation’s, else to the visitor’s open one',
  kind => {
    let hub: TestHub;
    beforeEach(async () => {
      hub = await startHub([], { kind });
      const pairs = [
        ['lead_captured', 'immediately'],
        ['conversation_with_rep', 'immediately'],
        ['conversation_with_rep', 'after_conversation_ends'],
        ['missed_inbound_chat_request', 'after_conversation_ends'],
        ['meeting_offered_not_booked', 'after_conversation_ends'],
        ['meeting_booked', 'immediately'],
      ] as const;
      for (const [type, timing] of pairs) {
        await hub.activate({
          name: type,
          trigger: { type, timing },
          steps: [{ id: 'over', action: 'jump', goto: 'end' }],
        });
      }
      hub.clock.set(Date.parse(at(23)));
      await hub.app.database.write(({ query }) =>
        query(`UPDATE workspaces SET settings = '{"immediateMaxAgeMinutes":600}'`),
      );
    });
    afterEach(() => hub.close());

    const sessions = async () =>
      (await hub.app.database.read<{ type: string; session_id: string | null }>('SELECT type, session_id FROM events'))
        .map(row => `${row.type} ${row.session_id}`)
        .sort();
    const started = async () =>
      (
        await hub.app.database.read<{ trigger_type: string; timing: string; occasion_key: string }>(
          'SELECT trigger_type, timing, occasion_key FROM runs',
        )
      )
        .map(row => `${row.trigger_type} ${row.timing} ${row.occasion_key}`)
        .sort();
    const runsExpected = [
      'conversation_with_rep after_conversation_ends session:s1',
      'conversation_with_rep immediately conversation:c1',
      'lead_captured immediately session:s1',
      'meeting_booked immediately meeting:m1',
      'meeting_offered_not_booked after_conversation_ends session:s2',
      'missed_inbound_chat_request after_conversation_ends session:s1',
    ];

    it.each([0, 1, 2, 3, 4, 5, 6, 7])('one by one, in shuffled order %i', async seed => {
      const order = seed === 0 ? visit : shuffled(seed);
      for (const event of order) {
        await hub.send(event);
        await hub.app.plan();
      }
      hub.clock.advance(5000);
      await hub.settle();
      expect(await sessions()).toEqual(expected);
      expect(await started()).toEqual(runsExpected);
      const email = await hub.app.database.read('SELECT email FROM visitors WHERE id = $1', ['v1']);
      expect(email).toEqual([{ email: 'ana@acme.example' }]);
    });

    it.each([11, 12, 13, 14])('in one batch, in shuffled order %i', async seed => {
      await hub.send(...shuffled(seed));
      await hub.app.plan();
      hub.clock.advance(5000);
      await hub.settle();
      expect(await sessions()).toEqual(expected);
      expect(await started()).toEqual(runsExpected);
    });
  },
);
