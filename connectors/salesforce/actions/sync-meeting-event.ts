import type { Connection } from 'jsforce';
import * as z from 'zod';
import {
  type ActionContext,
  defineAction,
  type MeetingChangeInput,
  meetingChange,
  meetingChangeInput,
  StepError,
} from '../../../src/sdk/index.ts';
import { withLine } from '../activity-text.ts';
import type { SalesforceClient } from '../client.ts';
import { classify } from '../errors.ts';
import { timesOf } from '../event.ts';
import { findByIds } from '../people.ts';
import { writeAll } from '../write.ts';

const output = z.object({
  eventId: z.string().optional(),
  done: z.enum(['moved', 'deleted', 'noted', 'nothing']),
  meetingRecordId: z.string().nullable().optional(),
});
type SyncOutput = z.infer<typeof output>;
type Context = ActionContext<SalesforceClient>;

export const syncMeetingEvent = defineAction<MeetingChangeInput, SyncOutput, SalesforceClient>({
  id: 'salesforce.sync_meeting_event',
  title: 'Keep a meeting’s Salesforce event up to date',
  description: 'Moves the event of a rescheduled meeting, deletes that of a cancelled one, and notes a no-show.',
  input: meetingChangeInput,
  output,
  fits: {},
  // It changes one record by its id, to the same state however often.
  replay: 'safe',
  exclusive: (_input, { meetingRecordId }) => meetingRecordId && `event ${meetingRecordId}`,
  async run(context, input) {
    const { meetingRecordId: id } = context.facts;
    const { change: what, ...times } = meetingChange(input, context.facts);
    if (!id) return nothing(context, 'No Salesforce event is kept for this meeting.');
    if (what === 'canceled') return remove(context, id);
    if (what === 'no_show') return noteNoShow(context, id);
    if (what !== 'rescheduled' && what !== 'booked')
      return nothing(context, `The meeting is ${what ?? 'as it was'}; its Salesforce event stays as it is.`);
    return move(context, id, times.startTime, times.endTime);
  },
});

function nothing({ note }: Context, why: string): SyncOutput {
  note(why);
  return { done: 'nothing' };
}

const isGone = (error: StepError): boolean => /^(ENTITY_IS_DELETED|NOT_FOUND)$/.test(error.details.vendorCode ?? '');

/** The event was deleted by hand: there is nothing left to keep, and nothing to complain about. */
function gone({ note }: Context): SyncOutput {
  note('The Salesforce event of this meeting does not exist any more; nothing was changed.');
  return { done: 'nothing', meetingRecordId: null };
}

async function remove(context: Context, id: string): Promise<SyncOutput> {
  try {
    await context.client.connection(context.signal).request({ method: 'DELETE', url: `/sobjects/Event/${id}` });
  } catch (thrown) {
    const error = classify(thrown);
    if (isGone(error)) return gone(context);
    throw error;
  }
  context.note('The meeting was cancelled: its Salesforce event was deleted.');
  return { eventId: id, done: 'deleted', meetingRecordId: null };
}

async function move(context: Context, id: string, startTime = '', endTime = ''): Promise<SyncOutput> {
  for (const [field, value] of Object.entries({ startTime, endTime }))
    if (!value) throw new StepError('rejected', `The meeting was moved, but its \`${field}\` is not known.`, { field });
  return change(context, id, timesOf({ startTime, endTime }), 'moved');
}

async function noteNoShow(context: Context, id: string): Promise<SyncOutput> {
  const connection = context.client.connection(context.signal);
  const event = await description(connection, id);
  if (!event) return gone(context);
  const noted = withLine(event.text, 'The visitor did not come (no-show).');
  if (noted === event.text) return { eventId: id, done: 'noted' };
  return change(context, id, { Description: noted }, 'noted');
}

async function description(connection: Connection, id: string): Promise<{ text: string } | undefined> {
  const event = (await findByIds(connection, 'Event', ['Description'], [id])).get(id);
  return event && { text: typeof event.Description === 'string' ? event.Description : '' };
}

async function change(
  context: Context,
  id: string,
  fields: Record<string, unknown>,
  done: 'moved' | 'noted',
): Promise<SyncOutput> {
  const [written] = await writeAll(context.client.connection(context.signal), [{ type: 'Event', id, fields }]);
  if (written && 'id' in written) return { eventId: id, done };
  const error = written?.error ?? new StepError('uncertain', 'Salesforce gave no answer for the event.');
  if (isGone(error)) return gone(context);
  throw error;
}
