import { SfDate } from 'jsforce';
import type { FindContext, PendingItem } from '../../src/sdk/index.ts';
import { type ActivityInput, subjectAsked } from './activity.ts';
import { stepIn, subjectLine } from './activity-text.ts';
import type { SalesforceClient } from './client.ts';
import { describeObject, KEY_FIELD, keyUse } from './schema.ts';
import { findIn } from './soql.ts';

const CLOCK_SKEW_MS = 5 * 60_000;

export type FoundActivity = { id: string; whoId?: string };
type Context = FindContext<SalesforceClient>;

/**
 * The tasks or events that first tries left behind, in the order of the items; undefined where there is none. By the key field where
 * the org has it. Else, since a Description cannot be filtered in SOQL, those of these subjects since the first try are read, page by
 * page, and the step key on the last line is compared here.
 */
export async function findActivities(
  context: Context,
  object: 'Task' | 'Event',
  items: PendingItem<ActivityInput>[],
): Promise<(FoundActivity | undefined)[]> {
  const found = await byKey(context, object, items);
  const missing = items.filter(({ stepKey }) => !found.has(stepKey));
  for (const [stepKey, activity] of await bySubject(context, object, missing)) found.set(stepKey, activity);
  return items.map(({ stepKey }) => found.get(stepKey));
}

const activityOf = ({ Id, WhoId }: Record<string, unknown>): FoundActivity => ({
  id: String(Id),
  ...(typeof WhoId === 'string' && { whoId: WhoId }),
});

async function byKey(context: Context, object: string, items: PendingItem<ActivityInput>[]) {
  const found = new Map<string, FoundActivity>();
  if (keyUse(await describeObject(context, object)) === undefined) return found;
  const from = { object, field: KEY_FIELD, fields: ['WhoId', KEY_FIELD] };
  const connection = context.client.connection(context.signal);
  const keys = items.map(({ stepKey }) => stepKey);
  for (const row of await findIn(connection, from, keys)) found.set(String(row[KEY_FIELD]), activityOf(row));
  return found;
}

async function bySubject({ client, signal }: Context, object: string, items: PendingItem<ActivityInput>[]) {
  const found = new Map<string, FoundActivity>();
  if (items.length === 0) return found;
  const since = new Date(Math.min(...items.map(item => item.firstTriedAt)) - CLOCK_SKEW_MS);
  const rows = await findIn(
    client.connection(signal),
    {
      object,
      field: 'Subject',
      fields: ['WhoId', 'Description'],
      where: { CreatedDate: { $gte: SfDate.toDateTimeLiteral(since) } },
    },
    items.map(({ input }) => subjectLine(subjectAsked(input))),
  );
  const wanted = new Set(items.map(({ stepKey }) => stepKey));
  for (const row of rows) {
    const stepKey = stepIn(row.Description);
    if (stepKey !== undefined && wanted.has(stepKey)) found.set(stepKey, activityOf(row));
  }
  return found;
}
