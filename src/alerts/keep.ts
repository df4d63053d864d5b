import { isDeepStrictEqual } from 'node:util';
import { In } from 'typeorm';
import type { Transaction } from '../db/database.ts';
import { AlertPlacements, type AlertRow, type StepRow, Steps } from '../db/entities.ts';
import type { Bell } from '../queue/queue.ts';
import { asideRow, insertAsides } from '../runs/aside.ts';
import type { AlertPlacement, AlertView } from '../sdk/alerts.ts';
import { type AlertServices, besides, changeAlert, heldAlert, runOf, updateOf } from './change.ts';

type Done = {
  step: StepRow;
  connector: string;
  output: unknown;
  /** The alert as it was sent: its own, or the one that it has joined. */
  shown: AlertView & { placement?: AlertPlacement };
  now: number;
};

/**
 * Keeps what a step that belongs to an alert gave back: where its message is, or the task that it made. To be called in the transaction
 * that records the outcome. Where the alert has changed since it was sent, the message is changed after it.
 * @returns bells to ring after the commit
 */
export async function keepForAlert(services: AlertServices, transaction: Transaction, done: Done): Promise<Bell[]> {
  const { step, now } = done;
  const alert = await heldAlert(transaction, step.workspaceId, done.shown.id);
  if (!alert) return [];
  const { placement, url } = (done.output ?? {}) as { placement?: AlertPlacement; url?: string };
  const task = alert.tasks.find(({ stepId }) => stepId === step.id);
  if (task) {
    if (!url) return [];
    const tasks = alert.tasks.map(each => (each === task ? { ...each, url } : each));
    return (await changeAlert(services, transaction, alert, { tasks }, now)).bells;
  }
  if (!placement) return [];
  return keepPlacement(services, transaction, { ...done, alert, placement });
}

async function keepPlacement(
  { connectors }: AlertServices,
  transaction: Transaction,
  { step, connector, alert, placement, shown, now }: Done & { alert: AlertRow; placement: AlertPlacement },
): Promise<Bell[]> {
  const { workspaceId } = step;
  // The message that it has joined is known already.
  if (!isDeepStrictEqual(placement, shown.placement)) {
    const row = { stepId: step.id, workspaceId, alertId: alert.id, connector, placement, createdAt: now };
    await transaction.manager.save(AlertPlacements, row, { transaction: false });
  }
  if (shown.version === alert.version) return [];
  const update = updateOf(connectors.get(connector), alert, placement);
  return update ? insertAsides(transaction, [asideRow(runOf(alert), update, now)]) : [];
}

/**
 * A snooze has come to its end: the alert is open again (or its claimer's), and each chat that shows it is told anew.
 * @param until the end that the step was made for; a later snooze has another
 */
export async function wakeAlert(
  services: AlertServices,
  transaction: Transaction,
  step: StepRow,
  { until, now }: { until: number; now: number },
): Promise<{ woken: boolean; bells: Bell[] }> {
  const alert = await heldAlert(transaction, step.workspaceId, step.alertId ?? '');
  if (alert?.state !== 'snoozed' || alert.snoozedUntil !== until) return { woken: false, bells: [] };
  const change = {
    state: alert.claimedBy ? ('claimed' as const) : ('open' as const),
    snoozedBy: null,
    snoozedUntil: null,
  };
  const woken = await changeAlert(services, transaction, alert, change, now);
  const placements = await transaction.manager.findBy(AlertPlacements, { alertId: alert.id });
  const senders = await transaction.manager.findBy(Steps, { id: In(placements.map(({ stepId }) => stepId)) });
  const places = new Map(senders.map(sender => [JSON.stringify([sender.action, sender.input]), sender]));
  const reminders = [...places.values()].map(({ action, input }) =>
    asideRow(
      runOf(alert),
      { ...besides(alert), action, input: input as Record<string, unknown>, effect: 'reminder' },
      now,
    ),
  );
  return { woken: true, bells: [...woken.bells, ...(await insertAsides(transaction, reminders))] };
}
