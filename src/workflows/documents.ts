import { type Database, placeholders, type Transaction } from '../db/database.ts';
import { WorkflowVersions } from '../db/entities.ts';
import { findAll } from '../db/find.ts';
import type { WorkflowDocument } from '../model/workflow.ts';

type Version = { id: string; version: number };
const MOST_KEPT = 500;
const nameOf = ({ id, version }: Version) => `${id} ${version}`;

/** Workflow documents by version. Versions never change, so those read last are kept. */
export class Documents {
  readonly #database: Database;
  readonly #kept = new Map<string, WorkflowDocument>();

  constructor(database: Database) {
    this.#database = database;
  }

  async of(workflowId: string, version: number): Promise<WorkflowDocument> {
    const wanted = { id: workflowId, version };
    const kept = this.#kept.get(nameOf(wanted));
    if (kept) return kept;
    const [row] = await findAll(this.#database.reader, WorkflowVersions, { workflowId, version });
    if (!row) throw new Error(`There is no version ${version} of the workflow ${workflowId}.`);
    this.#keep(wanted, row.document);
    return row.document;
  }

  /** The active workflows with the version in use, as the transaction sees them. */
  async active(transaction: Transaction, workspaceId: string): Promise<(Version & { document: WorkflowDocument })[]> {
    const active = await transaction.query<Version>(
      `SELECT id, version FROM workflows WHERE workspace_id = $1 AND status = 'active' AND deleted_at IS NULL`,
      [workspaceId],
    );
    // Held here, since what is kept may make room for others while the rest is read.
    const known = new Map(
      active.flatMap(one => {
        const document = this.#kept.get(nameOf(one));
        return document ? [[nameOf(one), document] as const] : [];
      }),
    );
    const unknown = active.filter(one => !known.has(nameOf(one)));
    const read = await this.#read(transaction, unknown);
    // A version that is not committed yet may come to nothing, and its number to another document.
    transaction.afterCommit(() => {
      for (const one of unknown) this.#keep(one, read.get(nameOf(one))!);
    });
    return active.map(one => ({ ...one, document: (known.get(nameOf(one)) ?? read.get(nameOf(one)))! }));
  }

  async #read({ query }: Transaction, wanted: Version[]): Promise<Map<string, WorkflowDocument>> {
    if (wanted.length === 0) return new Map();
    const rows = await query<{ workflow_id: string; version: number; document: string }>(
      `SELECT v.workflow_id, v.version, v.document FROM workflow_versions v JOIN workflows w ON w.id = v.workflow_id AND w.version = v.version
       WHERE w.id IN (${placeholders(wanted.length)})`,
      wanted.map(({ id }) => id),
    );
    return new Map(
      rows.map(row => [
        nameOf({ id: row.workflow_id, version: row.version }),
        JSON.parse(row.document) as WorkflowDocument,
      ]),
    );
  }

  #keep(version: Version, document: WorkflowDocument): void {
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(nameOf(version), document);
  }
}
