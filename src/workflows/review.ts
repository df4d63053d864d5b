import type { VisitorFieldStore } from '../access/visitor-fields.ts';
import type { Database } from '../db/database.ts';
import type { VisitorField, WorkflowDocument } from '../model/workflow.ts';
import { type CheckContext, type CheckResult, checkWorkflow } from './check.ts';
import { missingConnection } from './check-steps.ts';
import { activeWorkflows } from './store.ts';

/** `missing` are the connectors that the document needs and the workspace has no connection to. */
export type Review = CheckResult & { missing: string[] };

/** Checks documents against what a workspace has: its visitor fields and connections. */
export type Reviewer = {
  review(workspaceId: string, document: unknown): Promise<Review>;
  /** Names of the active workflows that would no longer be right with these visitor fields. */
  brokenBy(workspaceId: string, fields: VisitorField[]): Promise<string[]>;
};

export function createReviewer(deps: {
  database: Database;
  visitorFields: VisitorFieldStore;
  catalogue: Pick<CheckContext, 'actions' | 'connectorOf'>;
}): Reviewer {
  const { database, visitorFields, catalogue } = deps;
  const contextOf = async (workspaceId: string, fields: VisitorField[]): Promise<CheckContext> => ({
    actions: catalogue.actions,
    connectorOf: catalogue.connectorOf,
    visitorFields: fields,
    connected: await connectedConnectors(database, workspaceId),
  });
  return {
    async review(workspaceId, document) {
      const context = await contextOf(workspaceId, await visitorFields.list(workspaceId));
      const result = checkWorkflow(document, context);
      return { ...result, missing: result.document ? missingConnectors(result.document, context) : [] };
    },
    async brokenBy(workspaceId, fields) {
      const context = await contextOf(workspaceId, fields);
      const active = await activeWorkflows(database.reader, workspaceId);
      return active
        .filter(({ document }) => checkWorkflow(document, context).mistakes.length > 0)
        .map(({ document }) => document.name);
    },
  };
}

/** Connectors with a shared connection, one that needs reconnecting included: its steps park and go on afterwards. */
export async function connectedConnectors(database: Database, workspaceId: string): Promise<ReadonlySet<string>> {
  const rows = await database.read<{ connector: string }>(
    `SELECT DISTINCT connector FROM connections
     WHERE workspace_id = $1 AND status <> 'disconnected' AND user_email IS NULL`,
    [workspaceId],
  );
  return new Set(rows.map(row => row.connector));
}

function missingConnectors(document: WorkflowDocument, context: CheckContext): string[] {
  const missing = document.steps.map(step =>
    missingConnection(step.action, 'input' in step ? step.input : undefined, context).join(' or '),
  );
  return [...new Set(missing.filter(names => names !== ''))];
}
