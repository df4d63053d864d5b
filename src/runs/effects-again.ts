import type { Transaction } from '../db/database.ts';
import { type RunRow, type StepRow, Steps } from '../db/entities.ts';
import type { Bell } from '../queue/queue.ts';
import { asideRow, insertAsides } from './aside.ts';
import { bellOf, stepRow } from './start.ts';

/**
 * A person runs a step of named effects again: it comes anew with the effects that have been made, and only the others are made again,
 * under keys of their own. An effect that waits for a connection goes on as it is.
 */
export async function effectsAgain(
  { manager, query, ...rest }: Transaction,
  run: RunRow,
  { step, effects }: { step: StepRow; effects: StepRow[] },
  now: number,
): Promise<Bell[]> {
  const place = { position: step.position + 1, visit: step.visit + 1, now };
  const next: StepRow = { ...stepRow(run, { id: step.stepId, action: step.action }, place), input: step.input };
  await manager.insert(Steps, next as never);
  const cancelled = { status: 'cancelled' as const, finishedAt: now };
  if (step.status !== 'failed') await manager.update(Steps, { id: step.id }, cancelled);
  const again: StepRow[] = [];
  const resumed: StepRow[] = [];
  for (const effect of effects) {
    const waits = effect.parkedFor?.startsWith('connection:') === true;
    const undone = !waits && ['failed', 'parked', 'cancelled'].includes(effect.status);
    if (undone) {
      if (effect.status === 'parked') await manager.update(Steps, { id: effect.id }, cancelled);
      again.push(repeated(run, effect, next, now));
      continue;
    }
    const ready = { status: 'ready' as const, parkedFor: null, error: null, dueAt: now };
    await manager.update(Steps, { id: effect.id }, { parentId: next.id, ...(waits && ready) });
    if (waits) resumed.push({ ...effect, dueAt: now });
  }
  const bells = await insertAsides({ manager, query, ...rest }, again);
  return [...bells, ...[...resumed, next].map(bellOf)];
}

function repeated(run: RunRow, { definition, effect, alertId }: StepRow, parent: StepRow, now: number): StepRow {
  const { action, input = {} } = definition!;
  const place = { stepId: parent.stepId, position: parent.position, parentId: parent.id };
  return asideRow(run, { ...place, action, input, effect: effect ?? '', ...(alertId && { alertId }) }, now);
}
