import { type Action, type ActionContext, type BatchItem, StepError } from '../../src/sdk/index.ts';
import type { HubSpotClient } from './client.ts';
import { classify } from './errors.ts';

/** What HubSpot takes in one batch. */
export const MOST_IN_ONE_CALL = 100;

/** What the steps of one batch have in common. */
export type BatchContext = Omit<ActionContext<HubSpotClient>, 'stepKey' | 'facts' | 'note' | 'publish'>;
export type Item<Input> = BatchItem<Input>;
type Many<Input, Output> = (context: BatchContext, items: Item<Input>[]) => Promise<(Output | StepError)[]>;

/** `run` and `batch` of an action that does its work for many steps: one step is a batch of one. */
export function manyAtOnce<Input, Output>(
  many: Many<Input, Output>,
): Required<Pick<Action<Input, Output, HubSpotClient>, 'run' | 'batch'>> {
  return {
    batch: { max: MOST_IN_ONE_CALL, groupBy: () => 'all', run: many },
    async run(context, input) {
      const { stepKey, facts, note } = context;
      const [result] = await many(context, [{ stepKey, facts, input, note: sentence => note(sentence) }]);
      if (result === undefined) throw new StepError('defect', 'The HubSpot connector gave no result for this step.');
      if (result instanceof StepError) throw result;
      return result;
    },
  };
}

/** What the work comes to, or the StepError that it throws: one item that fails does not take the others with it. */
export async function settled<Value>(work: () => Value | Promise<Value>): Promise<Value | StepError> {
  try {
    return await work();
  } catch (error) {
    return classify(error);
  }
}

/** Lists of at most `size` items. */
export function chunks<Value>(values: Value[], size = MOST_IN_ONE_CALL): Value[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, part) =>
    values.slice(part * size, (part + 1) * size),
  );
}
