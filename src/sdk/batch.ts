import type { Action, ActionContext, BatchItem } from './connector.ts';
import { StepError } from './errors.ts';

/** What the steps of one batch have in common. */
export type BatchContext<Client> = Omit<ActionContext<Client>, 'stepKey' | 'facts' | 'note' | 'publish'>;

/** `run` and `batch` of an action that does its work for up to `max` steps at once: one step is a batch of one. */
export function manyAtOnce<Input, Output, Client>(
  max: number,
  many: (context: BatchContext<Client>, items: BatchItem<Input>[]) => Promise<(Output | StepError)[]>,
  groupBy: (input: Input) => string = () => 'all',
): Required<Pick<Action<Input, Output, Client>, 'run' | 'batch'>> {
  return {
    batch: { max, groupBy, run: many },
    async run(context, input) {
      const { stepKey, facts, note } = context;
      const [result] = await many(context, [{ stepKey, facts, input, note: sentence => note(sentence) }]);
      if (result === undefined) throw new StepError('defect', 'The connector gave no result for this step.');
      if (result instanceof StepError) throw result;
      return result;
    },
  };
}

/** Makes what answers a value, or the StepError that the work throws: one item that fails does not take the others with it. */
export const settledBy =
  (classify: (error: unknown) => StepError) =>
  async <Value>(work: () => Value | Promise<Value>): Promise<Value | StepError> => {
    try {
      return await work();
    } catch (error) {
      return classify(error);
    }
  };
