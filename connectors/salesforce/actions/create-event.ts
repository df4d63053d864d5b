import { defineAction, manyAtOnce, StepError } from '../../../src/sdk/index.ts';
import { createActivities } from '../activity.ts';
import { MOST_IN_ONE_CALL } from '../batch.ts';
import type { SalesforceClient } from '../client.ts';
import { type EventInput, type EventOutput, eventInput, eventKind, eventOutput, eventShown } from '../event.ts';
import { findActivities } from '../find-activities.ts';

export const createEvent = defineAction<EventInput, EventOutput, SalesforceClient>({
  id: 'salesforce.create_event',
  title: 'Create a Salesforce event',
  description: 'An event on the person’s Contact or Lead, in the calendar of the meeting’s owner.',
  input: eventInput,
  output: eventOutput,
  fits: {},
  defaults: {
    subject: "Meeting Booked via Qualified with {{ meeting.owner.name | default: 'our team' }}",
    description:
      "Meeting type: {{ meeting.meetingTypeName | default: 'not known' }}\nChannel: {{ meeting.channel | default: 'not known' }}",
    startTime: '{{ meeting.startTime }}',
    endTime: '{{ meeting.endTime }}',
    location: "{{ meeting.location | default: '' }}",
    owner: 'meeting_owner',
  },
  replay: {
    graceSeconds: 10,
    async findMany(context, items) {
      const found = await findActivities(context, 'Event', items);
      return found.map(event => event && eventShown(context.client.instanceUrl, event));
    },
  },
  ...manyAtOnce(MOST_IN_ONE_CALL, async (context, items) => {
    const standing = items.filter(item => item.facts.meeting?.status !== 'canceled');
    const created = standing.length > 0 ? await createActivities(eventKind, context, standing) : [];
    return items.map(item => {
      const event = created[standing.indexOf(item)];
      if (!event) return new StepError('rejected', 'The meeting was cancelled before its event could be written.');
      return event instanceof StepError ? event : eventShown(context.client.instanceUrl, event);
    });
  }),
});
