import { type Action, type ActionContext, type BatchItem, StepError } from '../../src/sdk/index.ts';
import type { MarketoAnswer, MarketoClient } from './client.ts';
import { type Said, skipped } from './errors.ts';

/** Marketo takes so many records in one call. */
export const MOST_RECORDS = 300;

/** What the steps of one batch have in common. */
export type BatchContext = Omit<ActionContext<MarketoClient>, 'stepKey' | 'facts' | 'note'>;
export type Item<Input> = BatchItem<Input>;
type Many<Input, Output> = (context: BatchContext, items: Item<Input>[]) => Promise<(Output | StepError)[]>;

/** `run` and `batch` of an action that does its work for many steps: one step is a batch of one. */
export function manyAtOnce<Input, Output>(
  groupBy: (input: Input) => string,
  many: Many<Input, Output>,
): Required<Pick<Action<Input, Output, MarketoClient>, 'run' | 'batch'>> {
  return {
    batch: { max: MOST_RECORDS, groupBy, run: many },
    async run(context, input) {
      const { stepKey, facts, note } = context;
      const [result] = await many(context, [{ stepKey, facts, input, note: sentence => note(sentence) }]);
      if (result === undefined) throw new StepError('defect', 'The Marketo connector gave no result for this step.');
      if (result instanceof StepError) throw result;
      return result;
    },
  };
}

/** What became of one record: its status in Marketo's words, or why it was passed over. */
export type Outcome = { status: string; record: Record<string, unknown> } | { reason: Said; error: StepError };

/**
 * The outcomes of a call, which answers its records one to one and in order.
 * @throws StepError `uncertain` where the answer has another number of them
 */
export function outcomesOf({ result, requestId }: MarketoAnswer, count: number): Outcome[] {
  const unclear = (sentence: string): StepError =>
    new StepError(
      'uncertain',
      `${sentence} It may have been taken in.`,
      requestId ? { vendorRequestId: requestId } : {},
    );
  if (result.length !== count) throw unclear(`Marketo answered ${result.length} results for ${count} records.`);
  return result.map(record => {
    const status = String(record.status);
    if (/^(created|updated|added)$/.test(status)) return { status, record };
    // Most calls say `reasons`; adding activities says `errors`.
    const [reason] = [record.reasons, record.errors].flatMap(list => (Array.isArray(list) ? (list as Said[]) : []));
    if (!reason) {
      const error = unclear('Marketo did not say what became of the record.');
      return { reason: { code: '', message: '' }, error };
    }
    const said = { code: String(reason.code), message: String(reason.message) };
    return { reason: said, error: skipped(said, requestId) };
  });
}
