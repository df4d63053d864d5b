import { type ActionContext, type AlertPlacement, StepError } from '../../src/sdk/index.ts';
import { type Placement, placement } from './alert.ts';
import type { Card } from './card.ts';
import type { TeamsClient } from './client.ts';
import { TeamsFailure } from './errors.ts';

/**
 * A message that is a card and nothing else: one with a text beside it is split by Teams, and then no id comes back.
 * `summary` is what a notification shows.
 */
export const cardActivity = (card: Card, summary: string) => ({
  type: 'message',
  summary,
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
});

/** Where a message is, from what the engine kept. @throws StepError `defect` where that is not what this connector gave back */
export function placementOf(kept: AlertPlacement | undefined): Placement | undefined {
  if (!kept) return undefined;
  const parsed = placement.safeParse(kept);
  if (!parsed.success) throw new StepError('defect', 'What is kept of the message does not say where it is.');
  return parsed.data;
}

/** Shows a message anew; doing it again changes nothing more. False where the message has been deleted. */
export async function change(
  { client, signal }: Pick<ActionContext<TeamsClient>, 'client' | 'signal'>,
  { conversationId, activityId, serviceUrl }: Placement,
  content: object,
): Promise<boolean> {
  const about = { operation: 'to change an alert', write: false, serviceUrl, signal };
  try {
    const { id } = await client.call(about, (conversations, bounds) =>
      conversations.updateActivity(conversationId, activityId, { ...content, id: activityId }, bounds),
    );
    if (!id) throw withoutId(about);
    return true;
  } catch (error) {
    if (error instanceof TeamsFailure && error.failure.status === 404) return false;
    throw error;
  }
}

/** An answer of success that names nothing is no answer of Teams. */
export const withoutId = ({ operation, write }: { operation: string; write: boolean }) =>
  new TeamsFailure({ operation, write, sent: true, reason: 'the answer held no id' });
