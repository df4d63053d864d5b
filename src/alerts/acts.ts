import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { AlertActs, type AlertRow, Alerts, Audit, type StepRow } from '../db/entities.ts';
import { newId } from '../ids.ts';
import type { Bell } from '../queue/queue.ts';
import { asideRow, insertAsides } from '../runs/aside.ts';
import { setVisitorFieldAction } from '../runs/built-in.ts';
import type { Actor, AlertAct, AlertOutcome, FollowUpTaskInput } from '../sdk/alerts.ts';
import { type AlertChange, type AlertServices, besides, changeAlert, heldAlert, runOf } from './change.ts';
import { alertView } from './view.ts';

export type DeskServices = AlertServices & {
  database: Database;
  clock: Clock;
  ring(bells: Bell[]): void;
  /** The action that makes a follow-up task in this workspace; undefined where no connected system takes tasks. */
  taskActionOf(workspaceId: string): Promise<string | undefined>;
};

/** The action of the aside that ends a snooze. */
export const WAKE_ACTION = 'alert.wake';

/** What people do with the alerts of a workspace. */
export type AlertDesk = {
  get(id: string): Promise<AlertRow | null>;
  /** @param key the same again on the same alert changes nothing · @param via where it was done, for the audit trail: a connector's id, or `api` */
  act(id: string, act: AlertAct, by: Actor, key: string, via: string): Promise<AlertOutcome>;
};

type Decision = { change: AlertChange } | { refused: string } | { nothing: true };

export function alertDesk(services: DeskServices, workspaceId: string): AlertDesk {
  const { database, ring } = services;
  return {
    get: id => database.reader.findOneBy(Alerts, { workspaceId, id }),
    async act(id, act, by, key, via) {
      const taskAction = act.kind === 'create_task' ? await services.taskActionOf(workspaceId) : undefined;
      const doing = { workspaceId, id, act, by, key: `${id} ${key}`.slice(-MOST_KEY), via, taskAction };
      const { outcome, bells } = await database.write(transaction => perform(services, transaction, doing));
      ring(bells);
      return outcome;
    },
  };
}

const MOST_KEY = 255;

type Doing = {
  workspaceId: string;
  id: string;
  act: AlertAct;
  by: Actor;
  key: string;
  via: string;
  taskAction: string | undefined;
};
type Performed = { outcome: AlertOutcome; bells: Bell[] };

/** Everything that an act changes, in one transaction: whoever presses a button twice, or whom a crash makes press again, does it once. */
async function perform(services: DeskServices, transaction: Transaction, doing: Doing): Promise<Performed> {
  const { workspaceId, id, act, by, key } = doing;
  const { manager } = transaction;
  const alert = await heldAlert(transaction, workspaceId, id);
  if (!alert)
    return { outcome: { done: false, reason: 'This alert is not known here any more.', alert: undefined }, bells: [] };
  const before = await manager.findOneBy(AlertActs, { workspaceId, key });
  if (before) return { outcome: outcomeOf(before.done === 1 ? undefined : (before.reason ?? ''), alert), bells: [] };
  const now = services.clock.now();
  const decision = decide(alert, doing, now);
  const refused = 'refused' in decision ? decision.refused : undefined;
  await manager.insert(AlertActs, {
    workspaceId, key, alertId: id, act, actor: by, done: refused === undefined ? 1 : 0, reason: refused ?? null, at: now,
  } as never); // biome-ignore format: one row
  if (!('change' in decision)) return { outcome: outcomeOf(refused, alert), bells: [] };
  const follows = followUps(alert, doing, now);
  const tasks = follows.task ? [...alert.tasks, taskOf(follows.task, doing)] : alert.tasks;
  const changed = await changeAlert(services, transaction, alert, { ...decision.change, tasks }, now);
  const bells = await insertAsides(transaction, follows.rows);
  await writeAudit(transaction, doing, now);
  return { outcome: outcomeOf(undefined, changed.alert), bells: [...changed.bells, ...bells] };
}

const outcomeOf = (refused: string | undefined, alert: AlertRow): AlertOutcome =>
  refused === undefined
    ? { done: true, alert: alertView(alert) }
    : { done: false, reason: refused, alert: alertView(alert) };

