import type { EventRow, VisitorRow } from '../db/entities.ts';
import { hubEvent } from '../events/rows.ts';
import type { EventData } from '../model/event.ts';

export type TranscriptMessage = {
  id: string;
  time: string;
  senderType: string;
  senderName?: string;
  userId?: string;
  userEmail?: string;
  text: string;
};

/** The messages of a conversation, and the visitor's clicks in a bot, in the order given. A message sent twice counts once: its latest form. */
export function conversationMessages(rows: EventRow[]): TranscriptMessage[] {
  const messages = new Map<string, TranscriptMessage>();
  for (const row of rows) {
    const event = hubEvent(row);
    const time = new Date(event.time).toISOString();
    if (event.type === 'message.sent') messages.set(event.data.messageId, said(event.data, time));
    if (event.type === 'experience.interacted' && event.data.label) {
      messages.set(`click ${event.id}`, {
        id: event.id,
        time,
        senderType: 'visitor',
        text: `chose “${event.data.label}”`,
      });
    }
  }
  return [...messages.values()];
}

const said = (data: EventData<'message.sent'>, time: string): TranscriptMessage => ({
  id: data.messageId,
  time,
  senderType: data.senderType,
  senderName: data.senderName ?? undefined,
  userId: data.userId ?? undefined,
  userEmail: data.userEmail ?? undefined,
  text: data.text ?? '',
});

const unnamed: Record<string, string> = { user: 'Rep', experience: 'Bot', ai_profile: 'AI SDR', visitor: 'Visitor' };

/** One line a message: `[10:11] Ana Silva: Hello`, times in UTC. Empty where nothing was said. */
export function transcriptOf(messages: TranscriptMessage[], visitor: VisitorRow | null): string {
  const names = [visitor?.fields.first_name?.value, visitor?.fields.last_name?.value].filter(Boolean).join(' ');
  const nameOf = (message: TranscriptMessage) =>
    message.senderName ||
    (message.senderType === 'visitor' && names) ||
    unnamed[message.senderType] ||
    message.senderType;
  return messages
    .filter(message => message.text)
    .map(message => `[${message.time.slice(11, 16)}] ${nameOf(message)}: ${message.text}`)
    .join('\n');
}
