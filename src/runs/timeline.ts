import { In } from 'typeorm';
import type { Database } from '../db/database.ts';
import { type RunRow, Runs, type StepRow, Steps } from '../db/entities.ts';
import type { RunStatus } from '../model/run.ts';

export type RunFilter = {
  status?: RunStatus | undefined;
  workflow?: string | undefined;
  session?: string | undefined;
  visitor?: string | undefined;
  /** Epoch ms, of the start of the run: from `since` on, before `until`. */
  since?: number | undefined;
  until?: number | undefined;
};

export type RunWithSteps = RunRow & { steps: StepRow[] };

/** The reading side of runs. */
export type Timeline = {
  /** Newest first, with their steps. `before` is the place of the last one of the page before. */
  list(
    workspaceId: string,
    filter: RunFilter,
    page: { limit: number; before?: { startedAt: number; id: string } | undefined },
  ): Promise<RunWithSteps[]>;
  get(workspaceId: string, id: string): Promise<RunWithSteps | undefined>;
};

export function createTimeline(database: Database): Timeline {
  const withSteps = async (workspaceId: string, runs: RunRow[]): Promise<RunWithSteps[]> => {
    if (runs.length === 0) return [];
    const steps = await database.reader.find(Steps, {
      where: { workspaceId, runId: In(runs.map(run => run.id)) },
      order: { position: 'ASC', id: 'ASC' },
    });
    const byRun = Map.groupBy(steps, step => step.runId);
    return runs.map(run => ({ ...run, steps: byRun.get(run.id) ?? [] }));
  };
  return {
    async list(workspaceId, filter, { limit, before }) {
      const builder = database.reader
        .createQueryBuilder(Runs, 'run')
        .where('run.workspaceId = :workspaceId', { workspaceId });
      const { status, workflow, session, visitor, since, until } = filter;
      if (status) builder.andWhere('run.status = :status', { status });
      if (workflow) builder.andWhere('run.workflowId = :workflow', { workflow });
      if (session) builder.andWhere('run.sessionId = :session', { session });
      if (visitor) builder.andWhere('run.visitorId = :visitor', { visitor });
      if (since !== undefined) builder.andWhere('run.startedAt >= :since', { since });
      if (until !== undefined) builder.andWhere('run.startedAt < :until', { until });
      if (before)
        builder.andWhere('(run.startedAt < :startedAt OR (run.startedAt = :startedAt AND run.id < :id))', before);
      const runs = await builder.orderBy('run.startedAt', 'DESC').addOrderBy('run.id', 'DESC').limit(limit).getMany();
      return withSteps(workspaceId, runs);
    },
    async get(workspaceId, id) {
      const run = await database.reader.findOneBy(Runs, { workspaceId, id });
      return run ? (await withSteps(workspaceId, [run]))[0] : undefined;
    },
  };
}
