import * as z from 'zod';
import type { StepRow } from '../db/entities.ts';
import type { ActionStep } from '../model/workflow.ts';
import { type AlertInputs, alertInputs, roleRecipient } from '../sdk/alerts.ts';
import type { TrackInput } from '../sdk/connector.ts';
import { StepError } from '../sdk/index.ts';
import { normaliseEmail } from '../sessions/visitors.ts';
import { fits } from '../workflows/availability.ts';
import type { CheckedAction } from '../workflows/check-input.ts';
import { type Aside, isOpen } from './aside.ts';
import { findStep } from './next.ts';
import { aboutThe, newAlert, prepareIntent } from './prepare.ts';
import type { HeldStep, RunServices } from './services.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const trackInput: z.ZodType<TrackInput> = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(255)
    .meta({ title: 'Name', description: 'The name of the event, exactly as it is to be' }),
  parameters: z
    .record(z.string().min(1).max(255), scalar)
    .optional()
    .meta({ title: 'Parameters', description: 'What goes with the event' }),
});

/** The action that addresses the `track` role of every connector that can be used: each is an effect of its own. */
export const trackEventAction = {
  id: 'track_event',
  title: 'Track an event',
  description: 'Tells the connected analytics and, while the visitor is on the site, the listeners on the website.',
  input: trackInput,
  output: z.object({ effects: z.record(z.string(), z.unknown()) }),
  fits: {},
  replay: 'safe',
} as CheckedAction;

const email = z.email().max(320);
const appAlertInput = z.strictObject({
  to: z
    .union([
      z.strictObject({ user: email.meta({ title: 'Person', description: 'E-mail address' }) }),
      z.strictObject({
        users: z.array(email).min(1).max(200).meta({ title: 'People', description: 'E-mail addresses' }),
      }),
      z.strictObject({
        group: z.string().min(1).max(64).meta({ title: 'Group', description: 'A name of the setting alertGroups' }),
      }),
      z.strictObject({ everyone: z.literal(true).meta({ title: 'Everyone', description: 'All who watch the feed' }) }),
      roleRecipient,
    ])
    .meta({ title: 'To', description: 'Whose feed it is in' }),
  message: z.string().trim().min(1).max(10_000).meta({ title: 'Message', description: 'What they are told' }),
  ...alertInputs,
  chat: z
    .strictObject({
      connector: z.string().min(1).max(64).optional().meta({
        title: 'Chat',
        description: 'The id of a connected chat; may be left out where only one is connected',
      }),
      to: z.unknown().meta({ title: 'To', description: 'As that chat’s own alert action takes it' }),
      fallback: z
        .unknown()
        .optional()
        .meta({ title: 'Fallback', description: 'As that chat’s own alert action takes it' }),
    })
    .optional()
    .meta({
      title: 'In a chat, too',
      description: 'Shows the same alert there; what people do with it counts for both',
    }),
});
type AppAlertInput = Omit<z.infer<typeof appAlertInput>, keyof AlertInputs> & AlertInputs;

/** The action that puts an alert into the hub's own feed, and hands it to a chat where the step says so. */
export const appAlertAction = {
  id: 'app_alert',
  title: 'Send an app alert',
  description: 'An alert in the feed of a person, a group or everyone, with the same buttons as in a chat.',
  input: appAlertInput,
  output: z.object({ alertId: z.string(), effects: z.record(z.string(), z.unknown()).optional() }),
  fits: {},
  notification: true,
  recipients: 'roles',
  alert: true,
  replay: 'safe',
} as CheckedAction;

/** Actions of the hub's own that consist of named effects. */
export const fanOutActions: ReadonlyMap<string, CheckedAction> = new Map(
  [trackEventAction, appAlertAction].map(action => [action.id, action]),
);

/** `output`: what the step has done by itself, without any effect beside it. */
type Effects = { input: unknown; asides: Aside[]; output?: Record<string, unknown> };

/** The effects that a step consists of, to be written in one transaction. */
export async function effectsToMake(
  services: RunServices,
  held: HeldStep,
  note: (sentence: string) => void,
): Promise<Effects> {
  const { step, document } = held;
  const definition = findStep(document, step.stepId) as ActionStep;
  const { intent, scope } = await prepareIntent(services, held, definition, fanOutActions.get(step.action)!, note);
  if (step.action === trackEventAction.id) return trackEffects(services, held, intent, note);
  return alertEffects(services, held, intent, scope, note);
}

type Intent = Awaited<ReturnType<typeof prepareIntent>>['intent'];

