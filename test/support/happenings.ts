import type { Happening } from './session-events.ts';

/** A message of such a sender at a minute, in conversation `c1` unless told otherwise. */
const says =
  (senderType: string, text: string | null = 'Hello') =>
  (minute: number, conversationId = 'c1'): Happening => [
    minute,
    'message.sent',
    { conversationId, messageId: `${senderType}-${minute}`, senderType, text },
  ];
export const visitor = says('visitor');
export const wordless = says('visitor', ' ');
export const rep = says('user');
export const bot = says('experience');
export const aiSdr = says('ai_profile');
export const click = (minute: number, conversationId = 'c1'): Happening => [
  minute,
  'experience.interacted',
  { conversationId },
];
export const started = (minute: number, conversationId = 'c1'): Happening => [
  minute,
  'conversation.started',
  { conversationId },
];
export const closed = (minute: number, conversationId = 'c1'): Happening => [
  minute,
  'conversation.ended',
  { conversationId },
];
export const pounced = (minute: number, automatic = false, pounceId = 'p1'): Happening => [
  minute,
  'pounce.sent',
  { pounceId, automatic },
];
export const replied = (minute: number, automatic = false, pounceId = 'p1'): Happening => [
  minute,
  'pounce.replied',
  { pounceId, automatic },
];
export const asked = (minute: number, conversationId?: string, requestId = 'r1'): Happening => [
  minute,
  'chat.requested',
  { requestId, requestedBy: 'visitor', conversationId },
];
export const routed = (minute: number, conversationId?: string, requestId = 'r1'): Happening => [
  minute,
  'chat.requested',
  { requestId, requestedBy: 'ai_profile', conversationId },
];
export const answered = (minute: number, requestId = 'r1'): Happening => [minute, 'chat.answered', { requestId }];
export const offered = (minute: number, meetingId = 'm1'): Happening => [minute, 'meeting.offered', { meetingId }];
export const booked = (minute: number, meetingId = 'm1'): Happening => [minute, 'meeting.booked', { meetingId }];
export const canceled = (minute: number, meetingId = 'm1'): Happening => [minute, 'meeting.canceled', { meetingId }];
export const email = (minute: number, address: string | null = 'ada@example.com'): Happening => [
  minute,
  'visitor.updated',
  { visitor: { email: address } },
];
export const fields = (minute: number, values: object): Happening => [
  minute,
  'visitor.updated',
  { visitor: { fields: values } },
];
export const experienceEnded = (minute: number): Happening => [minute, 'experience.ended', {}];
export const left = (minute: number): Happening => [minute, 'visitor.left', {}];
export const ended = (minute: number): Happening => [minute, 'session.ended', { sessionId: 's1' }];
export const page = (minute: number): Happening => [minute, 'page.viewed', { url: '/pricing' }];
