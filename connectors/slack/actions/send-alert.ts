import type { webApi } from '@slack/bolt';
import { type ActionContext, defineAction, StepError } from '../../../src/sdk/index.ts';
import {
  type AlertInput,
  type AlertOutput,
  alertInput,
  alertOf,
  alertOutput,
  asOffered,
  mark,
  placeOf,
  viewOf,
} from '../alert.ts';
import type { SlackClient } from '../client.ts';
import { classify } from '../errors.ts';
import { alertMessage } from '../message.ts';
import { addressee, destination, isUnreachable, nobodyFor, type Place, personId } from '../people.ts';
import { findAlerts } from './find-alerts.ts';
import { isGone, showAlert } from './update-alert.ts';

type Context = ActionContext<SlackClient>;
type Message = Pick<ReturnType<typeof alertMessage>, 'text' | 'blocks'>;

export const sendAlert = defineAction<AlertInput, AlertOutput, SlackClient>({
  id: 'slack.send_alert',
  title: 'Send a Slack alert',
  description:
    'A message to a channel or a person, with who and what it is about, and buttons to claim it, ask for a follow-up task, snooze it or mark it as not relevant.',
  input: alertInput,
  output: alertOutput,
  fits: {},
  notification: true,
  alert: true,
  replay: { findMany: findAlerts, graceSeconds: 5 },
  exclusive: (_input, facts) => facts.alert && `alert:${facts.alert.id}`,
  // Slack takes about one message a second in each channel. Whom a role means is not known here.
  limit: ({ to }) => ('role' in to ? undefined : { key: `post:${destination(to)}`, points: 1, perSeconds: 1 }),
  run: send,
});

async function send(context: Context, input: AlertInput): Promise<AlertOutput> {
  const web = context.client.web(context.signal);
  const view = viewOf(input, context.facts, context.now());
  const alert = asOffered(view, context.settings);
  if (view.offers.length > alert.offers.length)
    context.note('It has no buttons: SLACK_SIGNING_SECRET is not set, so nobody could press them.');
  const { cut, ...message } = alertMessage(alert);
  if (cut) context.note('The message was longer than 3,000 characters and was cut.');
  const place = placeOf(context.facts.alert?.placement);
  if (place && (await changed(web, place, message))) return alertOf(context.account?.url, place.channel, place.ts);
  if (place)
    context.note('The message that this alert was to join is gone or cannot be changed, so it was sent as a new one.');
  const posted = await deliver(context, web, input, message);
  return alertOf(context.account?.url, posted.channel, posted.ts);
}

/** Shows the alert in the message of an earlier one; false where that message is gone, and surely nothing was changed. */
async function changed(
  web: webApi.WebClient,
  place: { channel: string; ts: string },
  message: Message,
): Promise<boolean> {
  try {
    await showAlert(web, place, message);
    return true;
  } catch (error) {
    const outcome = classify(error);
    if (isGone(outcome)) return false;
    throw outcome;
  }
}

/** Posts to whom it is meant for, and to the fallback where Slack has said that this person cannot be told. */
async function deliver(context: Context, web: webApi.WebClient, input: AlertInput, message: Message) {
  const { to, fallback } = input;
  const meant = addressee(to, context.facts);
  const person = meant && 'user' in meant;
  if (meant && !(person && fallback)) return post(context, web, meant, message);
  const why = meant ? await refused(post(context, web, meant, message)) : `${nobodyFor(to)}.`;
  if (typeof why !== 'string') return why;
  if (!fallback)
    throw new StepError('rejected', `${why} Give the step a fallback channel, so that somebody is told all the same.`, {
      field: 'fallback',
    });
  context.note(`${why} It went to ${fallback.channel} instead.`);
  return post(context, web, fallback, message);
}

/** What was posted, or why the person cannot be told. Everything else that went wrong is thrown. */
async function refused<Posted>(posting: Promise<Posted>): Promise<Posted | string> {
  try {
    return await posting;
  } catch (error) {
    const outcome = classify(error);
    if (!isUnreachable(outcome)) throw outcome;
    return `The person could not be told (${outcome.details.vendorCode}).`;
  }
}

async function post(context: Context, web: webApi.WebClient, to: Place, { text, blocks }: Message) {
  const channel = 'user' in to ? await personId(web, to.user) : to.channel;
  const posted = await web.chat.postMessage({
    channel,
    text,
    blocks,
    metadata: mark(context.stepKey),
    unfurl_links: false,
    unfurl_media: false,
  });
  return { channel: posted.channel ?? channel, ts: posted.ts ?? '' };
}
