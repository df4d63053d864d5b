import * as z from 'zod';
import { adminApi } from './api.ts';
import { table } from './table.ts';
import { type GlobalOptions, show, type World } from './world.ts';

const attempt = z.looseObject({
  at: z.string(),
  kind: z.string().nullish(),
  reason: z.string().nullish(),
  vendorRequestId: z.string().nullish(),
});
const step = z.looseObject({
  id: z.string(),
  action: z.string(),
  visit: z.int(),
  status: z.string(),
  attempts: z.array(attempt),
  nextAt: z.string().nullish(),
  notes: z.array(z.unknown()).nullish(),
});
const run = z.looseObject({
  id: z.string(),
  workflowId: z.string(),
  workflowVersion: z.int(),
  status: z.string(),
  trigger: z.looseObject({ type: z.string(), timing: z.string() }),
  sessionId: z.string().nullish(),
  startedAt: z.string(),
  finishedAt: z.string().nullish(),
  error: z.string().nullish(),
  steps: z.array(step),
});
type Run = z.output<typeof run>;

export type RunFilter = {
  status?: string;
  workflow?: string;
  session?: string;
  visitor?: string;
  since?: string;
  until?: string;
};

export async function list(world: World, options: GlobalOptions & RunFilter & { limit: number }): Promise<void> {
  const { status, workflow, session, visitor, since, until } = options;
  const given = Object.entries({ status, workflow, session, visitor, since, until }).filter(([, value]) => value);
  const query = new URLSearchParams(given as [string, string][]);
  const runs = await adminApi(world, options).all(`/v1/runs?${query}`, run, options.limit);
  show(world, options, runs, all =>
    table(
      ['ID', 'STATUS', 'STARTED', 'TRIGGER', 'WORKFLOW', 'ERROR'],
      all.map(each => [
        each.id,
        each.status,
        each.startedAt,
        `${each.trigger.type} ${each.trigger.timing}`,
        each.workflowId,
        each.error,
      ]),
      'There are no such runs.',
    ),
  );
}

export async function showRun(world: World, options: GlobalOptions, id: string): Promise<void> {
  show(world, options, await adminApi(world, options).call(`/v1/runs/${encodeURIComponent(id)}`, run), timeline);
}

export async function retry(world: World, options: GlobalOptions, id: string): Promise<void> {
  const path = `/v1/runs/${encodeURIComponent(id)}/retry`;
  const again = await adminApi(world, options).call(path, run, { method: 'POST' });
  show(world, options, again, () => [`${again.id} runs again: ${again.status}`]);
}

/** The whole story of a run: its steps in order, each with its tries and what was said about them. */
function timeline(one: Run): string[] {
  const ended = one.finishedAt ? `, ended ${one.finishedAt}` : '';
  return [
    `${one.id}: ${one.status}${one.error ? ` (${one.error})` : ''}`,
    `workflow ${one.workflowId} version ${one.workflowVersion}, ${one.trigger.type} ${one.trigger.timing}`,
    `started ${one.startedAt}${ended}${one.sessionId ? `, session ${one.sessionId}` : ''}`,
    ...one.steps.flatMap(each => [
      '',
      `${each.id} (${each.action})${each.visit > 1 ? `, visit ${each.visit}` : ''}: ${each.status}${each.nextAt ? `, next try ${each.nextAt}` : ''}`,
      ...each.attempts.map(({ at, kind, reason, vendorRequestId }) =>
        `  ${at}  ${kind ? `${kind}: ${reason ?? ''}` : 'done'}${vendorRequestId ? ` [${vendorRequestId}]` : ''}`.trimEnd(),
      ),
      ...(each.notes ?? []).map(note => `  ${typeof note === 'string' ? note : JSON.stringify(note)}`),
    ]),
  ];
}
