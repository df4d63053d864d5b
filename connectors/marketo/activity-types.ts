import * as z from 'zod';
import { StepError } from '../../src/sdk/index.ts';
import type { BatchContext } from './batch.ts';
import { described, doubt } from './described.ts';

/** An attribute of this API name takes the step's key, by which an activity of ours is known again. */
export const KEY_ATTRIBUTE = 'batonKey';

const attribute = z.object({ apiName: z.string(), name: z.string(), dataType: z.string().optional() });
const typeShape = z.object({
  id: z.number(),
  apiName: z.string(),
  name: z.string(),
  status: z.string(),
});
const describedShape = typeShape.extend({
  attributes: z
    .array(attribute)
    .nullish()
    .transform(list => list ?? []),
});
/** A custom activity type in its approved version. */
export type ActivityType = z.infer<typeof describedShape>;
type Asking = Pick<BatchContext, 'client' | 'signal'>;

/** All custom activity types, drafts too. */
export async function activityTypes({ client, signal }: Asking): Promise<z.infer<typeof typeShape>[]> {
  const { result } = await client.read({ path: '/rest/v1/activities/external/types.json', signal });
  return z.array(typeShape).parse(result);
}

/** What is known of a type has proved wrong: the next step asks again. */
export const forgetActivityType = ({ client }: Asking, asked: string): void => doubt(client.base, questionOf(asked));
const questionOf = (asked: string) => `activity type ${asked}`;

/**
 * The custom activity type that a step names by its id, its API name or its display name.
 * @throws StepError `rejected` where there is none, or it was never approved
 */
export function findActivityType(context: Asking & Pick<BatchContext, 'now'>, asked: string): Promise<ActivityType> {
  const { client, signal, now } = context;
  return described({ base: client.base, question: questionOf(asked), now: now() }, async () => {
    const types = await activityTypes(context);
    const found = types.find(({ id, apiName, name }) => [String(id), apiName, name].includes(asked));
    if (!found)
      throw wrong(
        `Marketo has no custom activity type “${asked}”. There are: ${types.map(({ apiName }) => apiName).join(', ') || 'none'}.`,
      );
    if (!found.status.startsWith('approved'))
      throw wrong(`The custom activity type “${found.name}” is ${found.status}. Approve it in Marketo first.`);
    const path = `/rest/v1/activities/external/type/${encodeURIComponent(found.apiName)}/describe.json`;
    const { result } = await client.read({ path, signal });
    return describedShape.parse(result[0]);
  });
}

const wrong = (sentence: string) => new StepError('rejected', sentence, { field: 'activityType' });
