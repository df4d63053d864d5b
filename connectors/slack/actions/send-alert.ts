import { type ActionContext, defineAction } from '../../../src/sdk/index.ts';
import { type AlertInput, type AlertOutput, alertInput, alertOf, alertOutput, mark } from '../alert.ts';
import { alertMessage } from '../blocks.ts';
import type { SlackClient } from '../client.ts';
import { destination, personId } from '../people.ts';
import { findAlerts } from './find-alerts.ts';

export const sendAlert = defineAction<AlertInput, AlertOutput, SlackClient>({
  id: 'slack.send_alert',
  title: 'Send a Slack alert',
  description: 'A message to a channel or a person, with who it is about and a link to the conversation.',
  input: alertInput,
  output: alertOutput,
  fits: {},
  notification: true,
  replay: { findMany: findAlerts, graceSeconds: 5 },
  // Slack takes about one message a second in each channel.
  limit: input => ({ key: `post:${destination(input.to)}`, points: 1, perSeconds: 1 }),
  run: post,
});

async function post(context: ActionContext<SlackClient>, input: AlertInput): Promise<AlertOutput> {
  const web = context.client.web(context.signal);
  const channel = 'user' in input.to ? await personId(web, input.to.user) : input.to.channel;
  const { text, blocks, cut } = alertMessage(input, context.facts);
  if (cut) context.note('The message was longer than 3,000 characters and was cut.');
  const posted = await web.chat.postMessage({
    channel,
    text,
    blocks,
    metadata: mark(context.stepKey),
    unfurl_links: false,
    unfurl_media: false,
  });
  return alertOf(context.account?.url, posted.channel ?? channel, posted.ts ?? '');
}
