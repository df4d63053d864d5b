import * as z from 'zod';
import { type BatchItem, defineAction, manyAtOnce, StepError } from '../../../src/sdk/index.ts';
import { type BatchContext, MOST_RECORDS, outcomesOf } from '../batch.ts';
import type { MarketoClient } from '../client.ts';
import { classify } from '../errors.ts';
import { forgetId, idOf } from '../named.ts';
import { forPeople } from '../people-steps.ts';

const input = z.strictObject({
  listId: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Static list', description: 'Its id (the number in ST1001A1) or its exact name' }),
});
type Input = z.infer<typeof input>;
const output = z.object({ listId: z.string(), leadId: z.string() });
type Output = z.infer<typeof output>;

export const addToList = defineAction<Input, Output, MarketoClient>({
  id: 'marketo.add_to_list',
  title: 'Add to a Marketo list',
  description: 'Makes the person of the last push a member of a static list.',
  input,
  output,
  fits: {},
  needsPush: true,
  // A list has a person once, however often it is added.
  replay: 'safe',
  ...manyAtOnce(MOST_RECORDS, addAll, ({ listId }) => listId.trim()),
});

async function addAll(context: BatchContext, items: BatchItem<Input>[]): Promise<(Output | StepError)[]> {
  const asked = items[0]!.input.listId;
  return forPeople(items, async people => {
    const listId = await idOf(context, 'list', asked);
    const ids = [...new Set(people.map(({ leadId }) => leadId))];
    const answer = await context.client
      .write({
        path: `/rest/v1/lists/${listId}/leads.json`,
        body: { input: ids.map(id => ({ id })) },
        signal: context.signal,
      })
      .catch(error => {
        const failure = classify(error);
        // What is not there is the list: people that are not there are passed over one by one.
        if (failure.details.vendorCode !== '1013') throw failure;
        forgetId(context, 'list', asked);
        throw new StepError(failure.kind, failure.message, { ...failure.details, field: 'listId' });
      });
    const outcomes = new Map(outcomesOf(answer, ids.length).map((outcome, index) => [ids[index]!, outcome]));
    return people.map(({ leadId }) => {
      const outcome = outcomes.get(leadId)!;
      return 'error' in outcome ? outcome.error : { listId: String(listId), leadId: String(leadId) };
    });
  });
}
