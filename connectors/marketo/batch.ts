import { type BatchContext as Shared, StepError } from '../../src/sdk/index.ts';
import type { MarketoAnswer, MarketoClient } from './client.ts';
import { type Said, skipped } from './errors.ts';

/** Marketo takes so many records in one call. */
export const MOST_RECORDS = 300;

/** What the steps of one batch have in common. */
export type BatchContext = Shared<MarketoClient>;

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
