import { at, eventsOf, foldAll, type Happening } from '../../test/support/session-events.ts';
import { noFacts } from '../model/session.ts';
import { factsAsOf } from './as-of.ts';
import { factsOf, foldInto, mergeFacts } from './facts.ts';

const stamp = (minute: number, id: string) => ({ at: at(minute), source: 'site', id });
const facts = (...happenings: Happening[]) => foldAll(eventsOf(happenings));
const conversation = 'c1';

describe('what an event tells', () => {
  test('of a session: when it began, with which browser', () => {
    expect(facts([0, 'session.started', { sessionId: 's1', userAgent: 'Firefox', gaClientId: ' ' }])).toMatchObject({
      startedAt: at(0),
      userAgent: { value: 'Firefox', ...stamp(0, 'e1') },
      gaClientId: undefined,
      activity: [[at(0), at(0)]],
      newest: stamp(0, 'e1'),
    });
  });

  test('of a page view: address, title, referrer and the utm values that say something', () => {
    const view = { url: '/pricing', title: 'Pricing', referrer: '', utm: { source: 'ads', medium: null, term: ' ' } };
    expect(Object.values(facts([1, 'page.viewed', view]).pages)).toEqual([
      { url: '/pricing', title: 'Pricing', utm: { source: 'ads' }, ...stamp(1, 'e1') },
    ]);
  });

  test('of a conversation: link, Experience and the latest summary', () => {
    const found = facts(
      [
        1,
        'conversation.started',
        { conversationId: conversation, url: 'https://app/c1', experienceName: 'Welcome', summary: 'Asks' },
      ],
      [5, 'conversation.ended', { conversationId: conversation, summary: 'Wants a demo' }],
    ).conversations[conversation];
    expect(found).toMatchObject({
      startedAt: stamp(1, 'e1'),
      endedAt: stamp(5, 'e2'),
      url: { value: 'https://app/c1' },
      experienceName: { value: 'Welcome' },
      summary: { value: 'Wants a demo' },
    });
  });

  test('of messages: who wrote, and whether there was text; told again, the first telling counts', () => {
    const message = { conversationId: conversation, messageId: 'm1', senderType: 'visitor' };
    const found = facts([2, 'message.sent', { ...message, text: '' }], [1, 'message.sent', { ...message, text: 'Hi' }]);
    expect(found.conversations[conversation]?.messages).toEqual({
      m1: { by: 'visitor', hasText: true, ...stamp(1, 'e2') },
    });
  });

  test('of the rep: the one who wrote last, and a message without a name hides nobody', () => {
    const by = (minute: number, who: object): Happening => [
      minute,
      'message.sent',
      { conversationId: conversation, messageId: `m${minute}`, senderType: 'user', ...who },
    ];
    const found = facts(
      by(2, { userEmail: 'rita@example.com', senderName: 'Rita' }),
      by(1, { userId: 'u1' }),
      by(3, {}),
    );
    expect(found.conversations[conversation]?.rep?.value).toEqual({ email: 'rita@example.com', name: 'Rita' });
  });

  test('any event that names a conversation makes it known', () => {
    expect(facts([1, 'experience.ended', { conversationId: conversation }]).conversations).toEqual({
      [conversation]: { namedAt: stamp(1, 'e1'), messages: {} },
    });
  });

  test('of the visitor: when e-mail and fields first had a value', () => {
    const found = facts(
      [1, 'visitor.updated', { visitor: { email: ' ', fields: { last_name: '', employees: 0, industry: [''] } } }],
      [2, 'page.viewed', { url: '/', visitor: { email: 'ada@example.com', fields: { last_name: 'Lovelace' } } }],
      [3, 'visitor.updated', { visitor: { email: 'ada@example.org', fields: { employees: 12 } } }],
    );
    expect(found.emailAt).toEqual(stamp(2, 'e2'));
    expect(found.fieldsAt).toEqual({ employees: stamp(1, 'e1'), email: stamp(2, 'e2'), last_name: stamp(2, 'e2') });
  });

  test('of requests and pounces: answers may be told before what they answer', () => {
    const found = facts(
      [2, 'chat.answered', { requestId: 'r1', userEmail: 'rita@example.com' }],
      [1, 'chat.requested', { requestId: 'r1', requestedBy: 'visitor', conversationId: conversation }],
      [4, 'pounce.replied', { pounceId: 'p1', automatic: true }],
      [3, 'pounce.sent', { pounceId: 'p1', automatic: true, userId: 'u1', conversationId: conversation }],
    );
    expect(found.requests.r1).toEqual({
      requestedAt: { by: 'visitor', conversationId: conversation, ...stamp(1, 'e2') },
      answeredAt: stamp(2, 'e1'),
      answeredBy: { value: { email: 'rita@example.com' }, ...stamp(2, 'e1') },
    });
    expect(found.pounces.p1).toMatchObject({
      sentAt: { automatic: true, ...stamp(3, 'e4') },
      repliedAt: { automatic: true, ...stamp(4, 'e3') },
      by: { value: { userId: 'u1' } },
      conversationId: { value: conversation },
    });
  });

  test('of two events at the same moment the smaller id is the first and the larger the latest', () => {
    const found = facts(
      [1, 'conversation.started', { conversationId: conversation, summary: 'from e1' }],
      [1, 'conversation.ended', { conversationId: conversation, summary: 'from e2' }],
    ).conversations[conversation];
    expect(found).toMatchObject({ namedAt: stamp(1, 'e1'), summary: { value: 'from e2' } });
  });
});