/** What an act comes to in the state that the alert is in. */
function decide(alert: AlertRow, { act, by, taskAction }: Doing, now: number): Decision {
  const owner = alert.claimedBy;
  const mine = owner !== null && sameActor(owner, by);
  if (!alert.offers.includes(act.kind)) return { refused: 'This alert does not offer that.' };
  if (alert.state === 'dismissed') {
    if (act.kind === 'dismiss') return { nothing: true };
    return { refused: `${nameOf(alert.dismissedBy)} has marked this as not relevant.` };
  }
  if (owner && !mine) return { refused: `${nameOf(owner)} has claimed this already.` };
  const claim: AlertChange = { state: 'claimed', claimedBy: by, claimedAt: now, snoozedBy: null, snoozedUntil: null };
  switch (act.kind) {
    case 'claim':
      return mine && alert.state === 'claimed'
        ? { nothing: true }
        : { change: mine ? { state: 'claimed', snoozedBy: null, snoozedUntil: null } : claim };
    case 'create_task':
      if (!taskAction)
        return { refused: 'No connected system takes tasks. An administrator of Baton can connect one.' };
      return { change: mine ? {} : claim };
    case 'snooze':
      return { change: { state: 'snoozed', snoozedBy: by, snoozedUntil: now + act.minutes * 60_000 } };
    case 'dismiss':
      return { change: { state: 'dismissed', dismissedBy: by, snoozedUntil: null } };
  }
}

/** The steps that follow from an act: a visitor field, a task, the end of a snooze. */
function followUps(alert: AlertRow, { act, by, taskAction }: Doing, now: number): { rows: StepRow[]; task?: StepRow } {
  const run = runOf(alert);
  const wanted =
    act.kind === 'dismiss'
      ? alert.onAct.onDismiss
      : act.kind === 'claim' || act.kind === 'create_task'
        ? alert.onAct.onClaim
        : undefined;
  const again = act.kind !== 'dismiss' && alert.claimedBy !== null;
  const value = wanted?.value ?? by.email ?? by.name;
  const rows: StepRow[] = [];
  if (wanted && !again && value !== undefined) {
    const input = { field: wanted.field, value };
    rows.push(
      asideRow(run, { ...besides(alert), action: setVisitorFieldAction.id, input, effect: `${act.kind}: field` }, now),
    );
  }
  if (act.kind === 'snooze') {
    const dueAt = now + act.minutes * 60_000;
    rows.push(
      asideRow(
        run,
        { ...besides(alert), action: WAKE_ACTION, input: { until: dueAt }, effect: 'snooze ends', dueAt },
        now,
      ),
    );
  }
  if (act.kind !== 'create_task' || !taskAction) return { rows };
  const input: FollowUpTaskInput = {
    subject: act.subject.trim().slice(0, 255),
    ...(act.dueDate && { dueDate: act.dueDate }),
    description: describe(alert),
    ...(by.email && { ownerEmail: by.email }),
  };
  const task = asideRow(run, { ...besides(alert), action: taskAction, input, effect: 'task' }, now);
  return { rows: [...rows, task], task };
}

const taskOf = ({ id, definition }: StepRow, { by }: Doing): AlertRow['tasks'][number] => {
  const { subject, dueDate } = definition!.input as FollowUpTaskInput;
  return { stepId: id, subject, ...(dueDate && { dueDate }), by };
};

/** What whoever finds the task needs to know. */
function describe({ title, message, about }: AlertRow): string {
  const said = about.lastMessages.map(({ from, text }) => `${from}: ${text}`);
  return [`${title}: ${message}`, about.summary, said.join('\n'), about.conversationUrl].filter(Boolean).join('\n\n');
}

function writeAudit({ manager }: Transaction, { workspaceId, id, act, by, via }: Doing, now: number) {
  const { kind, ...details } = act;
  const row = {
    id: newId(),
    workspaceId,
    at: now,
    actor: { ...by, via },
    action: `alert.${kind}`,
    subject: `alert:${id}`,
    details,
  };
  return manager.insert(Audit, row as never);
}

const sameActor = (a: Actor, b: Actor): boolean =>
  a.email && b.email ? a.email.toLowerCase() === b.email.toLowerCase() : a.id !== undefined && a.id === b.id;
const nameOf = (actor: Actor | null): string => actor?.name ?? actor?.email ?? 'Somebody';
