import * as z from 'zod';
import { type BatchItem, defineAction, manyAtOnce, StepError } from '../../../src/sdk/index.ts';
import { type ActivityType, findActivityType, forgetActivityType, KEY_ATTRIBUTE } from '../activity-types.ts';
import { type BatchContext, MOST_RECORDS, type Outcome, outcomesOf } from '../batch.ts';
import type { MarketoClient } from '../client.ts';
import { classify } from '../errors.ts';
import { findActivities } from '../find-activities.ts';
import { forPeople, type PersonStep } from '../people-steps.ts';

const input = z.strictObject({
  activityType: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Activity type', description: 'API name, display name or id of a custom activity type' }),
  primaryValue: z
    .string()
    .min(1)
    .max(255)
    .meta({ title: 'Primary value', description: 'What the activity is about; shown in the person’s activity log' }),
  attributes: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .meta({ title: 'Attributes', description: 'Values by the API names of the type’s attributes' }),
});
export type ActivityInput = z.infer<typeof input>;
const output = z.object({ activityId: z.string(), activityType: z.string(), leadId: z.string() });
export type ActivityOutput = z.infer<typeof output>;

export const addActivity = defineAction<ActivityInput, ActivityOutput, MarketoClient>({
  id: 'marketo.add_activity',
  title: 'Add a Marketo activity',
  description: 'A custom activity in the log of the person of the last push, which smart campaigns can start from.',
  input,
  output,
  fits: {},
  needsPush: true,
  // Activities come into the log a while after they were taken in.
  replay: { graceSeconds: 120, findMany: findActivities },
  ...manyAtOnce(MOST_RECORDS, addAll),
});

type Step = PersonStep<ActivityInput>;
type ActivityRecord = {
  leadId: number;
  activityDate: string;
  activityTypeId: number;
  primaryAttributeValue: string;
  attributes: { apiName: string; value: unknown }[];
};

async function addAll(
  context: BatchContext,
  items: BatchItem<ActivityInput>[],
): Promise<(ActivityOutput | StepError)[]> {
  return forPeople(items, async people => {
    const results = new Map<Step, ActivityOutput | StepError>();
    const records = new Map<Step, ActivityRecord>();
    const types = new Map<string, ActivityType | StepError>();
    for (const [name, steps] of Map.groupBy(people, ({ item }) => item.input.activityType))
      types.set(name, await settled(() => typeFor(context, name, steps)));
    for (const step of people) {
      const type = types.get(step.item.input.activityType)!;
      const record = type instanceof StepError ? type : await settled(() => recordOf(context, step, type));
      if (record instanceof StepError) results.set(step, record);
      else records.set(step, record);
    }
    const outcomes = await send(context, [...records.values()]);
    for (const [index, step] of [...records.keys()].entries()) {
      const name = step.item.input.activityType;
      const result = resultOf(step, outcomes[index]!, types.get(name) as ActivityType);
      if (result instanceof StepError && result.details.schemaDrift) forgetActivityType(context, name);
      results.set(step, result);
    }
    return people.map(step => results.get(step)!);
  });
}

/** The type as it is known; asked for once more where a step names an attribute that it did not have. */
async function typeFor(context: BatchContext, name: string, steps: Step[]): Promise<ActivityType> {
  const known = await findActivityType(context, name);
  if (steps.every(({ item }) => strangeAttribute(item.input, known) === undefined)) return known;
  forgetActivityType(context, name);
  return findActivityType(context, name);
}

const strangeAttribute = ({ attributes = {} }: ActivityInput, type: ActivityType): string | undefined =>
  Object.keys(attributes).find(name => !type.attributes.some(({ apiName }) => apiName === name));

async function send({ client, signal }: BatchContext, records: ActivityRecord[]): Promise<Outcome[]> {
  if (records.length === 0) return [];
  const answer = await client.write({ path: '/rest/v1/activities/external.json', body: { input: records }, signal });
  return outcomesOf(answer, records.length);
}

/** @throws StepError `rejected` naming an attribute that the type does not have */
function recordOf({ now }: BatchContext, { item, leadId }: Step, type: ActivityType): ActivityRecord {
  const { primaryValue, attributes = {} } = item.input;
  const known = type.attributes.map(({ apiName }) => apiName);
  const strange = strangeAttribute(item.input, type);
  if (strange !== undefined)
    throw new StepError(
      'rejected',
      `The activity type “${type.name}” has no attribute \`${strange}\`. It has: ${known.join(', ') || 'none'}.`,
      { field: `attributes.${strange}` },
    );
  const keyed = known.includes(KEY_ATTRIBUTE) ? { ...attributes, [KEY_ATTRIBUTE]: item.stepKey } : attributes;
  return {
    leadId,
    activityDate: new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z'),
    activityTypeId: type.id,
    primaryAttributeValue: primaryValue,
    attributes: Object.entries(keyed).map(([apiName, value]) => ({ apiName, value })),
  };
}

function resultOf({ leadId }: Step, outcome: Outcome, type: ActivityType): ActivityOutput | StepError {
  if ('error' in outcome) return outcome.error;
  const { marketoGUID, id } = outcome.record;
  return { activityId: String(marketoGUID ?? id), activityType: type.apiName, leadId: String(leadId) };
}

async function settled<Value>(work: () => Value | Promise<Value>): Promise<Value | StepError> {
  try {
    return await work();
  } catch (error) {
    return classify(error);
  }
}