async function trackEffects(
  services: RunServices,
  held: HeldStep,
  { input, facts }: Intent,
  note: (sentence: string) => void,
): Promise<Effects> {
  const { run, step } = held;
  const trigger = { type: run.occasion.trigger, timing: run.occasion.timing };
  const asides: Aside[] = [];
  let fitting = 0;
  for (const { connector, action, unreachable } of await services.trackTargets(run.workspaceId)) {
    if (!fits(action.fits, trigger)) continue;
    fitting += 1;
    const why = unreachable?.(facts);
    if (why) note(`${connector.title}: ${why}`);
    else
      asides.push({
        ...within(step),
        action: action.id,
        input: input as Record<string, unknown>,
        effect: connector.id,
      });
  }
  if (fitting === 0) {
    const reason =
      'There is nothing that this event could be told to: connect analytics, or use the timing `immediately` for the website’s listeners.';
    throw new StepError('rejected', reason);
  }
  return { input, asides };
}

async function alertEffects(
  services: RunServices,
  held: HeldStep,
  { input: rendered, facts }: Intent,
  scope: Record<string, unknown>,
  note: (sentence: string) => void,
): Promise<Effects> {
  const input = rendered as AppAlertInput;
  const { chat } = input;
  const send = chat && chosenChat(await services.chatsOf(held.run.workspaceId), chat.connector);
  const audience = await audienceOf(services, held, input.to, facts.recipient?.email);
  if (audience.length === 0) note('Nobody was found to tell: the alert is in everyone’s feed.');
  const about = await aboutThe(services, held, scope, facts);
  await newAlert(services, held, { input, about, facts, audience: audience.length === 0 ? 'all' : audience });
  const output = { alertId: held.step.id };
  if (!chat || !send) return { input, asides: [], output };
  const { to: _, chat: __, ...shared } = input;
  const theirs = { ...shared, to: chat.to, ...(chat.fallback !== undefined && { fallback: chat.fallback }) };
  const aside = { ...within(held.step), action: send.id, input: theirs, effect: 'chat', alertId: held.step.id };
  return { input, asides: [aside as Aside] };
}

const within = ({ id, stepId, position }: StepRow) => ({ parentId: id, stepId, position });

function chosenChat(chats: ReadonlyMap<string, { id: string }>, wanted: string | undefined): { id: string } {
  const names = [...chats.keys()];
  const found = wanted === undefined ? (names.length === 1 ? chats.get(names[0]!) : undefined) : chats.get(wanted);
  if (found) return found;
  const reason =
    wanted !== undefined
      ? `\`${wanted}\` is no connected chat. Connected: ${names.join(', ') || 'none'}.`
      : names.length === 0
        ? 'No chat is connected.'
        : `Several chats are connected (${names.join(', ')}): name one as \`chat.connector\`.`;
  throw new StepError('rejected', reason, { field: 'input.chat.connector' });
}

/** Lower-case addresses; `all` is everybody; none where nobody was found. */
async function audienceOf(
  { settingsOf }: RunServices,
  { run }: HeldStep,
  to: AppAlertInput['to'],
  recipient: string | undefined,
): Promise<string[] | 'all'> {
  if ('everyone' in to) return 'all';
  if ('user' in to) return [normaliseEmail(to.user)];
  if ('users' in to) return to.users.map(normaliseEmail);
  if ('role' in to) return recipient ? [normaliseEmail(recipient)] : [];
  const { alertGroups } = await settingsOf(run.workspaceId);
  const members = Object.hasOwn(alertGroups, to.group) ? alertGroups[to.group] : undefined;
  if (members && members.length > 0) return members.map(normaliseEmail);
  const known = Object.keys(alertGroups).join(', ') || 'none';
  const why = members
    ? `The group \`${to.group}\` of the setting alertGroups is empty.`
    : `The setting alertGroups has no group \`${to.group}\`. It has: ${known}.`;
  throw new StepError('rejected', why, { field: 'input.to.group' });
}

/** What the effects of a step came to: succeeded where one of them has and none has failed. */
export type EffectsOutcome = {
  kind: 'succeeded' | 'skipped' | 'failed';
  output: Record<string, unknown>;
  failed?: string;
};

/** Undefined while one of the effects is still open. */
export function effectsOutcome(step: StepRow, effects: StepRow[]): EffectsOutcome | undefined {
  if (effects.some(isOpen)) return undefined;
  const told = effects.map(({ effect, status, output, error }) => [
    effect ?? '',
    { status, ...(output === null ? {} : { output }), ...(error && { error: error.message }) },
  ]);
  // An alert keeps the id of the step that opened it when somebody has that step run again.
  const alert = step.action === appAlertAction.id ? { alertId: effects[0]?.alertId ?? step.id } : {};
  const output = { ...alert, effects: Object.fromEntries(told) };
  const failures = effects.filter(({ status }) => status === 'failed' || status === 'cancelled');
  if (failures.length > 0) {
    const failed = failures.map(({ effect, error }) => `${effect}: ${error?.message ?? 'cancelled'}`).join(' ');
    return { kind: 'failed', output, failed };
  }
  return { kind: effects.some(({ status }) => status === 'succeeded') ? 'succeeded' : 'skipped', output };
}
