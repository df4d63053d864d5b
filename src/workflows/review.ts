import type { SettingsStore } from '../access/settings.ts';
import type { VisitorFieldStore } from '../access/visitor-fields.ts';
import type { Database } from '../db/database.ts';
import { Workflows } from '../db/entities.ts';
import type { VisitorField, WorkflowDocument } from '../model/workflow.ts';
import type { Connector } from '../sdk/index.ts';
import { type BuiltIn, builtInId, conflictsOfBuiltIn, conflictsOfCustom } from './built-in.ts';
import { type CheckContext, type CheckResult, checkWorkflow } from './check.ts';
import type { CheckedAction } from './check-input.ts';
import type { RoleTargets } from './check-roles.ts';
import { missingConnection, toBeDone } from './check-steps.ts';
import type { PushTargets } from './push-destination.ts';
import { activeWorkflows } from './store.ts';

/** `missing` are the connectors that the document needs and the workspace cannot use; `toDo` says what is to be done about each. */
export type Review = CheckResult & { missing: string[]; toDo: string[] };

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
  catalogue: Pick<CheckContext, 'actions' | 'connectorOf'> & {
    connectors: readonly Connector[];
    builtIns: BuiltIn[];
    missingSettings(connectorId: string): string[];
  };
}): Reviewer {
  const { database, visitorFields, settings, catalogue } = deps;
  const roles = roleTargets(catalogue.connectors);
  const contextOf = async (workspaceId: string, fields: VisitorField[], builtIn: boolean): Promise<CheckContext> => {
    const connected = await usableConnectors(database, workspaceId, catalogue);
    const { defaultPushDestination } = await settings.get(workspaceId);
    return {
      actions: catalogue.actions,
      connectorOf: catalogue.connectorOf,
      unset: catalogue.missingSettings,
      roles,
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
      if (!result.document) return { ...result, missing: [], toDo: [] };
      const warnings = [...result.warnings, ...(await conflicts(workspaceId, result.document, builtIn))];
      return { ...result, warnings, ...missingConnectors(result.document, context) };
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

/** Those, and the connectors that need no connection and whose settings are there. */
export async function usableConnectors(
  database: Database,
  workspaceId: string,
  { connectors, missingSettings }: { connectors: Iterable<Connector>; missingSettings(connectorId: string): string[] },
): Promise<ReadonlySet<string>> {
  const free = [...connectors].filter(({ id, auth }) => auth.kind === 'none' && missingSettings(id).length === 0);
  return new Set([...(await connectedConnectors(database, workspaceId)), ...free.map(({ id }) => id)]);
}

/** What the built-in actions that address roles may reach with these connectors. */
export const roleTargets = (connectors: readonly Connector[]): RoleTargets => ({
  tracks: connectors.flatMap(({ id, roles }) =>
    roles?.track ? [{ id, fits: roles.track.action.fits, mistakes: roles.track.mistakes }] : [],
  ),
  pushes: connectors.flatMap(({ id, roles }) => (roles?.push ? [{ id, push: roles.push as CheckedAction }] : [])),
  chats: connectors.flatMap(({ id, roles }) => (roles?.chat ? [{ id, send: roles.chat.send as CheckedAction }] : [])),
});

function missingConnectors(document: WorkflowDocument, context: CheckContext): Pick<Review, 'missing' | 'toDo'> {
  const missing = document.steps
    .map(step => {
      const input = 'input' in step ? step.input : undefined;
      return missingConnection({ action: step.action, input, trigger: document.trigger }, context);
    })
    .filter(ids => ids.length > 0);
  const each = (name: (ids: readonly string[]) => string) => [...new Set(missing.map(name))];
  return { missing: each(ids => ids.join(' or ')), toDo: each(ids => toBeDone(ids, context)) };
}
