import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type ConnectionRow, type RunRow, Runs, type StepRow, Steps } from '../db/entities.ts';
import type { WorkflowDocument } from '../model/workflow.ts';
import type { Bell } from '../queue/queue.ts';
import { effectsAgain } from './effects-again.ts';
import { findStep } from './next.ts';
import { bellOf, stepRow } from './start.ts';
import { resumeRuns } from './sweep.ts';

/** What a person may do with a run. `refused` is a sentence that says why it does not fit the state that the run is in. */
export type RunControl = {
  /** Runs it again from where it stopped: a failed step under a new key, a parked one as it is. */
  retry(workspaceId: string, runId: string): Promise<{ refused?: string }>;
  cancel(workspaceId: string, runId: string): Promise<{ refused?: string }>;
};

type ControlServices = {
  database: Database;
  clock: Clock;
  documentOf(workflowId: string, version: number): Promise<WorkflowDocument>;
  ring(bells: Bell[]): void;
};

export function createRunControl({ database, clock, documentOf, ring }: ControlServices): RunControl {
  return {
    async retry(workspaceId, runId) {
      const run = await database.reader.findOneBy(Runs, { id: runId, workspaceId });
      if (!run) return unknown;
      if (run.status !== 'failed' && run.status !== 'parked') {
        return {
          refused: `This run has ${run.status === 'running' ? 'not stopped' : `been ${run.status}`}: there is nothing to run again.`,
        };
      }
      const document = await documentOf(run.workflowId, run.workflowVersion);
      const bells = await database.write(tx => runAgain(tx, run, document, clock.now()));
      ring(bells);
      return {};
    },

    async cancel(workspaceId, runId) {
      const run = await database.reader.findOneBy(Runs, { id: runId, workspaceId });
      if (!run) return unknown;
      const cancelled = await database.write(tx => cancelRun(tx, run, clock.now()));
      return cancelled ? {} : { refused: `This run is over (${run.status}).` };
    },
  };
}

const unknown = { refused: 'There is no such run.' };

/** The last step again under a new key: a person has decided that it is to be sent anew. */
async function runAgain(
  transaction: Transaction,
  run: RunRow,
  document: WorkflowDocument,
  now: number,
): Promise<Bell[]> {
  const { manager } = transaction;
  const all = await manager.find(Steps, { where: { runId: run.id }, order: { position: 'ASC', id: 'ASC' } });
  const steps = all.filter(step => step.definition === null);
  const last = steps.at(-1)!;
  const effects = all.filter(step => step.parentId === last.id);
  const opened = await manager
    .createQueryBuilder()
    .update(Runs)
    .set({ status: 'running', error: null, finishedAt: null })
    .where('id = :id AND status = :status', { id: run.id, status: run.status })
    .execute();
  if (opened.affected !== 1) return [];
  if (last.parkedFor?.startsWith('connection:')) {
    await manager.update(
      Steps,
      { id: last.id, status: 'parked' },
      { status: 'ready', parkedFor: null, error: null, dueAt: now },
    );
    return [bellOf({ ...last, dueAt: now })];
  }
  if (effects.length > 0) return effectsAgain(transaction, run, { step: last, effects }, now);
  if (last.status === 'parked') await manager.update(Steps, { id: last.id }, { status: 'cancelled', finishedAt: now });
  const visit = steps.filter(step => step.stepId === last.stepId).length + 1;
  const next = stepRow(run, findStep(document, last.stepId)!, { position: steps.length, visit, now });
  await manager.insert(Steps, next as never);
  return [bellOf(next)];
}

/** What people asked for in an alert is theirs: it goes on when the run that showed the alert is cancelled. */
async function cancelRun({ manager }: Transaction, run: RunRow, now: number): Promise<boolean> {
  const closed = await manager
    .createQueryBuilder()
    .update(Runs)
    .set({ status: 'cancelled', finishedAt: now })
    .where('id = :id AND status IN (:...open)', { id: run.id, open: ['running', 'parked'] })
    .execute();
  if (closed.affected !== 1) return false;
  await manager
    .createQueryBuilder()
    .update(Steps)
    .set({ status: 'cancelled', finishedAt: now, leaseToken: null, leaseUntil: null })
    .where('runId = :id AND status IN (:...open)', { id: run.id, open: ['ready', 'running', 'parked'] })
    .andWhere('(definition IS NULL OR parentId IS NOT NULL)')
    .execute();
  return true;
}

/** A connection works again: the steps that waited for it go on, in the transaction that made it active. @returns their doorbells */
export async function resumeParked(transaction: Transaction, connection: ConnectionRow, now: number): Promise<Bell[]> {
  const { manager } = transaction;
  const where = {
    workspaceId: connection.workspaceId,
    parkedFor: `connection:${connection.connector}`,
    status: 'parked' as const,
  };
  const steps: StepRow[] = await manager.find(Steps, { where });
  for (const step of steps) {
    const dueAt = Math.max(now, step.unsettledUntil ?? 0);
    await manager.update(Steps, { id: step.id }, { status: 'ready', parkedFor: null, error: null, dueAt });
    step.dueAt = dueAt;
  }
  await resumeRuns(transaction, [...new Set(steps.map(({ runId }) => runId))]);
  return steps.map(bellOf);
}
