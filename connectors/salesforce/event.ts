import { DateTime } from 'luxon';
import * as z from 'zod';
import { StepError } from '../../src/sdk/index.ts';
import { type ActivityKind, activityInputs, type CreatedActivity } from './activity.ts';
import { whoShown } from './task.ts';

const time = (title: string, description: string) =>
  z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-23T10:00:00Z' }).meta({ title, description });

export const eventInput = z.strictObject({
  ...activityInputs,
  subject: activityInputs.subject,
  startTime: time('Starts', 'The meeting’s start where left out'),
  endTime: time('Ends', 'The meeting’s end where left out'),
  location: z.string().optional().meta({ title: 'Location', description: 'The meeting’s location where left out' }),
  reminderMinutes: z
    .int()
    .min(0)
    .max(20_160)
    .optional()
    .meta({ title: 'Reminder', description: 'So many minutes before it starts; none where left out' }),
});
export type EventInput = z.infer<typeof eventInput>;

/** `meetingRecordId` is kept with the meeting, so that a changed meeting changes this event. */
export const eventOutput = z.object({
  eventId: z.string(),
  meetingRecordId: z.string(),
  url: z.string(),
  whoId: z.string().optional(),
  whoType: z.enum(['Lead', 'Contact']).optional(),
});
export type EventOutput = z.infer<typeof eventOutput>;

/** What this action gives back for a stored event. */
export const eventShown = (instanceUrl: string, event: CreatedActivity): EventOutput => ({
  eventId: event.id,
  meetingRecordId: event.id,
  url: `${instanceUrl}/${event.id}`,
  ...whoShown(event),
});

export const eventKind: ActivityKind<EventInput> = {
  object: 'Event',
  ourNames: {
    Subject: 'subject',
    Description: 'description',
    OwnerId: 'ownerId',
    WhatId: 'whatId',
    StartDateTime: 'startTime',
    EndDateTime: 'endTime',
    DurationInMinutes: 'endTime',
    Location: 'location',
    ReminderDateTime: 'reminderMinutes',
  },
  fieldsOf({ input, note }, _context, info) {
    const { location, reminderMinutes } = input;
    const most = info.field('Location')?.length || 255;
    if (location && location.length > most) note(`The location was longer than ${most} characters and was cut.`);
    const times = timesOf(input);
    const remindAt = DateTime.fromISO(times.StartDateTime).minus({ minutes: reminderMinutes ?? 0 });
    return {
      ...times,
      ...(location && { Location: location.slice(0, most) }),
      ...(reminderMinutes !== undefined && { IsReminderSet: true, ReminderDateTime: remindAt.toUTC().toISO() }),
    };
  },
};

/** Start and end in UTC, as Salesforce keeps them. @throws StepError `rejected` where the end is not after the start */
export function timesOf({ startTime, endTime }: { startTime: string; endTime: string }) {
  const [start, end] = [startTime, endTime].map(each => DateTime.fromISO(each, { zone: 'utc' }));
  if (!start?.isValid || !end?.isValid || end <= start)
    throw new StepError('rejected', `\`endTime\` (${endTime}) must be after \`startTime\` (${startTime}).`, {
      field: 'endTime',
    });
  return { StartDateTime: start.toISO(), EndDateTime: end.toISO() };
}
