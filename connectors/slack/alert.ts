import * as z from 'zod';

/** What an admin fills in. */
export const alertInput = z.strictObject({
  to: z
    .union([
      z.strictObject({
        channel: z
          .string()
          .regex(/^(#?[^\s#@,<>]{1,80})$/, 'must be a channel’s name (#inbound) or id (C…)')
          .meta({ title: 'Channel', description: 'Name or id. The id survives renaming' }),
      }),
      z.strictObject({
        user: z
          .string()
          .regex(/^([UW][A-Z0-9]{5,}|[^\s@]+@[^\s@]+)$/, 'must be an e-mail address or a user’s id (U…)')
          .meta({ title: 'Person', description: 'E-mail address or Slack user id' }),
      }),
    ])
    .meta({ title: 'To' }),
  message: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Message', description: 'Slack’s *bold* and _italic_ work; cut at 3,000 characters' }),
  title: z
    .string()
    .trim()
    .min(1)
    .optional()
    .meta({ title: 'Title', description: 'The workflow’s name where left out; cut at 150 characters' }),
  lifeMinutes: z
    .int()
    .min(1)
    .optional()
    .meta({ title: 'Life in minutes', description: 'Not sent any more once older than this' }),
});
export type AlertInput = z.infer<typeof alertInput>;

/** What the step gives back to later ones. */
export const alertOutput = z.object({ channel: z.string(), ts: z.string(), permalink: z.string().optional() });
export type AlertOutput = z.infer<typeof alertOutput>;

/** `permalink` in Slack's form, put together here: asking for it would be a second call whose failure means nothing. */
export function alertOf(workspaceUrl: string | undefined, channel: string, ts: string): AlertOutput {
  const permalink = workspaceUrl && `${workspaceUrl.replace(/\/$/, '')}/archives/${channel}/p${ts.replace('.', '')}`;
  return { channel, ts, ...(permalink && { permalink }) };
}

const EVENT_TYPE = 'baton_step';

/** The metadata that marks a message as this step's, by which a lost answer is settled. Channel members can read it through the API. */
export const mark = (stepKey: string) => ({ event_type: EVENT_TYPE, event_payload: { step_key: stepKey } });

/** The step key in a message's metadata, as history gives it back. */
export function markOf(metadata: unknown): string | undefined {
  const { event_type, event_payload } = (metadata ?? {}) as { event_type?: unknown; event_payload?: unknown };
  const key = (event_payload as { step_key?: unknown } | undefined)?.step_key;
  return event_type === EVENT_TYPE && typeof key === 'string' ? key : undefined;
}
