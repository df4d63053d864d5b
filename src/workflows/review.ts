import type { SettingsStore } from '../access/settings.ts';
import type { VisitorFieldStore } from '../access/visitor-fields.ts';
import type { Database } from '../db/database.ts';
import { Workflows } from '../db/entities.ts';
import type { VisitorField, WorkflowDocument } from '../model/workflow.ts';
import type { Connector } from '../sdk/index.ts';
import { type BuiltIn, builtInId, conflictsOfBuiltIn, conflictsOfCustom } from './built-in.ts';
import { type CheckContext, type CheckResult, checkWorkflow } from './check.ts';
import { missingConnection } from './check-steps.ts';
import type { PushTargets } from './push-destination.ts';
import { activeWorkflows } from './store.ts';

/** `missing` are the connectors that the document needs and the workspace has no connection to. */
export type Review = CheckResult & { missing: string[] };

/** Checks documents against what a workspace has: its visitor fields, connections and built-in workflows. */
export type Reviewer = {
  /** @param builtIn the id of the built-in workflow whose document it is, where it is one's */
  review(workspaceId: string, document: unknown, builtIn?: string): Promise<Review>;
  /** Names of the active workflows that would no longer be right with these visitor fields. */
  brokenBy(workspaceId: string, fields: VisitorField[]): Promise<string[]>;
};

export function createReviewer(deps: {
  database: Database;
  visitorFields: VisitorFieldStore;
  settings: SettingsStore;
  catalogue: Pick<CheckContext, 'actions' | 'connectorOf'> & { connectors: readonly Connector[]; builtIns: BuiltIn[] };
}): Reviewer {
  const { database, visitorFields, settings, catalogue } = deps;
  const contextOf = async (workspaceId: string, fields: VisitorField[], builtIn: boolean): Promise<CheckContext> => {
    const connected = await connectedConnectors(database, workspaceId);
    const { defaultPushDestination } = await settings.get(workspaceId);
    return {
      actions: catalogue.actions,
      connectorOf: catalogue.connectorOf,
      visitorFields: fields,
      connected,
      pushes: pushTargets(catalogue.connectors, connected, defaultPushDestination),
      builtIn,
    };
  };
  const conflicts = async (workspaceId: string, document: WorkflowDocument, builtIn: string | undefined) => {
    const own = catalogue.builtIns.find(candidate => builtInId(workspaceId, candidate) === builtIn);
    if (own) return conflictsOfBuiltIn(own, await activeWorkflows(database.reader, workspaceId));
    const rows = await database.reader.findBy(Workflows, { workspaceId, builtIn: 1, status: 'inactive' });
    const off = rows.filter(row => row.decidedAt !== null).map(row => row.id);
    return conflictsOfCustom(workspaceId, document, catalogue.builtIns, new Set(off));
  };
  return {
    async review(workspaceId, document, builtIn) {
      const fields = await visitorFields.list(workspaceId);
      const context = await contextOf(workspaceId, fields, builtIn !== undefined);
      const result = checkWorkflow(document, context);
      if (!result.document) return { ...result, missing: [] };
      const warnings = [...result.warnings, ...(await conflicts(workspaceId, result.document, builtIn))];
      return { ...result, warnings, missing: missingConnectors(result.document, context) };
    },
    async brokenBy(workspaceId, fields) {
      const context = await contextOf(workspaceId, fields, true);
      const active = await activeWorkflows(database.reader, workspaceId);
      return active
        .filter(({ document }) => checkWorkflow(document, context).mistakes.length > 0)
        .map(({ document }) => document.name);
    },
  };
}

/** Where people can be pushed to in a workspace with these connections. A connector that needs none can always be used. */
export function pushTargets(
  connectors: Iterable<Connector>,
  connected: ReadonlySet<string>,
  fallback: string | null,
): PushTargets {
  const takers = [...connectors].filter(({ roles }) => roles?.push);
  const free = takers.filter(({ auth }) => auth.kind === 'none').map(({ id }) => id);
  return { offered: takers.map(({ id }) => id), connected: new Set([...connected, ...free]), fallback };
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
