import { IsNull } from 'typeorm';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type WorkflowRow, Workflows, type WorkflowVersionRow, WorkflowVersions } from '../db/entities.ts';
import { newId } from '../ids.ts';
import type { WorkflowDocument } from '../model/workflow.ts';

export type WorkflowStatus = WorkflowRow['status'];
export type StoredWorkflow = WorkflowRow & { document: WorkflowDocument };
/** What a change was decided on. It is made only where both still hold. */
export type Seen = Pick<WorkflowRow, 'version' | 'status'>;

/** Workflows and their versions. A version never changes; a run goes on with the one that it started with. */
export type WorkflowStore = {
  /** Newest first; deleted ones are left out. `before` is the last one of the page before. */
  list(
    workspaceId: string,
    page: { limit: number; before?: { createdAt: number; id: string } },
  ): Promise<StoredWorkflow[]>;
  get(workspaceId: string, id: string): Promise<StoredWorkflow | undefined>;
  /** Saved inactive, as version 1. */
  create(workspaceId: string, document: WorkflowDocument, options?: { builtIn?: boolean }): Promise<StoredWorkflow>;
  /** Makes the next version, in effect at once where the workflow is active. @returns undefined where it has changed since `seen` */
  replace(workspaceId: string, id: string, seen: Seen, document: WorkflowDocument): Promise<StoredWorkflow | undefined>;
  /**
   * A person switches it on or off; of a built-in one that is remembered, so that connecting its vendor does not.
   * @returns undefined where it has changed since `seen`
   */
  setStatus(workspaceId: string, id: string, seen: Seen, status: WorkflowStatus): Promise<StoredWorkflow | undefined>;
  /** Deactivates and hides it. Versions stay, and runs under way finish. @returns whether it was there */
  remove(workspaceId: string, id: string): Promise<boolean>;
  /** Newest first. */
  versions(workspaceId: string, id: string): Promise<WorkflowVersionRow[]>;
  /** All active workflows with the version in use. */
  active(workspaceId: string): Promise<StoredWorkflow[]>;
};

export function createWorkflowStore({ database, clock }: { database: Database; clock: Clock }): WorkflowStore {
  const get = async (workspaceId: string, id: string) => {
    const row = await database.reader.findOneBy(Workflows, { workspaceId, id, deletedAt: IsNull() });
    return row ? (await withDocuments(database.reader, workspaceId, [row]))[0] : undefined;
  };
  /** Updates the row where it is still as `seen`, in one statement: of two at once, the second finds nothing to change. */
  const change = async ({ query }: Transaction, workspaceId: string, id: string, seen: Seen, next: Seen) => {
    const now = clock.now();
    const rows = await query(
      `UPDATE workflows SET version = $1, status = $2, updated_at = $3,
         activated_at = CASE WHEN $4 = 'active' AND status <> 'active' THEN $5 ELSE activated_at END
       WHERE workspace_id = $6 AND id = $7 AND version = $8 AND status = $9 AND deleted_at IS NULL RETURNING id`,
      [next.version, next.status, now, next.status, now, workspaceId, id, seen.version, seen.status],
    );
    return rows.length > 0;
  };

  return {
    async list(workspaceId, { limit, before }) {
      const builder = database.reader
        .createQueryBuilder(Workflows, 'w')
        .where('w.workspaceId = :workspaceId AND w.deletedAt IS NULL', { workspaceId });
      if (before) builder.andWhere('(w.createdAt < :createdAt OR (w.createdAt = :createdAt AND w.id < :id))', before);
      const rows = await builder.orderBy('w.createdAt', 'DESC').addOrderBy('w.id', 'DESC').limit(limit).getMany();
      return withDocuments(database.reader, workspaceId, rows);
    },
    get,
    async create(workspaceId, document, { builtIn = false } = {}) {
      const now = clock.now();
      const row: WorkflowRow = {
        id: newId(),
        workspaceId,
        status: 'inactive',
        version: 1,
        builtIn: builtIn ? 1 : 0,
        decidedAt: null,
        createdAt: now,
        updatedAt: now,
        activatedAt: null,
        deletedAt: null,
      };
      await database.write(async ({ manager }) => {
        await manager.insert(Workflows, row);
        await manager.insert(WorkflowVersions, versionOf(row, document) as never);
      });
      return { ...row, document };
    },
    async replace(workspaceId, id, seen, document) {
      const version = seen.version + 1;
      const done = await database.write(async transaction => {
        if (!(await change(transaction, workspaceId, id, seen, { ...seen, version }))) return false;
        const row = { id, workspaceId, version, updatedAt: clock.now() };
        await transaction.manager.insert(WorkflowVersions, versionOf(row, document) as never);
        return true;
      });
      return done ? get(workspaceId, id) : undefined;
    },
    async setStatus(workspaceId, id, seen, status) {
      const done = await database.write(async transaction => {
        if (!(await change(transaction, workspaceId, id, seen, { ...seen, status }))) return false;
        await transaction.manager.update(Workflows, { workspaceId, id, builtIn: 1 }, { decidedAt: clock.now() });
        return true;
      });
      return done ? get(workspaceId, id) : undefined;
    },
    async remove(workspaceId, id) {
      const rows = await database.write(({ query }) =>
        query(
          `UPDATE workflows SET status = 'inactive', deleted_at = $1
           WHERE workspace_id = $2 AND id = $3 AND deleted_at IS NULL RETURNING id`,
          [clock.now(), workspaceId, id],
        ),
      );
      return rows.length > 0;
    },
    versions: (workspaceId, workflowId) =>
      database.reader.find(WorkflowVersions, { where: { workspaceId, workflowId }, order: { version: 'DESC' } }),
    active: workspaceId => activeWorkflows(database.reader, workspaceId),
  };
}

/** All active workflows with the version in use, read through a transaction's manager or the reader. */
export async function activeWorkflows(manager: Transaction['manager'], workspaceId: string): Promise<StoredWorkflow[]> {
  const rows = await manager.findBy(Workflows, { workspaceId, status: 'active', deletedAt: IsNull() });
  return withDocuments(manager, workspaceId, rows);
}

async function withDocuments(
  manager: Transaction['manager'],
  workspaceId: string,
  rows: WorkflowRow[],
): Promise<StoredWorkflow[]> {
  if (rows.length === 0) return [];
  const wanted = rows.map(({ id, version }) => ({ workspaceId, workflowId: id, version }));
  const versions = await manager.find(WorkflowVersions, { where: wanted });
  const documents = new Map(versions.map(version => [version.workflowId, version.document]));
  return rows.map(row => ({ ...row, document: documents.get(row.id)! }));
}

const versionOf = (
  row: Pick<WorkflowRow, 'id' | 'workspaceId' | 'version' | 'updatedAt'>,
  document: WorkflowDocument,
): WorkflowVersionRow => ({
  workflowId: row.id,
  version: row.version,
  workspaceId: row.workspaceId,
  document,
  createdAt: row.updatedAt,
});
