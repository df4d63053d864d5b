import * as z from 'zod';
import { type ActionContext, StepError } from '../../src/sdk/index.ts';
import { settled } from './batch.ts';
import type { HubSpotClient } from './client.ts';
import { type Contact, isGone } from './contacts.ts';
import { isWebAddress, shortened } from './conversation-text.ts';

const text = (title: string, description: string) => z.string().optional().meta({ title, description });

export const timelineInput = z.strictObject({
  title: z.string().trim().min(1).max(500).meta({ title: 'Title', description: 'The first line on the timeline' }),
  transcript: text('Transcript', 'The conversation’s transcript where left out'),
  url: text('Link', 'The address of the full conversation where left out; no link where there is none'),
  tokens: z
    .record(z.string().regex(/^[A-Za-z0-9_.-]{1,50}$/, 'must be the name of a token'), z.string())
    .optional()
    .meta({
      title: 'Further tokens',
      description: 'Tokens that the app’s event template has beside title and conversation_url; a note leaves them out',
    }),
});
export type TimelineInput = z.infer<typeof timelineInput>;

export const timelineOutput = z.object({
  written: z.enum(['timeline_event', 'note']).meta({ description: 'A note where the app may not use the timeline' }),
  id: z.string(),
  contactId: z.string(),
});
export type TimelineOutput = z.infer<typeof timelineOutput>;
type Context = Pick<ActionContext<HubSpotClient>, 'client' | 'signal' | 'stepKey' | 'note'>;

/**
 * Writes the event under the step's key as its id: a second one of that id is refused, and taken for the first.
 * @returns `closed` with HubSpot's words where the app may not use the timeline; nothing has been written then
 */
export async function createEvent(
  context: Context,
  templateId: string,
  contact: Contact,
  input: TimelineInput,
): Promise<TimelineOutput | { closed: string }> {
  const { client, signal, stepKey, note } = context;
  const { title, transcript = '', url, tokens } = input;
  const { text, cut } = shortened(transcript);
  const created = await settled(() =>
    client.api(signal).timelineEvents.create({
      eventTemplateId: templateId,
      id: stepKey,
      objectId: contact.id,
      tokens: { ...tokens, title, ...(isWebAddress(url) && { conversation_url: url }) },
      ...(text && { extraData: { transcript: text } }),
    }),
  );
  if (created instanceof StepError) {
    if (created.kind === 'forbidden' || isGone(created)) return { closed: created.message };
    if (!/already exist/i.test(created.details.vendorMessage ?? '') && created.details.vendorCode !== 'CONFLICT')
      throw created;
    if ((await findEvent(context, templateId, stepKey)) === undefined) throw created;
    note('The event was on the timeline already.');
  }
  if (cut) note('The transcript was longer than an event holds and was cut.');
  return { written: 'timeline_event', id: stepKey, contactId: contact.id };
}

/** The id of the step's event; undefined where there is none. @throws StepError `forbidden` where the app may not look */
export async function findEvent(
  { client, signal }: Pick<Context, 'client' | 'signal'>,
  templateId: string,
  stepKey: string,
): Promise<string | undefined> {
  const event = await settled(() => client.api(signal).timelineEvents.getById(templateId, stepKey));
  if (!(event instanceof StepError)) return stepKey;
  if (isGone(event)) return undefined;
  throw event;
}
