import { StepError, type StepFacts } from '../../src/sdk/index.ts';

/**
 * The person of a step: the one of the last push to Marketo, else the one that is known of the visitor.
 * @throws StepError `rejected` where nobody is known
 */
export function personOf({ lastPush, visitor }: StepFacts): number {
  const id = lastPush?.connector === 'marketo' ? lastPush.recordId : visitor.external.marketoLeadId;
  if (id !== undefined && /^\d{1,15}$/.test(id)) return Number(id);
  throw new StepError(
    'rejected',
    'No person in Marketo is known for this visitor. Put a step that pushes to Marketo before this one.',
  );
}
