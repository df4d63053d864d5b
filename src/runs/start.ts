import type { Transaction } from '../db/database.ts';
import { type RunRow, Runs, type StepRow, Steps, type VerdictRow, Verdicts } from '../db/entities.ts';
import { insertAll } from '../db/save.ts';
import { newId } from '../ids.ts';
import type { Occasion } from '../model/run.ts';
import type { WorkflowDocument, WorkflowStep } from '../model/workflow.ts';
import type { Bell } from '../queue/queue.ts';
import { firstStep } from './next.ts';

export type ActiveWorkflow = { id: string; version: number; document: WorkflowDocument };

/** An occasion that an active workflow waits for. `tooOld` is the reason why it is skipped, where it is. */
export type Match = {
  workflow: ActiveWorkflow;
  occasion: Occasion;
  visitorId: string | null;
  tooOld: string | undefined;
};

/**
 * Writes one run per match with its first step, and a verdict for each. A run is unique per (workflow, occasion): what has
 * started before does not start again.
 * @returns the doorbells to ring once the transaction is committed
 */
export async function startRuns(
  transaction: Transaction,
  workspaceId: string,
  matches: Match[],
  now: number,
): Promise<Bell[]> {
  const starting = matches
    .filter(match => !match.tooOld)
    .map(match => ({ match, run: runOf(workspaceId, match, now) }));
  const once = 'ON CONFLICT (workspace_id, workflow_id, trigger_type, timing, occasion_key) DO NOTHING RETURNING id';
  const inserted = await insertAll(
    transaction,
    Runs,
    starting.map(({ run }) => run),
    once,
  );
  const started = new Set(inserted.map(({ id }) => id));
  const fresh = starting.filter(({ run }) => started.has(run.id));
  const steps = fresh.map(({ match, run }) => firstStepOf(run, match.workflow.document, now));
  await insertAll(transaction, Steps, steps);
  const verdicts = [
    ...fresh.map(({ match, run }) => verdictOf(workspaceId, match, run.id, now)),
    ...matches.filter(match => match.tooOld).map(match => verdictOf(workspaceId, match, null, now)),
  ];
  await insertAll(transaction, Verdicts, verdicts);
  return steps.map(bellOf);
}

/** One ring of one step: another visit or another try is another ring. */
export const bellOf = (step: Pick<StepRow, 'id' | 'tries' | 'dueAt'>): Bell => ({
  stepId: step.id,
  ring: `${step.id}:${step.tries}:${step.dueAt}`,
  dueAt: step.dueAt,
});

/** A fresh row for a step of a run. Its key is new with every row: a person's "run again" makes another. */
export function stepRow(
  run: Pick<RunRow, 'id' | 'workspaceId'>,
  step: WorkflowStep,
  place: { position: number; visit: number; now: number },
): StepRow {
  const id = newId();
  return {
    id,
    workspaceId: run.workspaceId,
    runId: run.id,
    position: place.position,
    stepId: step.id,
    action: step.action,
    visit: place.visit,
    stepKey: id,
    status: 'ready',
    tries: 0,
    dueAt: place.now,
    leaseToken: null,
    leaseUntil: null,
    intent: null,
    unsettledUntil: null,
    connectionId: null,
    parkedFor: null,
    input: null,
    output: null,
    error: null,
    attempts: [],
    notes: [],
    createdAt: place.now,
    finishedAt: null,
    definition: null,
    parentId: null,
    effect: null,
    alertId: null,
  };
}

function firstStepOf(run: RunRow, document: WorkflowDocument, now: number): StepRow {
  const id = firstStep(document);
  const step = document.steps.find(candidate => candidate.id === id)!;
  return stepRow(run, step, { position: 0, visit: 1, now });
}

function runOf(workspaceId: string, { workflow, occasion, visitorId }: Match, now: number): RunRow {
  return {
    id: newId(),
    workspaceId,
    workflowId: workflow.id,
    workflowVersion: workflow.version,
    status: 'running',
    triggerType: occasion.trigger,
    timing: occasion.timing,
    occasionKey: occasion.key,
    occasion,
    sessionId: occasion.sessionId ?? null,
    visitorId,
    event: occasion.event ?? null,
    startedAt: now,
    finishedAt: null,
    error: null,
  };
}

const verdictOf = (workspaceId: string, match: Match, runId: string | null, now: number): VerdictRow => ({
  id: newId(),
  workspaceId,
  workflowId: match.workflow.id,
  workflowVersion: match.workflow.version,
  triggerType: match.occasion.trigger,
  timing: match.occasion.timing,
  occasionKey: match.occasion.key,
  sessionId: match.occasion.sessionId ?? null,
  visitorId: match.visitorId,
  outcome: match.tooOld ? 'skipped' : 'started',
  reason: match.tooOld ?? 'every condition of the trigger is met',
  runId,
  at: now,
});
