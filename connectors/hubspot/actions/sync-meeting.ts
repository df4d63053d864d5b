import * as z from 'zod';
import {
  type ActionContext,
  defineAction,
  type MeetingChangeInput,
  meetingChange,
  meetingChangeInput,
  StepError,
} from '../../../src/sdk/index.ts';
import { settled } from '../batch.ts';
import type { HubSpotClient } from '../client.ts';
import { isGone } from '../contacts.ts';
import { outcomeFor, timesOf } from '../meeting.ts';

const output = z.object({
  activityId: z.string().optional(),
  done: z.enum(['moved', 'canceled', 'no_show', 'nothing']),
  meetingRecordId: z.string().nullable().optional(),
});
type SyncOutput = z.infer<typeof output>;
type Context = ActionContext<HubSpotClient>;

export const syncMeeting = defineAction<MeetingChangeInput, SyncOutput, HubSpotClient>({
  id: 'hubspot.sync_meeting',
  title: 'Keep a meeting’s HubSpot activity up to date',
  description: 'Moves the activity of a rescheduled meeting, and sets the outcome of a cancelled one and of a no-show.',
  input: meetingChangeInput,
  output,
  fits: {},
  // It changes one record by its id, to the same state however often.
  replay: 'safe',
  exclusive: (_input, { meetingRecordId }) => meetingRecordId && `meeting ${meetingRecordId}`,
  async run(context, input) {
    const { meetingRecordId: id } = context.facts;
    const { change: what, ...times } = meetingChange(input, context.facts);
    if (!id) return nothing(context, 'No HubSpot activity is kept for this meeting.');
    if (what === 'canceled' || what === 'no_show')
      return update(context, id, { hs_meeting_outcome: outcomeFor(what) }, what);
    if (what !== 'rescheduled' && what !== 'booked')
      return nothing(context, `The meeting is ${what ?? 'as it was'}; its HubSpot activity stays as it is.`);
    return update(context, id, { ...timesOf(times), hs_meeting_outcome: outcomeFor(what) }, 'moved');
  },
});

function nothing({ note }: Context, why: string): SyncOutput {
  note(why);
  return { done: 'nothing' };
}

async function update(
  { client, signal, note }: Context,
  id: string,
  properties: Record<string, string>,
  done: SyncOutput['done'],
): Promise<SyncOutput> {
  const updated = await settled(() => client.api(signal).meetings.update(id, { properties }));
  if (!(updated instanceof StepError)) return { activityId: id, done };
  if (!isGone(updated)) throw updated;
  // Deleted by hand: there is nothing left to keep, and nothing to complain about.
  note('The HubSpot activity of this meeting does not exist any more; nothing was changed.');
  return { done: 'nothing', meetingRecordId: null };
}
