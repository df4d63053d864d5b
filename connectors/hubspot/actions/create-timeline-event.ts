import {
  type ActionContext,
  defineAction,
  type FindContext,
  type PendingItem,
  StepError,
} from '../../../src/sdk/index.ts';
import { findMarked } from '../associated.ts';
import { chunks, settled } from '../batch.ts';
import type { HubSpotClient } from '../client.ts';
import { contactOf } from '../contacts.ts';
import { createNote } from '../notes.ts';
import {
  createEvent,
  findEvent,
  type TimelineInput,
  type TimelineOutput,
  timelineInput,
  timelineOutput,
} from '../timeline.ts';

export const createTimelineEvent = defineAction<TimelineInput, TimelineOutput, HubSpotClient>({
  id: 'hubspot.create_timeline_event',
  title: 'Create a HubSpot timeline event',
  description:
    'The transcript and a link to the conversation on the contact’s timeline; a note where the app may not use it.',
  input: timelineInput,
  output: timelineOutput,
  fits: { except: [{ type: 'pounce_sent' }, { type: 'auto_pounce_sent' }] },
  defaults: {
    title: 'Conversation via Qualified',
    transcript: "{{ conversation.transcript | default: '' }}",
    url: "{{ conversation.url | default: '' }}",
  },
  // The event's id is the step's key, and yet it is looked for first: the first try may have fallen back to a note, or the second may.
  replay: {
    graceSeconds: 10,
    async findMany(context, items) {
      const found: (TimelineOutput | StepError | undefined)[] = [];
      for (const part of chunks(items, 5))
        found.push(...(await Promise.all(part.map(item => settled(() => findWritten(context, item))))));
      return found;
    },
  },
  async run(context, input) {
    const { facts, stepKey, settings, note } = context;
    const contact = await contactOf(context, facts);
    const templateId = settings.HUBSPOT_TIMELINE_TEMPLATE_ID;
    if (!templateId) note('A note was written: HUBSPOT_TIMELINE_TEMPLATE_ID names no event template of the app.');
    else {
      const event = await createEvent(context, templateId, contact, input);
      if (!('closed' in event)) return event;
      turnedAway.add(stepKey);
      note(`A note was written: the app may not use the timeline. ${event.closed}`);
    }
    return createNote(context, contact, input);
  },
});

/** Steps whose event the timeline did not take: they can only have left a note. Known to this process alone. */
class RecentSteps {
  readonly #keys = new Set<string>();
  add(stepKey: string): void {
    if (this.#keys.size >= 10_000) this.#keys.delete(this.#keys.values().next().value ?? '');
    this.#keys.add(stepKey);
  }
  has(stepKey: string): boolean {
    return this.#keys.has(stepKey);
  }
}
const turnedAway = new RecentSteps();

async function findWritten(
  context: FindContext<HubSpotClient>,
  { stepKey, facts }: PendingItem<TimelineInput>,
): Promise<TimelineOutput | undefined> {
  const contact = await settled(() => contactOf(context, facts));
  if (contact instanceof StepError) {
    // What was on a contact that is gone is gone with it; the step then says so.
    if (contact.kind === 'rejected') return undefined;
    throw contact;
  }
  const event = await eventOf(context, stepKey);
  if (event === 'there') return { written: 'timeline_event', id: stepKey, contactId: contact.id };
  const note = await findMarked(context, 'notes', contact.id, stepKey);
  if (note !== undefined) return { written: 'note', id: note, contactId: contact.id };
  if (event === 'absent') return undefined;
  throw new StepError(
    'uncertain',
    'The timeline was closed to the app after the event had been sent, so nobody can ask whether it is there. Look at the contact in HubSpot: run the step again where the event is missing (it writes a note), else cancel it.',
    { park: true },
  );
}

async function eventOf(
  context: Pick<ActionContext<HubSpotClient>, 'client' | 'signal' | 'settings'>,
  stepKey: string,
): Promise<'there' | 'absent' | 'unknown'> {
  const templateId = context.settings.HUBSPOT_TIMELINE_TEMPLATE_ID;
  if (!templateId) return 'absent';
  const event = await settled(() => findEvent(context, templateId, stepKey));
  if (!(event instanceof StepError)) return event === undefined ? 'absent' : 'there';
  if (event.kind !== 'forbidden') throw event;
  return turnedAway.has(stepKey) ? 'absent' : 'unknown';
}
