import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { startFields } from '../access/visitor-fields.ts';
import { DEFAULT_WORKSPACE, workspaceIds } from '../access/workspaces.ts';
import type { Clock } from '../clock.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type ConnectionRow, type WorkflowRow, Workflows, WorkflowVersions } from '../db/entities.ts';
import type { WorkflowDocument } from '../model/workflow.ts';
import type { Connector } from '../sdk/index.ts';
import { type CheckContext, checkWorkflow, type Mistake } from './check.ts';
import { formatPath } from './paths.ts';
import type { StoredWorkflow } from './store.ts';

/** A workflow that comes with a connector, checked. */
export type BuiltIn = { connector: string; key: string; document: WorkflowDocument; conflictsWith: string[] };

/** The same for ever, in each workspace one. */
export function builtInId(workspaceId: string, { connector, key }: Pick<BuiltIn, 'connector' | 'key'>): string {
  const id = `builtin-${connector}-${key}`;
  if (workspaceId === DEFAULT_WORKSPACE) return id;
  // Ids of workflows are unique in the whole database.
  return `${id}-${createHash('sha256').update(workspaceId).digest('hex').slice(0, 10)}`;
}

/**
 * The workflows that come with these connectors. They may read the visitor fields that a new workspace has, and no others.
 * @throws Error that names every mistake in them, one a line
 */
export function builtInWorkflows(
  connectors: Iterable<Connector>,
  catalogue: Pick<CheckContext, 'actions' | 'connectorOf'>,
): BuiltIn[] {
  const all = [...connectors];
  const connected = new Set(all.map(({ id }) => id));
  const offered = all.filter(({ roles }) => roles?.push).map(({ id }) => id);
  const context: CheckContext = {
    ...catalogue,
    connected,
    visitorFields: startFields,
    pushes: { offered, connected, fallback: null },
    builtIn: true,
  };
  const checked = all.flatMap(connector =>
    (connector.builtInWorkflows ?? []).map(({ key, document, conflictsWith = [] }) => {
      const result = checkWorkflow(document, context);
      return { built: { connector: connector.id, key, conflictsWith, document: result.document! }, ...result };
    }),
  );
  const mistakes = checked.flatMap(({ built, mistakes }) =>
    mistakes.map(({ path, message }) => `connectors/${built.connector}: built-in ${built.key}: ${path}: ${message}`),
  );
  if (mistakes.length > 0) throw new Error(`Some built-in workflows are not right:\n${mistakes.join('\n')}`);
  return checked.map(({ built }) => built);
}

/**
 * Makes, in every workspace, the built-in workflows that are not there yet, and gives those that have changed with a release
 * their next version. A new one is active where its vendor is connected already.
 */
export async function ensureBuiltIns(database: Database, clock: Clock, builtIns: BuiltIn[]): Promise<void> {
  if (builtIns.length === 0) return;
  for (const workspaceId of await workspaceIds(database)) {
    await database.write(async transaction => {
      // Of two processes that start at once, the second waits and then finds all of them made.
      if (database.kind === 'postgres') await transaction.query('SELECT pg_advisory_xact_lock(48151625)');
      for (const builtIn of builtIns) await ensure(transaction, workspaceId, builtIn, clock.now());
    });
  }
}

async function ensure({ manager, query }: Transaction, workspaceId: string, builtIn: BuiltIn, now: number) {
  const { document } = builtIn;
  const id = builtInId(workspaceId, builtIn);
  const known = await manager.findOneBy(Workflows, { id });
  const version = (known?.version ?? 0) + 1;
  const next = { workflowId: id, version, workspaceId, document, createdAt: now };
  if (known) {
    const current = await manager.findOneByOrFail(WorkflowVersions, { workflowId: id, version: known.version });
    if (isDeepStrictEqual(current.document, document)) return;
    await manager.insert(WorkflowVersions, next as never);
    await manager.update(Workflows, { id }, { version, updatedAt: now });
    return;
  }
  const connected = await query(
    `SELECT id FROM connections WHERE workspace_id = $1 AND connector = $2 AND user_email IS NULL
     AND status <> 'disconnected' LIMIT 1`,
    [workspaceId, builtIn.connector],
  );
  const active = connected.length > 0;
  const row: WorkflowRow = {
    id,
    workspaceId,
    status: active ? 'active' : 'inactive',
    version,
    builtIn: 1,
    decidedAt: null,
    createdAt: now,
    updatedAt: now,
    activatedAt: active ? now : null,
    deletedAt: null,
  };
  await manager.insert(Workflows, row);
  await manager.insert(WorkflowVersions, next as never);
}

/** The vendor is connected: its built-in workflows begin to work, in the same transaction, except those of which a person has decided. */
export async function switchOnBuiltIns(
  { query }: Transaction,
  connection: Pick<ConnectionRow, 'workspaceId' | 'connector' | 'userEmail'>,
  builtIns: BuiltIn[],
  now: number,
): Promise<void> {
  if (connection.userEmail !== null) return;
  const { workspaceId } = connection;
  for (const builtIn of builtIns.filter(({ connector }) => connector === connection.connector)) {
    await query(
      `UPDATE workflows SET status = 'active', activated_at = $1, updated_at = $2
       WHERE id = $3 AND workspace_id = $4 AND status = 'inactive' AND decided_at IS NULL`,
      [now, now, builtInId(workspaceId, builtIn), workspaceId],
    );
  }
}

const sameTrigger = (a: WorkflowDocument, b: WorkflowDocument) =>
  a.trigger.type === b.trigger.type && a.trigger.timing === b.trigger.timing;
const writesSame = ({ document, conflictsWith }: BuiltIn, custom: WorkflowDocument) =>
  sameTrigger(document, custom) ? custom.steps.filter(step => conflictsWith.includes(step.action)) : [];

/** Where an admin's workflow would write what a built-in one writes, too; `switchedOff` are ids of those that a person has switched off. */
export function conflictsOfCustom(
  workspaceId: string,
  document: WorkflowDocument,
  builtIns: BuiltIn[],
  switchedOff: ReadonlySet<string>,
): Mistake[] {
  return builtIns.flatMap(builtIn => {
    const id = builtInId(workspaceId, builtIn);
    if (switchedOff.has(id)) return [];
    return writesSame(builtIn, document).map(step => ({
      path: formatPath(['steps', document.steps.indexOf(step), 'action']),
      message: `The built-in workflow \`${builtIn.document.name}\` (${id}) writes the same on this trigger, so it would be there twice. Deactivate that one, or leave this step out.`,
    }));
  });
}

/** Which active workflows of an admin's write what this built-in one writes. */
export function conflictsOfBuiltIn(builtIn: BuiltIn, active: StoredWorkflow[]): Mistake[] {
  return active
    .filter(custom => custom.builtIn === 0 && writesSame(builtIn, custom.document).length > 0)
    .map(custom => ({
      path: 'trigger',
      message: `The workflow \`${custom.document.name}\` (${custom.id}) writes the same on this trigger, so it would be there twice. Deactivate one of the two.`,
    }));
}
