import type { Transaction } from '../db/database.ts';
import { type RunRow, type StepRow, Steps } from '../db/entities.ts';
import type { RunStatus } from '../model/run.ts';
import type { WorkflowDocument } from '../model/workflow.ts';
import type { Bell } from '../queue/queue.ts';
import { wakeParent } from './aside.ts';
import { changeHeld, type StepChange } from './claim.ts';
import { END, findStep, loopReason, nextStep, type StepOutcome } from './next.ts';
import { bellOf, stepRow } from './start.ts';

export type Finished = {
  /** The next step, taken under the same lease where `keep` was given; undefined where the run is over or the lease was lost. */
  next: StepRow | undefined;
  bells: Bell[];
  /** The step was not ours any more: nothing was recorded. */
  lost?: true;
};

/**
 * A change of ours that belongs into the same transaction as the outcome. Answers bells of what else follows, and the step's
 * output where that was not known before.
 */
export type Effect = (transaction: Transaction) => Promise<{ output?: unknown; bells?: Bell[] }>;

/**
 * Records a step's outcome and what follows (the next step, or the end of the run) in one transaction.
 * @param keep the lease under which the caller goes on with the next step at once
 */
export async function finishStep(
  transaction: Transaction,
  held: { step: StepRow; run: RunRow; document: WorkflowDocument; token: string },
  outcome: StepOutcome & { change: StepChange; effect?: Effect },
  now: number,
  keep?: { token: string; untilSql: string },
): Promise<Finished> {
  const { step, run, document, token } = held;
  const nothing = { next: undefined, bells: [] as Bell[] };
  const change = { ...outcome.change, status: outcome.kind, finishedAt: now, unsettledUntil: null };
  if (!(await changeHeld(transaction, step, token, change))) return { ...nothing, lost: true };
  if (outcome.effect) {
    const { output, bells = [] } = await outcome.effect(transaction);
    if (output !== undefined) await recordOutput(transaction, step, output);
    nothing.bells.push(...bells);
  }
  if (step.definition) return { ...nothing, bells: [...nothing.bells, ...(await wakeParent(transaction, step, now))] };
  if (outcome.kind === 'failed' && findStep(document, step.stepId)?.onError !== 'continue') {
    await closeRun(transaction, run, 'failed', failure(step, outcome.change.error?.message), now);
    return nothing;
  }
  const target = nextStep(document, step.stepId, outcome);
  if (target === END) {
    await closeRun(transaction, run, 'succeeded', null, now);
    return nothing;
  }
  const visits = await visitsOf(transaction, run.id, target);
  const loop = loopReason(target, visits.ofStep + 1, visits.ofRun + 1);
  if (loop) {
    await closeRun(transaction, run, 'failed', loop, now);
    return nothing;
  }
  const next = stepRow(run, findStep(document, target)!, { position: visits.ofRun, visit: visits.ofStep + 1, now });
  if (keep) Object.assign(next, { status: 'running', leaseToken: keep.token });
  await transaction.manager.insert(Steps, { ...next, ...(keep && { leaseUntil: () => keep.untilSql }) } as never);
  return keep ? { ...nothing, next } : { ...nothing, bells: [...nothing.bells, bellOf(next)] };
}

async function recordOutput({ manager }: Transaction, { id }: StepRow, output: unknown): Promise<void> {
  await manager.update(Steps, { id }, { output } as never);
}

const failure = (step: StepRow, message: string | undefined) => `Step \`${step.stepId}\`: ${message ?? 'failed'}`;

async function visitsOf({ query }: Transaction, runId: string, stepId: string) {
  const [row] = await query<{ of_run: number; of_step: number }>(
    'SELECT count(*) AS of_run, coalesce(sum(CASE WHEN step_id = $1 THEN 1 ELSE 0 END), 0) AS of_step FROM steps WHERE run_id = $2 AND definition IS NULL',
    [stepId, runId],
  );
  return { ofRun: Number(row?.of_run ?? 0), ofStep: Number(row?.of_step ?? 0) };
}

async function closeRun(
  { query }: Transaction,
  run: RunRow,
  status: RunStatus,
  error: string | null,
  now: number,
): Promise<void> {
  await query(
    `UPDATE runs SET status = $1, error = $2, finished_at = $3 WHERE id = $4 AND status IN ('running', 'parked')`,
    [status, error, now, run.id],
  );
}
