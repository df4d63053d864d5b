import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { AlertAct, AlertOutcome } from '../../../src/sdk/index.ts';
import { alertCard, type Card } from '../card.ts';
import { oneLine } from '../text.ts';
import type { Activity } from './activity.ts';
import { actorOf, type Connection } from './people.ts';

const DAY_MINUTES = 24 * 60;

const pressData = z.looseObject({
  alertId: z.string().min(1).max(200),
  subject: z.string().optional(),
  dueDate: z.string().optional(),
  minutes: z.union([z.string(), z.number()]).optional(),
});
type PressData = z.infer<typeof pressData>;

/** What came of a press: `card` shows the alert as it is now, `reason` says why nothing was done. */
export type Pressed = { card?: Card; reason?: string };

/**
 * Carries out what somebody pressed in the workspace that has the alert. The same press again (Teams repeats one that was not
 * answered) has the same key, and so changes nothing and is answered the same.
 */
export async function press(
  connections: Connection[],
  activity: Activity,
  verb: string,
  given: Record<string, unknown>,
): Promise<Pressed> {
  const data = pressData.safeParse(given).data;
  const act = data && actOf(verb, data);
  if (!data || !act) return { reason: 'Baton cannot read this button.' };
  if (typeof act === 'string') return { reason: act };
  const connection = await holderOf(connections, data.alertId);
  if (!connection) return { reason: 'Baton does not know this alert (any more).' };
  const by = await actorOf(connection, activity);
  const outcome = await connection.alerts.act(data.alertId, act, by, keyOf(activity, verb, data));
  return outcome.done ? { card: alertCard(outcome.alert).card } : { reason: whyNot(act, outcome) };
}

/** What is to be done, or a sentence about what is missing. */
function actOf(verb: string, { subject, dueDate, minutes }: PressData): AlertAct | string | undefined {
  if (verb === 'claim' || verb === 'dismiss') return { kind: verb };
  if (verb === 'snooze') {
    const wanted = Number(minutes);
    const fits = Number.isInteger(wanted) && wanted >= 1 && wanted <= 7 * DAY_MINUTES;
    return fits ? { kind: 'snooze', minutes: wanted } : 'Choose when the alert is to come back.';
  }
  if (verb !== 'create_task') return undefined;
  const what = subject?.replace(/\s+/g, ' ').trim().slice(0, 255);
  if (!what) return 'Say what is to be done.';
  if (!dueDate?.trim()) return { kind: 'create_task', subject: what };
  const day = z.iso.date().safeParse(dueDate.trim());
  return day.success ? { kind: 'create_task', subject: what, dueDate: day.data } : 'The due date is no day.';
}

async function holderOf(connections: Connection[], alertId: string): Promise<Connection | undefined> {
  for (const connection of connections) if (await connection.alerts.get(alertId)) return connection;
  return undefined;
}

/** A second claim is told who was first. */
function whyNot(act: AlertAct, { reason, alert }: Extract<AlertOutcome, { done: false }>): string {
  const { name, email } = alert?.claimedBy ?? {};
  const holder = name ?? email;
  if (act.kind !== 'claim' || !holder || reason.includes(holder)) return reason;
  return `${oneLine(holder, 100)} has it already. ${reason}`;
}

/** Teams gives every press an activity id of its own. Where it does not, what was pressed, when and by whom stands for it. */
function keyOf(activity: Activity, verb: string, data: PressData): string {
  const { id, conversation, from, replyToId, timestamp } = activity;
  const identity = id ? [conversation.id, id] : [conversation.id, replyToId, from.id, timestamp, verb, data];
  return createHash('sha256').update(JSON.stringify(identity)).digest('base64url');
}
