import * as z from 'zod';

const text = (title: string, description: string) => z.string().meta({ title, description });

/** What an admin fills in. */
export const taskInput = z.strictObject({
  subject: z.string().trim().min(1).meta({ title: 'Subject', description: 'Cut at 255 characters' }),
  description: text('Description', 'The conversation’s transcript where left out; cut at 32,000 characters').optional(),
  ownerId: z
    .string()
    .regex(/^(005|00G)([a-zA-Z0-9]{12}|[a-zA-Z0-9]{15})$/, 'must be the id of a user (005…) or a queue (00G…)')
    .optional()
    .meta({ title: 'Assigned to', description: 'The connected user where left out' }),
  dueInDays: z.int().min(0).max(3650).optional().meta({ title: 'Due in days', description: '0 is today' }),
  status: text('Status', 'One of the org’s task statuses').min(1).optional(),
  priority: text('Priority', 'One of the org’s task priorities').min(1).optional(),
  type: text('Type', 'One of the org’s task types, e.g. Call').min(1).optional(),
  fields: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, 'must be the API name of a field'),
      z.union([z.string(), z.number(), z.boolean(), z.null()]),
    )
    .optional()
    .meta({
      title: 'Other fields',
      description:
        'By API name, e.g. {"WhatId": "001…"}. They win over what the step fills by itself, within the same sizes, and a Description still ends in the step’s key',
    }),
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
export type TaskRecord = { Id?: string; WhoId?: string | null; Description?: string | null };

/** What this action gives back for a stored task. */
export function outputOf(instanceUrl: string, task: TaskRecord): TaskOutput {
  const whoType = task.WhoId?.startsWith('00Q') ? 'Lead' : task.WhoId?.startsWith('003') ? 'Contact' : undefined;
  return {
    taskId: task.Id ?? '',
    url: `${instanceUrl}/${task.Id}`,
    ...(task.WhoId && { whoId: task.WhoId }),
    ...(whoType && { whoType }),
  };
}

/** The subject that the step asks for, before it is cut. */
export const subjectAsked = (input: TaskInput): string => String(input.fields?.Subject ?? input.subject);
