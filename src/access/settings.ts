import * as z from 'zod';
import type { Database } from '../db/database.ts';
import { Workspaces } from '../db/entities.ts';
import { defaultSettings, type Settings } from '../model/session.ts';

const minutes = (most: number) => z.number().int().min(1).max(most);
const fieldName = z.string().min(1).max(64);

/** Every workspace setting with its bounds. Missing ones stand at their default. */
export const settingsSchema = z
  .strictObject({
    sessionIdleMinutes: minutes(1440).meta({ description: 'A session ends this long after the last activity.' }),
    sessionLeftMinutes: minutes(1440).meta({
      description: 'A session ends this long after the visitor left the site.',
    }),
    lateEventSeconds: z
      .number()
      .int()
      .min(0)
      .max(3600)
      .meta({ description: 'How long after the arrival of its newest event the end of a session is judged.' }),
    immediateMaxAgeMinutes: minutes(525_600).meta({
      description: 'An `immediately` workflow does not act on what arrives later than this after it happened.',
    }),
    requiredLeadFields: z
      .array(fieldName)
      .max(50)
      .meta({ description: 'What must be known of a visitor for `lead_captured` in a conversation with a rep.' }),
    defaultPushDestination: fieldName
      .nullable()
      .meta({ description: 'The connector that `push_record` uses where a step names none.' }),
    alertLifeMinutes: minutes(10_080).meta({
      description: 'A notification that could not be sent by then is skipped.',
    }),
    alertGroupMinutes: z.number().int().min(0).max(1440).meta({
      description:
        'Alerts of several runs about the same visitor at the same place share one message for so long; 0: each has its own.',
    }),
    alertGroups: z
      .record(fieldName, z.array(z.email().max(320)).max(500))
      .meta({ description: 'Groups of people by name, for `app_alert`: their e-mail addresses.' }),
    retentionDays: z.number().int().min(1).max(36_500).nullable().meta({ description: 'null keeps everything.' }),
  })
  .meta({ id: 'Settings' }) satisfies z.ZodType<Settings>;

export type SettingsStore = {
  get(workspaceId: string): Promise<Settings>;
  /** Changes the settings given and leaves the others. @returns all of them */
  change(workspaceId: string, changes: Partial<Settings>): Promise<Settings>;
};

export function createSettingsStore(database: Database): SettingsStore {
  return {
    async get(workspaceId) {
      const workspace = await database.reader.findOneByOrFail(Workspaces, { id: workspaceId });
      return { ...defaultSettings, ...workspace.settings };
    },
    change: (workspaceId, changes) =>
      database.write(async ({ manager, query }) => {
        // Locks the row, so that of two changes at once neither is lost.
        await query('UPDATE workspaces SET name = name WHERE id = $1', [workspaceId]);
        const workspace = await manager.findOneByOrFail(Workspaces, { id: workspaceId });
        const settings = { ...workspace.settings, ...changes };
        await manager.update(Workspaces, { id: workspaceId }, { settings });
        return { ...defaultSettings, ...settings };
      }),
  };
}