describe('folding', () => {
  const message = (minute: number, messageId: string): Happening => [
    minute,
    'message.sent',
    { conversationId: conversation, messageId, senderType: 'visitor', text: 'Hi' },
  ];

  test('closes gaps of a minute in the activity and no longer ones', () => {
    expect(facts(message(0, 'a'), message(3, 'd'), message(1, 'b'), message(2.001, 'c')).activity).toEqual([
      [at(0), at(1)],
      [at(2.001), at(3)],
    ]);
  });

  test('changes the facts it folds into and never the delta, not even in a later fold', () => {
    const [first, second] = eventsOf([message(1, 'a'), message(2, 'b')]).map(factsOf);
    const before = structuredClone(first);
    const folded = noFacts();
    expect(foldInto(foldInto(folded, first!), second!)).toBe(folded);
    expect(Object.keys(folded.conversations[conversation]?.messages ?? {})).toEqual(['a', 'b']);
    expect(first).toEqual(before);
  });

  test('merging hands back new facts', () => {
    const [first, second] = eventsOf([message(1, 'a'), message(2, 'b')]).map(factsOf);
    const before = structuredClone([first, second]);
    expect(Object.keys(mergeFacts(first!, second!).conversations[conversation]?.messages ?? {})).toEqual(['a', 'b']);
    expect([first, second]).toEqual(before);
  });

  test('keeps what is filed under the name of a built-in property', () => {
    for (const id of ['__proto__', 'constructor']) {
      const data = {
        conversationId: id,
        messageId: id,
        senderType: 'visitor',
        text: 'Hi',
        visitor: { fields: JSON.parse(`{"${id}":1}`) },
      };
      const found = facts([1, 'message.sent', data], [2, 'conversation.started', { conversationId: id }]);
      expect(Object.entries(found.conversations)).toEqual([
        [id, expect.objectContaining({ namedAt: stamp(1, 'e1'), startedAt: stamp(2, 'e2') })],
      ]);
      expect(Object.keys(found.conversations[id]?.messages ?? {})).toEqual([id]);
      expect(Object.keys(found.fieldsAt)).toEqual([id]);
    }
  });
});

describe('the facts as of a moment', () => {
  const happenings: Happening[] = [
    [0, 'session.started', { sessionId: 's1' }],
    [1, 'meeting.offered', { meetingId: 'm1' }],
    [5, 'meeting.booked', { meetingId: 'm1' }],
    [9, 'visitor.updated', { visitor: { email: 'ada@example.com' } }],
  ];

  test('leave out what came later', () => {
    expect(factsAsOf(facts(...happenings), at(4))).toMatchObject({
      startedAt: at(0),
      activity: [[at(0), at(1)]],
      meetings: { m1: { offeredAt: stamp(1, 'e2') } },
      emailAt: undefined,
      newest: stamp(1, 'e2'),
    });
    expect(factsAsOf(facts(...happenings), at(4)).meetings.m1).not.toHaveProperty('bookedAt');
  });

  test('include the moment itself, and are all facts from the newest event on', () => {
    expect(factsAsOf(facts(...happenings), at(5)).meetings.m1?.bookedAt).toEqual(stamp(5, 'e3'));
    expect(factsAsOf(facts(...happenings), at(9))).toEqual(facts(...happenings));
  });
});
