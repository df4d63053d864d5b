import type { EntityManager } from 'typeorm';
import type { Transaction } from '../db/database.ts';
import { type RunRow, type StepRow, Steps } from '../db/entities.ts';
import { heldRows, insertAll } from '../db/save.ts';
import type { ActionStep } from '../model/workflow.ts';
import type { Bell } from '../queue/queue.ts';
import { changeHeld } from './claim.ts';
import { bellOf, stepRow } from './start.ts';

/**
 * A step that stands beside the workflow's own: a named effect of a step (`parentId`), or what follows from something that people did
 * with an alert. Its input is sent as it is, without templates, and its outcome never changes where the run goes.
 */
export type Aside = {
  /** The id, in the document, of the step that it belongs to. */
  stepId: string;
  action: string;
  input: Record<string, unknown>;
  /** What it is for, in a word or two: `feed`, `chat`, `task`. */
  effect: string;
  position: number;
  parentId?: string;
  alertId?: string;
  /** Epoch ms; at once where absent. */
  dueAt?: number;
};

/** The row of an aside, under a key of its own. */
export function asideRow(run: Pick<RunRow, 'id' | 'workspaceId'>, aside: Aside, now: number): StepRow {
  const { stepId, action, input, effect, position, parentId = null, alertId = null, dueAt = now } = aside;
  const definition: ActionStep = { id: stepId, action, input };
  return {
    ...stepRow(run, definition, { position, visit: 1, now }),
    definition,
    effect,
    parentId,
    alertId,
    dueAt,
  };
}

/** Writes asides; ring the bells once the transaction is committed. */
export async function insertAsides(transaction: Transaction, rows: StepRow[]): Promise<Bell[]> {
  await insertAll(transaction, Steps, rows);
  return rows.map(bellOf);
}

/** The effects of a step, oldest first. */
export const effectsOf = (manager: EntityManager, { id }: Pick<StepRow, 'id'>): Promise<StepRow[]> =>
  manager.find(Steps, { where: { parentId: id }, order: { id: 'ASC' } });

const open = ['ready', 'running', 'parked'];
export const isOpen = ({ status }: Pick<StepRow, 'status'>): boolean => open.includes(status);

/**
 * The step waits for its effects and looks again at `lookAt` (epoch ms), should nothing wake it. An effect that ended while the step was
 * held has woken nobody: where that was the last one, the step goes on at once.
 * @returns its bell
 */
export async function waitForEffects(
  transaction: Transaction,
  step: StepRow,
  token: string,
  { now, lookAt }: { now: number; lookAt: number },
): Promise<Bell[]> {
  // From here on the row is held: an effect that ends now waits, and then finds the step ready.
  if (!(await changeHeld(transaction, step, token, { status: 'ready', dueAt: lookAt }))) return [];
  const effects = await effectsOf(transaction.manager, step);
  if (effects.some(isOpen)) return [bellOf({ ...step, dueAt: lookAt })];
  await transaction.manager.update(Steps, { id: step.id }, { dueAt: now });
  return [bellOf({ ...step, dueAt: now })];
}

/** The last effect of a step is over: the step itself goes on. @returns its bell */
export async function wakeParent(transaction: Transaction, { parentId }: StepRow, now: number): Promise<Bell[]> {
  if (parentId === null) return [];
  const { manager } = transaction;
  // Held, so that of two effects that end at once the second one sees the first.
  const parent = await manager.findOne(Steps, { where: { id: parentId }, ...heldRows(manager) });
  const effects = await effectsOf(manager, { id: parentId });
  if (parent?.status !== 'ready' || effects.some(isOpen)) return [];
  await manager.update(Steps, { id: parentId, status: 'ready' }, { dueAt: now });
  return [bellOf({ ...parent, dueAt: now })];
}
