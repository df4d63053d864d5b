import * as z from 'zod';
import { type AlertUpdateInput, alertUpdateInput, defineAction, StepError } from '../../../src/sdk/index.ts';
import { alertCard, summaryOf } from '../card.ts';
import type { TeamsClient } from '../client.ts';
import { cardActivity, change, placementOf } from '../post.ts';

const output = z.object({
  /** False where the message has been deleted in Teams. */
  shown: z.boolean(),
});

export const updateAlert = defineAction<AlertUpdateInput, z.infer<typeof output>, TeamsClient>({
  id: 'teams.update_alert',
  title: 'Update a Teams alert',
  description: 'Shows in the card of an alert what people have done with it.',
  input: alertUpdateInput,
  output,
  fits: {},
  replay: 'safe',
  // An older picture must not land after a newer one.
  exclusive: ({ placement }) => `alert:${placement.conversationId}:${placement.activityId}`,
  async run(context, { placement }) {
    const { alert } = context.facts;
    const where = placementOf(placement);
    if (!alert || !where) throw new StepError('defect', 'The step has no alert to show.');
    const shown = await change(context, where, cardActivity(alertCard(alert).card, summaryOf(alert)));
    if (!shown) context.note('The message had been deleted in Teams; nothing was shown.');
    return { shown };
  },
});
