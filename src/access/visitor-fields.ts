import type { Database } from '../db/database.ts';
import { type VisitorFieldRow, VisitorFields } from '../db/entities.ts';
import type { VisitorField } from '../model/workflow.ts';

const field = (name: string, label: string, type: VisitorField['type'], category: VisitorField['category']) => ({
  name,
  label,
  type,
  category,
});

/** What a new workspace knows of a visitor (the list in docs/events.md). */
export const startFields: VisitorField[] = [
  field('first_name', 'First name', 'text', 'person'),
  field('last_name', 'Last name', 'text', 'person'),
  field('company', 'Company', 'text', 'account'),
  field('title', 'Title', 'text', 'person'),
  field('phone', 'Phone', 'text', 'person'),
  field('website', 'Website', 'text', 'account'),
  field('industry', 'Industry', 'text', 'account'),
  field('country', 'Country', 'text', 'person'),
  field('notes', 'Notes', 'text', 'person'),
  field('employees', 'Employees', 'decimal', 'account'),
  field('lead_score', 'Lead score', 'decimal', 'person'),
];

export type VisitorFieldStore = {
  list(workspaceId: string): Promise<VisitorField[]>;
  get(workspaceId: string, name: string): Promise<VisitorField | undefined>;
  /** @returns false where a field of that name is there already */
  create(workspaceId: string, field: VisitorField): Promise<boolean>;
  /** @returns false where there is none of that name */
  replace(workspaceId: string, field: VisitorField): Promise<boolean>;
  remove(workspaceId: string, name: string): Promise<boolean>;
};

export function createVisitorFieldStore(database: Database): VisitorFieldStore {
  return {
    async list(workspaceId) {
      const rows = await database.reader.find(VisitorFields, { where: { workspaceId }, order: { name: 'ASC' } });
      return rows.map(fieldOf);
    },
    async get(workspaceId, name) {
      const row = await database.reader.findOneBy(VisitorFields, { workspaceId, name });
      return row ? fieldOf(row) : undefined;
    },
    create: async (workspaceId, { name, label, type, category, options }) => {
      const made = await database.write(({ query }) =>
        query(
          `INSERT INTO visitor_fields (workspace_id, name, label, type, category, options)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING name`,
          [workspaceId, name, label, type, category, options ? JSON.stringify(options) : null],
        ),
      );
      return made.length > 0;
    },
    replace: async (workspaceId, { name, label, type, category, options }) => {
      const changed = await database.write(({ query }) =>
        query(
          `UPDATE visitor_fields SET label = $1, type = $2, category = $3, options = $4
           WHERE workspace_id = $5 AND name = $6 RETURNING name`,
          [label, type, category, options ? JSON.stringify(options) : null, workspaceId, name],
        ),
      );
      return changed.length > 0;
    },
    remove: async (workspaceId, name) => {
      const removed = await database.write(({ query }) =>
        query('DELETE FROM visitor_fields WHERE workspace_id = $1 AND name = $2 RETURNING name', [workspaceId, name]),
      );
      return removed.length > 0;
    },
  };
}

const fieldOf = ({ name, label, type, category, options }: VisitorFieldRow): VisitorField => ({
  name,
  label,
  type,
  category,
  ...(options && { options }),
});
