import { AssociationTypes } from '@hubspot/api-client/lib/src/enums/AssociationTypes.js';
import type { ActionContext } from '../../src/sdk/index.ts';
import type { HubSpotClient } from './client.ts';
import { type Contact, idOf } from './contacts.ts';
import { type ConversationText, noteBody } from './conversation-text.ts';
import type { TimelineOutput } from './timeline.ts';

/** Writes a note on the contact, with the step's mark in it: one call, so the note and its place come together. */
export async function createNote(
  { client, signal, stepKey, now, note }: ActionContext<HubSpotClient>,
  contact: Contact,
  text: ConversationText,
): Promise<TimelineOutput> {
  const { body, cut } = noteBody(text, stepKey);
  const types = [
    { associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: AssociationTypes.noteToContact },
  ];
  const created = await client.api(signal).notes.create({
    properties: { hs_timestamp: new Date(now()).toISOString(), hs_note_body: body },
    associations: [{ to: { id: contact.id }, types }],
  });
  if (cut) note('The transcript was longer than a note holds and was cut.');
  return { written: 'note', id: idOf(created), contactId: contact.id };
}
