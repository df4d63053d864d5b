import { createHash } from 'node:crypto';
import { MoreThanOrEqual, Not } from 'typeorm';
import type { Database, Transaction } from '../db/database.ts';
import { AlertPlacements, type AlertRow, Alerts, Sessions, type StepRow, Steps } from '../db/entities.ts';
import { heldRows } from '../db/save.ts';
import type { Bell } from '../queue/queue.ts';
import type { HeldStep } from '../runs/services.ts';
import { type AlertAbout, type AlertInputs, type AlertPlacement, type AlertView, alertActions } from '../sdk/alerts.ts';
import type { Connector } from '../sdk/connector.ts';
import { type AlertServices, changeAlert, tellFeed } from './change.ts';
import { alertView } from './view.ts';

/** What a step is to show: its own alert, or one about the same visitor that it joins. */
export type OpenedAlert = { alert: AlertView & { placement?: AlertPlacement }; bells: Bell[] };
/** The alert that this one would join is being sent at the moment: look again then (epoch ms). */
export type OpenLater = { lookAgainAt: number };

const LOOK_AGAIN_MS = 400;
/** An alert that is tried again within so long is as good as under way. */
const SOON_MS = 10_000;

type Opening = {
  held: HeldStep;
  input: AlertInputs & { to?: unknown };
  about: AlertAbout;
  visitorId: string | undefined;
  /** Whose feed it is in; null where it is only sent to a chat. */
  audience: AlertRow['audience'];
  /** The chat that it is sent to, where it is. */
  connector?: Pick<Connector, 'id'>;
  /** How long (minutes) alerts about the same visitor at the same place share a message; 0: never. */
  groupMinutes: number;
  /** Whether somebody can be given a task. */
  tasksPossible: boolean;
  now: number;
};

/**
 * Makes the alert of a step, or joins it to one of the last minutes about the same visitor at the same place. The same step again finds
 * what it made before.
 */
export async function openAlert(
  services: AlertServices,
  transaction: Transaction,
  opening: Opening,
): Promise<OpenedAlert | OpenLater> {
  const { held, connector, now } = opening;
  const { manager } = transaction;
  const groupKey = groupKeyOf(opening);
  if (groupKey && manager.connection.options.type === 'postgres')
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [groupKey]);
  const own = await manager.findOneBy(Alerts, { id: held.step.id });
  if (own) return { alert: alertView(own), bells: [] };
  const before = groupKey ? await joinedBefore(transaction, held.step, groupKey) : undefined;
  if (before) return { alert: await shownAt(transaction, before, connector), bells: [] };
  const earlier = groupKey ? await earlierOf(transaction, opening, groupKey) : undefined;
  if (earlier) {
    const placed = await manager.findOneBy(AlertPlacements, { alertId: earlier.id, connector: connector!.id });
    if (placed) return join(services, transaction, opening, earlier, placed.placement);
    const opener = await manager.findOneBy(Steps, { id: earlier.id });
    if (opener && isUnderWay(opener, now)) return { lookAgainAt: Math.max(now, opener.dueAt) + LOOK_AGAIN_MS };
  }
  const row = alertRow(opening, groupKey);
  await manager.insert(Alerts, row as never);
  await tellFeed(services.feed, transaction, row);
  return { alert: alertView(row), bells: [] };
}

/** Whether an alert is being sent, or will be in a moment. Nobody waits behind one that is parked or put off: an alert tells something now. */
const isUnderWay = ({ status, dueAt }: StepRow, now: number): boolean =>
  status === 'running' || (status === 'ready' && dueAt <= now + SOON_MS);

/** The alert that this step has joined at an earlier try, however long ago. */
const joinedBefore = ({ manager }: Transaction, { id, workspaceId }: StepRow, groupKey: string) =>
  manager
    .createQueryBuilder(Alerts, 'alert')
    .where('alert.workspaceId = :workspaceId AND alert.groupKey = :groupKey', { workspaceId, groupKey })
    .andWhere('alert.joined LIKE :step', { step: `%"${id}"%` })
    .getOne();

/** The newest alert that may still be joined, held: what people do with it meanwhile must not be undone. Two steps of one run each say something of their own. */
async function earlierOf(
  { manager }: Transaction,
  { held, groupMinutes, now }: Opening,
  groupKey: string,
): Promise<AlertRow | undefined> {
  const { workspaceId, runId } = held.step;
  const [newest] = await manager.find(Alerts, {
    where: { workspaceId, groupKey, runId: Not(runId), createdAt: MoreThanOrEqual(now - groupMinutes * 60_000) },
    order: { createdAt: 'DESC', id: 'DESC' },
    take: 1,
    ...heldRows(manager),
  });
  return newest && newest.state !== 'dismissed' ? newest : undefined;
}

async function join(
  services: AlertServices,
  transaction: Transaction,
  { held, input, now }: Opening,
  earlier: AlertRow,
  placement: AlertPlacement,
): Promise<OpenedAlert> {
  const title = input.title ?? held.document.name;
  const joined = [...earlier.joined, { stepId: held.step.id, title, message: input.message, at: now }];
  // Its own call shows it; the other messages of the alert are changed by steps of their own.
  const { alert, bells } = await changeAlert(services, transaction, earlier, { joined }, now, placement);
  return { alert: { ...alertView(alert), placement }, bells };
}

async function shownAt(
  { manager }: Transaction,
  alert: AlertRow,
  connector: Pick<Connector, 'id'> | undefined,
): Promise<OpenedAlert['alert']> {
  const placed =
    connector && (await manager.findOneBy(AlertPlacements, { alertId: alert.id, connector: connector.id }));
  return { ...alertView(alert), ...(placed && { placement: placed.placement }) };
}

function alertRow({ held, input, about, visitorId, audience, tasksPossible, now }: Opening, groupKey: string | null) {
  const { step, run, document } = held;
  const offers = (input.buttons ?? alertActions).filter(kind => kind !== 'create_task' || tasksPossible);
  const row: AlertRow = {
    id: step.id,
    workspaceId: step.workspaceId,
    runId: run.id,
    stepId: step.stepId,
    workflowId: run.workflowId,
    visitorId: visitorId ?? null,
    groupKey,
    title: input.title ?? document.name,
    message: input.message,
    audience,
    offers,
    onAct: {
      ...(input.onClaim && { onClaim: input.onClaim }),
      ...(input.onDismiss && { onDismiss: input.onDismiss }),
    },
    about,
    state: 'open',
    version: 1,
    claimedBy: null,
    claimedAt: null,
    dismissedBy: null,
    snoozedBy: null,
    snoozedUntil: null,
    tasks: [],
    joined: [],
    createdAt: now,
    updatedAt: now,
  };
  return row;
}

function groupKeyOf({ held, input, visitorId, connector, groupMinutes }: Opening): string | null {
  if (!connector || !visitorId || groupMinutes === 0) return null;
  const place = JSON.stringify([held.step.workspaceId, connector.id, input.to, visitorId]);
  return createHash('sha256').update(place).digest('hex');
}

/** Whether the visitor had been here before this session. */
export async function wasHereBefore(
  { reader }: Pick<Database, 'reader'>,
  { workspaceId, sessionId }: { workspaceId: string; sessionId: string | null },
  visitorId: string | undefined,
): Promise<boolean> {
  if (!visitorId) return false;
  const others = await reader.findOne(Sessions, {
    select: { id: true },
    where: { workspaceId, visitorId, ...(sessionId && { id: Not(sessionId) }) },
  });
  return others !== null;
}
