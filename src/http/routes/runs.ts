import * as z from 'zod';
import type { StepRow } from '../../db/entities.ts';
import { failureKinds, runStatuses, stepStatuses } from '../../model/run.ts';
import type { RunControl } from '../../runs/control.ts';
import type { RunWithSteps, Timeline } from '../../runs/timeline.ts';
import { page, pageOf, pageQuery, readCursor } from '../paging.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { idParams, idQuery, iso, isoOrNull, time, timeQuery, triggerShape } from '../shapes.ts';

const attemptShape = z.object({
  at: time,
  kind: z.enum(failureKinds).optional(),
  reason: z.string().optional(),
  vendorRequestId: z.string().optional(),
});
const stepShape = z
  .object({
    id: z.string().meta({ description: 'The id of the step in the document.' }),
    action: z.string(),
    effect: z.string().optional().meta({
      description:
        'Of a step beside the workflow’s own: which effect of the step it is, or what follows from what people did with its alert.',
    }),
    alertId: z.string().optional().meta({ description: 'The alert that it belongs to.' }),
    visit: z.int(),
    status: z.enum(stepStatuses),
    input: z.unknown(),
    output: z.unknown(),
    attempts: z.array(attemptShape),
    nextAt: time.optional().meta({ description: 'When it is tried next.' }),
    error: z.looseObject({ kind: z.string(), message: z.string() }).optional(),
    notes: z.array(z.string()).optional(),
    startedAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'RunStep' });
export const runShape = z
  .object({
    id: z.string(),
    workflowId: z.string(),
    workflowVersion: z.int(),
    status: z.enum(runStatuses),
    trigger: triggerShape,
    occasion: z.looseObject({ key: z.string(), time }).meta({ description: 'What started it, once per key.' }),
    sessionId: z.string().nullable(),
    visitorId: z.string().nullable(),
    startedAt: time,
    finishedAt: time.nullable(),
    error: z.string().optional(),
    steps: z.array(stepShape),
  })
  .meta({ id: 'Run' });

/** A run as the API shows it. */
export const shownRun = (run: RunWithSteps): z.infer<typeof runShape> => {
  const { trigger: _trigger, timing: _timing, ...occasion } = run.occasion;
  return {
    id: run.id,
    workflowId: run.workflowId,
    workflowVersion: run.workflowVersion,
    status: run.status,
    trigger: { type: run.triggerType, timing: run.timing },
    occasion: { ...occasion, time: iso(occasion.time) },
    sessionId: run.sessionId,
    visitorId: run.visitorId,
    startedAt: iso(run.startedAt),
    finishedAt: isoOrNull(run.finishedAt),
    ...(run.error !== null && { error: run.error }),
    steps: run.steps.map(shownStep),
  };
};

const shownStep = (step: StepRow): z.infer<typeof stepShape> => ({
  id: step.stepId,
  action: step.action,
  ...(step.effect !== null && { effect: step.effect }),
  ...(step.alertId !== null && { alertId: step.alertId }),
  visit: step.visit,
  status: step.status,
  input: step.input ?? step.intent?.input ?? null,
  output: step.output ?? null,
  attempts: step.attempts.map(attempt => ({ ...attempt, at: iso(attempt.at) })),
  ...(step.status === 'ready' && { nextAt: iso(step.dueAt) }),
  ...(step.error && { error: step.error }),
  ...(step.notes.length > 0 && { notes: step.notes }),
  startedAt: iso(step.createdAt),
  finishedAt: isoOrNull(step.finishedAt),
});

const tag = 'Runs';

/** Runs: list, timeline, run again, cancel. */
export function runRoutes({ timeline, runControl }: { timeline: Timeline; runControl: RunControl }): Route[] {
  const existing = async (workspaceId: string, id: string) => {
    const run = await timeline.get(workspaceId, id);
    if (!run) throw notFound('run', id);
    return shownRun(run);
  };
  const control = (name: 'retry' | 'cancel', summary: string) =>
    defineRoute({
      method: 'post',
      path: `/v1/runs/:id/${name}`,
      summary,
      tag,
      auth: 'admin',
      params: idParams,
      response: runShape,
      problems: { 409: 'The state of the run does not allow it.' },
      async handler({ params: { id } }, { caller: { workspaceId } }) {
        await existing(workspaceId, id);
        const { refused } = await runControl[name](workspaceId, id);
        if (refused) throw new Problem('conflict', refused);
        return existing(workspaceId, id);
      },
    });

  return [
    defineRoute({
      method: 'get',
      path: '/v1/runs',
      summary: 'List runs, newest first',
      tag,
      auth: 'admin',
      query: z.strictObject({
        ...pageQuery,
        status: z.enum(runStatuses).optional(),
        workflow: idQuery,
        session: idQuery,
        visitor: idQuery,
        since: timeQuery.optional().meta({ description: 'Started then or later.' }),
        until: timeQuery.optional().meta({ description: 'Started before.' }),
      }),
      response: pageOf(runShape),
      async handler({ query: { limit, after, ...filter } }, { caller }) {
        const cursor = readCursor(after);
        const before = cursor && { startedAt: cursor[0], id: cursor[1] };
        const runs = await timeline.list(caller.workspaceId, filter, { limit: limit + 1, before });
        return page(runs, limit, run => [run.startedAt, run.id], shownRun);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/runs/:id',
      summary: 'Get a run with the timeline of its steps',
      tag,
      auth: 'admin',
      params: idParams,
      response: runShape,
      handler: ({ params }, { caller }) => existing(caller.workspaceId, params.id),
    }),
    control('retry', 'Run again from the steps that failed or wait for a person'),
    control('cancel', 'Cancel what has not been done yet'),
  ];
}
