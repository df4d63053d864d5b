import { defineAction, StepError } from '../../../src/sdk/index.ts';
import { findMarked } from '../associated.ts';
import { chunks, settled } from '../batch.ts';
import type { HubSpotClient } from '../client.ts';
import { contactOf } from '../contacts.ts';
import {
  createMeeting as create,
  type MeetingInput,
  type MeetingOutput,
  meetingInput,
  meetingOutput,
} from '../meeting.ts';

export const createMeeting = defineAction<MeetingInput, MeetingOutput, HubSpotClient>({
  id: 'hubspot.create_meeting',
  title: 'Create a HubSpot meeting activity',
  description: 'The meeting on the contact’s timeline, with the attendees who are HubSpot users.',
  input: meetingInput,
  output: meetingOutput,
  fits: { only: [{ type: 'meeting_booked' }] },
  defaults: {
    title: "Meeting Booked via Qualified with {{ meeting.owner.name | default: 'our team' }}",
    startTime: '{{ meeting.startTime }}',
    endTime: '{{ meeting.endTime }}',
    location: "{{ meeting.location | default: '' }}",
    body: "Meeting type: {{ meeting.meetingTypeName | default: 'not known' }}\nChannel: {{ meeting.channel | default: 'not known' }}",
  },
  replay: {
    graceSeconds: 10,
    async findMany(context, items) {
      const found: (MeetingOutput | StepError | undefined)[] = [];
      for (const part of chunks(items, 5)) {
        const looked = part.map(({ stepKey, facts }) =>
          settled(async () => {
            const contact = await settled(() => contactOf(context, facts));
            // What was on a contact that is gone is gone with it; the step then says so.
            if (contact instanceof StepError && contact.kind === 'rejected') return undefined;
            if (contact instanceof StepError) throw contact;
            const id = await findMarked(context, 'meetings', contact.id, stepKey);
            return id === undefined ? undefined : { meetingRecordId: id, contactId: contact.id };
          }),
        );
        found.push(...(await Promise.all(looked)));
      }
      return found;
    },
  },
  async run(context, input) {
    const contact = await contactOf(context, context.facts);
    return create(context, contact, input);
  },
});
