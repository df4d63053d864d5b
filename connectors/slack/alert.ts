import * as z from 'zod';
import {
  type AlertView,
  alertInputs,
  type ConnectorSettings,
  roleRecipient,
  type StepFacts,
} from '../../src/sdk/index.ts';

const toChannel = z.strictObject({
  channel: z
    .string()
    .regex(/^(#?[^\s#@,<>]{1,80})$/, 'must be a channel’s name (#inbound) or id (C…)')
    .meta({ title: 'Channel', description: 'Name or id. The id survives renaming' }),
});

/** What an admin fills in. */
export const alertInput = z.strictObject({
  to: z
    .union([
      toChannel,
      z.strictObject({
        user: z
          .string()
          .regex(/^([UW][A-Z0-9]{5,}|[^\s@]+@[^\s@]+)$/, 'must be an e-mail address or a user’s id (U…)')
          .meta({ title: 'Person', description: 'E-mail address or Slack user id' }),
      }),
      roleRecipient,
    ])
    .meta({ title: 'To' }),
  fallback: toChannel.optional().meta({
    title: 'Otherwise',
    description: 'Where it goes when the person is not in Slack, has left, or cannot be told',
  }),
  message: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Message', description: 'Slack’s *bold* and _italic_ work; cut at 3,000 characters' }),
  ...alertInputs,
});
export type AlertInput = z.infer<typeof alertInput>;

/** What the step gives back to later ones; `placement` is what the engine finds the message by when the alert changes. */
export const alertOutput = z.object({
  channel: z.string(),
  ts: z.string(),
  permalink: z.string().optional(),
  placement: z.record(z.string(), z.string()),
});
export type AlertOutput = z.infer<typeof alertOutput>;

/** `permalink` in Slack's form, put together here: asking for it would be a second call whose failure means nothing. */
export function alertOf(workspaceUrl: string | undefined, channel: string, ts: string): AlertOutput {
  const permalink = workspaceUrl && `${workspaceUrl.replace(/\/$/, '')}/archives/${channel}/p${ts.replace('.', '')}`;
  return { channel, ts, ...(permalink && { permalink }), placement: { channel, ts } };
}

/** The message that a placement names; undefined for one that is not Slack's. */
export const placeOf = (placement: Record<string, string> | undefined): { channel: string; ts: string } | undefined =>
  placement?.channel && placement.ts ? { channel: placement.channel, ts: placement.ts } : undefined;

/** Without the signing secret no press can be believed, so no button is shown. */
export const asOffered = (alert: AlertView, { SLACK_SIGNING_SECRET }: ConnectorSettings): AlertView =>
  SLACK_SIGNING_SECRET ? alert : { ...alert, offers: [] };

/** The alert of a step; where the engine keeps none, what is known stands in, with nothing that could be pressed. */
export function viewOf(input: Pick<AlertInput, 'title' | 'message'>, facts: StepFacts, now: number): AlertView {
  if (facts.alert) return facts.alert;
  const { email, fields, external } = facts.visitor;
  const field = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  const name = [field('first_name'), field('last_name')].filter(Boolean).join(' ');
  return {
    id: '',
    title: input.title ?? facts.workflow.name,
    message: input.message,
    state: 'open',
    version: 0,
    about: {
      visitor: {
        ...(name && { name }),
        title: field('title'),
        company: field('company'),
        email,
        known: Object.keys(external).length > 0,
      },
      lastMessages: [],
      page: facts.session?.page,
      conversationUrl: facts.conversation?.url,
      records: [],
    },
    offers: [],
    createdAt: now,
    tasks: [],
    joined: [],
  };
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
