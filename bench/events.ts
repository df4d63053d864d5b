import type { Body } from './load.ts';

/** An event that starts one run of the workflow of `seed.ts`. */
export function meetingBooked(id: string): object {
  return event(id, 'meeting.booked', {
    meetingId: id,
    sessionId: `session-${id}`,
    visitorId: `visitor-${id}`,
    startTime: '2030-01-15T10:00:00Z',
    endTime: '2030-01-15T10:30:00Z',
    title: 'A first look',
    visitor: personOf(id),
  });
}

/** Events of other workflows: no built-in one waits for them. */
export const meetingOffered = (id: string): object => event(id, 'meeting.offered', { meetingId: id, ...visitorOf(id) });
export const pounceSent = (id: string): object =>
  event(id, 'pounce.sent', { pounceId: id, automatic: false, ...visitorOf(id) });

const visitorOf = (id: string) => ({
  sessionId: `session-${id}`,
  visitorId: `visitor-${id}`,
  visitor: personOf(id),
});
const personOf = (id: string) => ({
  email: `${id}@acme.example`,
  fields: { first_name: 'Ana', last_name: 'Silva', employees: 1200 },
});

/** One of the ten messages of a conversation; no workflow waits for it. */
export function message(prefix: string, number: number): object {
  const conversation = `${prefix}-${Math.floor(number / 10)}`;
  const byVisitor = number % 2 === 0;
  return event(`${prefix}-${number}`, 'message.sent', {
    sessionId: `session-${conversation}`,
    visitorId: `visitor-${conversation}`,
    conversationId: conversation,
    messageId: `message-${prefix}-${number}`,
    senderType: byVisitor ? 'visitor' : 'user',
    ...(!byVisitor && { userId: 'u1', userEmail: 'rep@qualified.example', senderName: 'Rita Rep' }),
    text: 'We compare three vendors at the moment and would like to see how the routing to our regional teams works.',
  });
}

const event = (id: string, type: string, data: object) => ({
  specversion: '1.0',
  id,
  source: 'bench',
  type: `com.qualified.${type}`,
  time: new Date().toISOString(),
  data,
});

export const single = (one: object): Body => ({ type: 'application/cloudevents+json', text: JSON.stringify(one) });
export const batch = (many: object[]): Body => ({
  type: 'application/cloudevents-batch+json',
  text: JSON.stringify(many),
});

/** `count` bodies, each made when it is asked for. */
export function* bodies(count: number, make: (number: number) => Body): Generator<Body> {
  for (let number = 0; number < count; number++) yield make(number);
}
