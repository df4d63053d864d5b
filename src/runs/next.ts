import type { BranchStep, WorkflowDocument, WorkflowStep } from '../model/workflow.ts';
import { type ConditionTrace, evaluateCondition } from '../workflows/conditions.ts';

/** Where a run goes when it is over; no step may have this id. */
export const END = 'end';

/** How often one run may enter one step, and steps at all, before it is taken for a loop without an end. */
export const visitLimits = { perStep: 100, perRun: 1000 };

export type StepOutcome = {
  kind: 'succeeded' | 'failed' | 'skipped';
  /** Where a branch step decided to go; absent where none of its paths matched and it has no `else`. */
  goto?: string;
};

export type BranchChoice = {
  /** The name of the path taken (`path 2` where it has none), `else`, or `none` where nothing matched and there is no else. */
  path: string;
  goto?: string;
  /** Every path that was tried, in order; those after the first match are not tried. */
  trace: { path: string; met: boolean; condition: ConditionTrace }[];
};

/** The id of the step that a run begins with. */
export function firstStep(document: WorkflowDocument): string {
  return document.steps[0]?.id ?? END;
}

/** Finds a step by its id. */
export function findStep(document: WorkflowDocument, id: string): WorkflowStep | undefined {
  return document.steps.find(step => step.id === id);
}

/**
 * Where a run goes after a step: the id of a step, or `end`. A failed step goes on only with `onError: continue`; then, and where
 * a step was skipped, the run goes the way that it would have gone after success (after a branch: to the step below it).
 * Throws where the step is not in the document, which is a bug of the caller.
 */
export function nextStep(document: WorkflowDocument, currentStepId: string, outcome: StepOutcome): string {
  const index = document.steps.findIndex(step => step.id === currentStepId);
  const step = document.steps[index];
  if (!step) throw new Error(`The workflow has no step \`${currentStepId}\`.`);
  if (outcome.kind === 'failed' && step.onError !== 'continue') return END;
  const chosen = outcome.goto ?? ('goto' in step ? step.goto : undefined);
  return chosen ?? document.steps[index + 1]?.id ?? END;
}

/** Takes the first path of a branch whose condition is met, else `else`, else (no `goto`) the run goes to the step below. */
export function chooseBranch(step: BranchStep, scope: object): BranchChoice {
  const trace: BranchChoice['trace'] = [];
  for (const [index, candidate] of step.paths.entries()) {
    const path = candidate.name ?? `path ${index + 1}`;
    const { result, trace: condition } = evaluateCondition(candidate.when, scope);
    trace.push({ path, met: result, condition });
    if (result) return { path, goto: candidate.goto, trace };
  }
  return step.else === undefined ? { path: 'none', trace } : { path: 'else', goto: step.else, trace };
}

/**
 * The sentence with which a run fails when it goes around in circles, else undefined.
 * Both counts include the visit that is about to begin.
 */
export function loopReason(stepId: string, visitsOfStep: number, visitsOfRun: number): string | undefined {
  if (visitsOfStep > visitLimits.perStep)
    return `Step \`${stepId}\` was entered ${visitLimits.perStep} times in this run, which is the limit: the workflow goes around in a loop. Add a branch that leaves it.`;
  if (visitsOfRun > visitLimits.perRun)
    return `This run went through ${visitLimits.perRun} steps, which is the limit, and was about to enter \`${stepId}\`: the workflow goes around in a loop. Add a branch that leaves it.`;
  return undefined;
}
