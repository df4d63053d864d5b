import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from '../db/database.ts';
import { AlertPlacements, type AlertRow, Alerts, type StepRow } from '../db/entities.ts';
import { heldRows } from '../db/save.ts';
import type { FeedStation } from '../feed/feed.ts';
import type { Bell } from '../queue/queue.ts';
import { type Aside, asideRow, insertAsides } from '../runs/aside.ts';
import type { AlertPlacement, AlertUpdateInput } from '../sdk/alerts.ts';
import type { Connector } from '../sdk/connector.ts';
import { ALERT_FEED_LIFE_MS, ALERTS_TOPIC, alertView } from './view.ts';

export type AlertChange = Partial<
  Pick<
    AlertRow,
    'state' | 'claimedBy' | 'claimedAt' | 'dismissedBy' | 'snoozedBy' | 'snoozedUntil' | 'tasks' | 'joined' | 'title'
  >
>;

/** What changing an alert needs of the hub. */
export type AlertServices = {
  feed: FeedStation;
  connectors: ReadonlyMap<string, Connector>;
};

/** The alert, held until the transaction ends so that of two changes at once neither is lost. */
export const heldAlert = ({ manager }: Transaction, workspaceId: string, id: string): Promise<AlertRow | null> =>
  manager.findOne(Alerts, { where: { workspaceId, id }, ...heldRows(manager) });

/**
 * Changes an alert, tells those who listen to the feed, and has every message that shows it changed.
 * @param shown the placement that is being changed anyway
 * @returns the changed row, and bells to ring after the commit
 */
export async function changeAlert(
  { feed, connectors }: AlertServices,
  transaction: Transaction,
  alert: AlertRow,
  change: AlertChange,
  now: number,
  shown?: AlertPlacement,
): Promise<{ alert: AlertRow; bells: Bell[] }> {
  const next: AlertRow = { ...alert, ...change, version: alert.version + 1, updatedAt: now };
  await transaction.manager.update(Alerts, { id: alert.id }, {
    ...change,
    version: next.version,
    updatedAt: now,
  } as never);
  await tellFeed(feed, transaction, next);
  const placements = await transaction.manager.findBy(AlertPlacements, { alertId: alert.id });
  const rows = placements.flatMap(({ connector, placement }) => {
    if (shown && isDeepStrictEqual(shown, placement)) return [];
    const update = updateOf(connectors.get(connector), next, placement);
    return update ? [asideRow(runOf(alert), update, now)] : [];
  });
  return { alert: next, bells: await insertAsides(transaction, rows) };
}

/** The run that an alert belongs to. */
export const runOf = ({ runId, workspaceId }: AlertRow) => ({ id: runId, workspaceId });

/** Tells those who listen to the workspace's alerts; of an alert that is in nobody's feed nothing is told. */
export async function tellFeed(feed: FeedStation, transaction: Transaction, alert: AlertRow): Promise<void> {
  const { workspaceId, audience } = alert;
  if (audience === null) return;
  const to = { workspaceId, topic: ALERTS_TOPIC, key: `${alert.id} ${alert.version}` };
  await feed.publish(transaction, to, { audience, alert: alertView(alert) }, ALERT_FEED_LIFE_MS);
}

/** The step that shows the alert, as it is now, in one of its messages. */
export function updateOf(
  connector: Connector | undefined,
  alert: AlertRow,
  placement: AlertUpdateInput['placement'],
): Aside | undefined {
  const update = connector?.roles?.chat?.update;
  if (!update) return undefined;
  const input: AlertUpdateInput = { alertId: alert.id, version: alert.version, placement };
  return { ...besides(alert), action: update.id, input, effect: `update ${connector!.id}` };
}

/** Where what follows from an alert stands in the run. */
export const besides = (alert: Pick<AlertRow, 'id' | 'stepId'>) => ({
  stepId: alert.stepId,
  position: AFTER_ALL,
  alertId: alert.id,
});

/** Behind everything that the workflow itself does. */
const AFTER_ALL = 1_000_000;

/** Whether a step's picture of its alert is no longer the newest. */
export const isOutdated = (step: Pick<StepRow, 'definition'>, alert: AlertRow): boolean => {
  const { version } = (step.definition?.input ?? {}) as { version?: number };
  return version !== undefined && version < alert.version;
};
