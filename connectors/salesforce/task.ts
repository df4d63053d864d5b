import { DateTime } from 'luxon';
import * as z from 'zod';
import { type BatchItem, StepError } from '../../src/sdk/index.ts';
import { type ActivityKind, activityInputs, type CreatedActivity } from './activity.ts';
import type { BatchContext } from './batch.ts';
import type { ObjectInfo } from './schema.ts';
import { valueFor } from './values.ts';

const text = (title: string, description: string) => z.string().meta({ title, description });

/** What an admin fills in. */
export const taskInput = z.strictObject({
  ...activityInputs,
  dueInDays: z.int().min(0).max(3650).optional().meta({ title: 'Due in days', description: '0 is today' }),
  dueDate: text(
    'Due date',
    'A day or a time, which counts as its day in the org’s time zone; wins over “due in days”',
  ).optional(),
  reminderTime: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 09:00')
    .optional()
    .meta({ title: 'Reminder at', description: 'On the day that it is due, in the org’s time zone, e.g. 09:00' }),
  status: text('Status', 'One of the org’s task statuses').min(1).optional(),
  priority: text('Priority', 'One of the org’s task priorities').min(1).optional(),
  type: text('Type', 'One of the org’s task types, e.g. Call').min(1).optional(),
});
export type TaskInput = z.infer<typeof taskInput>;

/** What the step gives back to later ones. */
export const taskOutput = z.object({
  taskId: z.string(),
  url: z.string(),
  whoId: z.string().optional(),
  whoType: z.enum(['Lead', 'Contact']).optional(),
});
export type TaskOutput = z.infer<typeof taskOutput>;

/** The person that an activity hangs on, as outputs show it. */
export function whoShown({ whoId }: CreatedActivity): { whoId?: string; whoType?: 'Lead' | 'Contact' } {
  const whoType = whoId?.startsWith('00Q') ? 'Lead' : whoId?.startsWith('003') ? 'Contact' : undefined;
  return { ...(whoId && { whoId }), ...(whoType && { whoType }) };
}

/** What this action gives back for a stored task. */
export const taskShown = (instanceUrl: string, task: CreatedActivity): TaskOutput => ({
  taskId: task.id,
  url: `${instanceUrl}/${task.id}`,
  ...whoShown(task),
});

export const taskKind: ActivityKind<TaskInput> = {
  object: 'Task',
  ourNames: {
    Subject: 'subject',
    Description: 'description',
    OwnerId: 'ownerId',
    WhatId: 'whatId',
    ActivityDate: 'dueInDays',
    ReminderDateTime: 'reminderTime',
    Status: 'status',
    Priority: 'priority',
    Type: 'type',
    TaskSubtype: 'type',
  },
  fieldsOf(item, context, info) {
    const { status, priority, type } = item.input;
    return {
      ...dueFields(item, context),
      ...chosen(info, 'Status', status),
      ...chosen(info, 'Priority', priority),
      ...(type && typeField(item, info, type)),
    };
  },
};

/** A value of a picklist that every org shows; where this one does not, Salesforce says so itself. */
function chosen(info: ObjectInfo, name: 'Status' | 'Priority', value: string | undefined) {
  if (!value) return {};
  const field = info.field(name);
  return { [name]: field ? valueFor(field, value, name.toLowerCase()) : value };
}

/**
 * Orgs show the type of a task as `Type`, where an admin has not taken it away; the standard subtypes (Email, Call) are there always.
 * @throws StepError `rejected` where neither takes this type
 */
function typeField({ note }: BatchItem<TaskInput>, info: ObjectInfo, type: string): Record<string, unknown> {
  const field = info.field('Type');
  if (field?.createable) return { Type: valueFor(field, type, 'type') };
  const subtype = info.field('TaskSubtype');
  const known = subtype?.createable ? (subtype.picklistValues ?? []).filter(({ active }) => active) : [];
  const match = known.find(({ value }) => value.toLowerCase() === type.trim().toLowerCase());
  if (match) {
    note('This org shows no field Type on tasks; the subtype says it instead.');
    return { TaskSubtype: match.value };
  }
  const possible = known.map(({ value }) => value).join(', ');
  throw new StepError(
    'rejected',
    `This org shows the connected user no field Type on tasks, and \`${type}\` is no subtype${possible && ` (${possible})`}. Leave \`type\` out, or show the field to the user.`,
    { field: 'type' },
  );
}

function dueFields(item: BatchItem<TaskInput>, context: BatchContext): Record<string, unknown> {
  const { dueInDays, dueDate, reminderTime } = item.input;
  if (dueInDays === undefined && !dueDate && !reminderTime) return {};
  const zone = zoneOf(item, context);
  const today = DateTime.fromMillis(context.now(), { zone });
  const day = dueDate ? dayOf(dueDate, zone) : today.plus({ days: dueInDays ?? 0 });
  const [hour = 0, minute = 0] = (reminderTime ?? '').split(':').map(Number);
  return {
    ...((dueDate || dueInDays !== undefined) && { ActivityDate: day.toFormat('yyyy-MM-dd') }),
    ...(reminderTime && {
      IsReminderSet: true,
      ReminderDateTime: day.set({ hour, minute, second: 0, millisecond: 0 }).toUTC().toISO(),
    }),
  };
}

function dayOf(dueDate: string, zone: string): DateTime {
  const day = DateTime.fromISO(dueDate.trim(), { zone });
  if (day.isValid) return day;
  throw new StepError('rejected', `\`dueDate\` takes a day such as 2026-11-23 or a time; it was ${dueDate}.`, {
    field: 'dueDate',
  });
}

/** The time zone of the connected user, else UTC. */
function zoneOf({ note }: BatchItem<TaskInput>, { account }: BatchContext): string {
  const zone = account?.details?.timeZone;
  if (zone && DateTime.utc().setZone(zone).isValid) return zone;
  note('The time zone of the org’s user is not known: the due date is counted in UTC.');
  return 'utc';
}
