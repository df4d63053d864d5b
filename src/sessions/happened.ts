import { createHash } from 'node:crypto';
import type { EventRow } from '../db/entities.ts';
import type { Occasion } from '../model/run.ts';
import type { InternalTriggerType } from '../model/workflow.ts';
import type { SessionBook } from './book.ts';

const triggerOf: Partial<Record<string, InternalTriggerType>> = {
  'email.sent': 'email_sent',
  'email.unsubscribed': 'email_unsubscribed',
  'meeting.rescheduled': 'meeting_changed',
  'meeting.canceled': 'meeting_changed',
  'meeting.no_show': 'meeting_changed',
};

/** The address that an e-mail event is about; undefined for every other event. */
export const recipientOf = (row: Pick<EventRow, 'type' | 'data'>): string | undefined =>
  row.type === 'email.sent' || row.type === 'email.unsubscribed' ? (row.data as { email: string }).email : undefined;

/**
 * Occasions that are the events themselves: each e-mail, and each change of a meeting, is one of its own, with a session or
 * without. `recipients` are the visitors of e-mail events, by `seq`.
 */
export function happenedOnce(
  book: SessionBook,
  rows: EventRow[],
  recipients: ReadonlyMap<number, string>,
): { occasion: Occasion; visitorId: string | null }[] {
  return rows.flatMap(row => {
    const trigger = triggerOf[row.type];
    if (!trigger) return [];
    const event = { source: row.source, id: row.eventId };
    const occasion: Occasion = { trigger, timing: 'immediately', key: keyOf(event), time: row.time, event };
    const recipient = recipients.get(row.seq);
    // An e-mail is about its recipient alone, whoever's session it was reported in.
    if (recipient !== undefined) return [{ occasion, visitorId: recipient }];
    const meeting = row.meetingId ? book.meetings.get(row.meetingId) : undefined;
    const sessionId = row.sessionId ?? meeting?.sessionId;
    const conversationId = row.conversationId ?? meeting?.conversationId;
    if (sessionId) occasion.sessionId = sessionId;
    if (conversationId) occasion.conversationId = conversationId;
    if (meeting) occasion.meetingId = meeting.id;
    return [{ occasion, visitorId: row.visitorId ?? meeting?.visitorId ?? null }];
  });
}

const LONGEST_KEY = 300;

/** Written as JSON, since a source and an id may hold any character. */
function keyOf({ source, id }: { source: string; id: string }): string {
  const key = `event:${JSON.stringify([source, id])}`;
  return key.length <= LONGEST_KEY ? key : `event:${createHash('sha256').update(key).digest('hex')}`;
}
