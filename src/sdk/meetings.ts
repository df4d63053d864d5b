import * as z from 'zod';
import type { StepFacts } from './connector.ts';

/** The input of an action that keeps a meeting's record up to date. */
export const meetingChangeInput = z.strictObject({
  change: z
    .enum(['rescheduled', 'canceled', 'no_show', 'booked', 'offered'])
    .optional()
    .meta({ title: 'Change', description: 'What became of the meeting; its present status where left out' }),
  startTime: z.string().optional().meta({ title: 'Starts', description: 'The meeting’s start where left out' }),
  endTime: z.string().optional().meta({ title: 'Ends', description: 'The meeting’s end where left out' }),
});
export type MeetingChangeInput = z.infer<typeof meetingChangeInput>;

/** What became of the meeting: as the input says, else as it is known. */
export const meetingChange = ({ change, startTime, endTime }: MeetingChangeInput, { meeting }: StepFacts) => ({
  change: change ?? meeting?.status,
  startTime: startTime || meeting?.startTime,
  endTime: endTime || meeting?.endTime,
});
