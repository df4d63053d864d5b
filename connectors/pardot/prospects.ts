import { emailKey, StepError, type StepFacts } from '../../src/sdk/index.ts';
import type { PardotClient } from './client.ts';
import { valuesOf } from './pages.ts';

type Asking = { client: PardotClient; signal: AbortSignal };
export type Prospect = Record<string, unknown> & { id: number };

/**
 * The prospects with an e-mail, the latest active one first: that is the one that an upsert updates. Account Engagement may answer from a
 * cache that is up to a minute old, so one that was made just now can be missing.
 */
export async function prospectsByEmail(
  { client, signal }: Asking,
  email: string,
  names: string[],
): Promise<Prospect[]> {
  const fields = [...new Set(['id', 'email', 'lastActivityAt', ...names])].join(',');
  const { body } = await client.call({ method: 'GET', path: 'prospects', query: { fields, email }, signal });
  const lastActivity = ({ lastActivityAt }: Prospect) => Date.parse(String(lastActivityAt ?? '')) || 0;
  return valuesOf(body)
    .filter(found => emailKey(String(found.email ?? '')) === emailKey(email))
    .sort((one, other) => lastActivity(other) - lastActivity(one) || other.id - one.id);
}

/**
 * Whom a step is about: the prospect of the last push of this run, else the one that is known of the visitor, else the latest active one
 * with the visitor's e-mail; `why` says which. @throws StepError `rejected` where there is none
 */
export async function prospectOf(asking: Asking, facts: StepFacts): Promise<{ id: number; why: string }> {
  const { lastPush, visitor } = facts;
  if (lastPush?.connector === 'pardot')
    return { id: Number(lastPush.recordId), why: 'The prospect of the last push was used.' };
  if (visitor.external.pardotProspectId)
    return {
      id: Number(visitor.external.pardotProspectId),
      why: 'The prospect that is known of the visitor was used.',
    };
  const email = visitor.email?.trim();
  const [prospect, ...others] = email ? await prospectsByEmail(asking, email, []) : [];
  if (!prospect)
    throw new StepError(
      'rejected',
      'No prospect of this visitor is known. Put a step that pushes to Account Engagement before this one.',
    );
  return { id: prospect.id, why: `The prospect was found by e-mail.${severalNote(others.length)}` };
}

export const severalNote = (others: number): string =>
  others > 0 ? ` ${others + 1} prospects have this e-mail; the one that was active last was taken.` : '';
