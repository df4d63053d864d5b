import type { types, webApi } from '@slack/bolt';
import * as z from 'zod';
import { type AlertUpdateInput, alertUpdateInput, defineAction, StepError } from '../../../src/sdk/index.ts';
import { asOffered, placeOf } from '../alert.ts';
import type { SlackClient } from '../client.ts';
import { alertMessage } from '../message.ts';

type Output = { channel: string; ts: string };

/** The chat role's update: shows an alert as it stands now in the message that it was sent in. The same again changes nothing. */
export const updateAlert = defineAction<AlertUpdateInput, Output, SlackClient>({
  id: 'slack.update_alert',
  title: 'Show a changed alert in Slack',
  description: 'Changes the message of an alert that was claimed, snoozed, marked as not relevant or added to.',
  input: alertUpdateInput,
  output: z.object({ channel: z.string(), ts: z.string() }),
  fits: {},
  replay: 'safe',
  exclusive: ({ alertId }) => `alert:${alertId}`,
  async run({ client, facts, settings, signal }, { placement }) {
    const place = placeOf(placement);
    if (!place || !facts.alert)
      throw new StepError('defect', 'The alert or the place of its message is missing. Please report it.');
    await showAlert(client.web(signal), place, alertMessage(asOffered(facts.alert, settings)));
    return place;
  },
});

/** Puts an alert's new picture in the place of the old one. The step key in the message's metadata stays: none is sent. */
export async function showAlert(
  web: webApi.WebClient,
  { channel, ts }: { channel: string; ts: string },
  { text, blocks }: { text: string; blocks: types.KnownBlock[] },
): Promise<void> {
  await web.chat.update({ channel, ts, text, blocks });
}

/** The message, or its channel, is not there to be changed any more, or nobody may change it. */
export const isGone = (error: StepError): boolean =>
  /^(message_not_found|cant_update_message|edit_window_closed|channel_not_found|is_inactive)$/.test(
    error.details.vendorCode ?? '',
  );
