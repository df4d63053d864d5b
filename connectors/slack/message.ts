import type { types } from '@slack/bolt';
import type { AlertView } from '../../src/sdk/index.ts';
import { conversation, meeting, where, who, whoInWords } from './about.ts';
import { offersId, pressIds } from './ids.ts';
import { cutWithin, day, escaped, joined, link, moment, oneLine, openable, shown, within } from './text.ts';

// Slack's sizes: docs.slack.dev/reference/block-kit
const HEADER_MAX = 150;
const TEXT_MAX = 3_000;
const FIELD_MAX = 2_000;
const BUTTON_MAX = 75;
const RECORDS_SHOWN = 8;
const LINES_SHOWN = 5;

type Block = types.KnownBlock;
type ActionElement = types.ActionsBlock['elements'][number];

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text });
/** `verbatim`: Slack makes no links and mentions of its own out of what stands there. */
const mrkdwn = (text: string): types.MrkdwnElement => ({ type: 'mrkdwn', text, verbatim: true });
const section = (text: string): Block => ({ type: 'section', text: mrkdwn(cutWithin(text, TEXT_MAX)) });
const context = (text: string): Block => ({ type: 'context', elements: [mrkdwn(cutWithin(text, FIELD_MAX))] });

/**
 * An alert as Block Kit: what it says and how it stands, who and where, what was said, what joined, what was asked for, links, and the
 * buttons that it offers. `text` is what a notification and a screen reader say. `cut` says whether the message was too long for Slack.
 */
export function alertMessage(alert: AlertView): { text: string; blocks: Block[]; cut: boolean } {
  const title = within(oneLine(alert.title) || 'Alert', HEADER_MAX);
  const message = escaped(alert.message);
  const state = stateOf(alert);
  const blocks: (Block | undefined)[] = [
    { type: 'header', text: plain(title) },
    state ? context(state) : undefined,
    section(message),
    fields(alert),
    ...conversation(alert.about).map(section),
    lines('Also', alert.joined, each => joined([`*${shown(each.title, 150)}*`, shown(each.message, 300)], ' ')),
    lines('Follow-up tasks', alert.tasks, taskLine),
    links(alert),
    offers(alert),
  ];
  return {
    text: notification(title, alert, message),
    blocks: blocks.filter(block => block !== undefined),
    cut: message.length > TEXT_MAX,
  };
}

/** What has to be in it stands first; the message is what gets cut. */
function notification(title: string, alert: AlertView, message: string): string {
  const about = whoInWords(alert.about);
  const after = `${about && ` · ${about}`}${stateOf(alert) ? ` (${plainState(alert)})` : ''}`;
  return `${cutWithin(`${escaped(title)}: ${message}`, TEXT_MAX - after.length)}${after}`;
}

/** Who did something, as others know them. */
export const nameOf = (actor: { name?: string; email?: string } | undefined): string =>
  shown(actor?.name ?? actor?.email ?? 'somebody', 100);

/** How the alert stands, in one line of mrkdwn; undefined while it waits for somebody. */
export function stateOf(alert: AlertView): string | undefined {
  const { state, claimedBy, claimedAt, dismissedBy, snoozedBy, snoozedUntil } = alert;
  const claimed =
    claimedBy && `*Claimed by ${nameOf(claimedBy)}*${claimedAt === undefined ? '' : ` · ${moment(claimedAt)}`}`;
  if (state === 'dismissed') return `*Not relevant*, says ${nameOf(dismissedBy)}`;
  if (state === 'snoozed')
    return `*Snoozed${snoozedUntil === undefined ? '' : ` until ${moment(snoozedUntil)}`}* by ${nameOf(snoozedBy)}`;
  return claimed;
}

function plainState({ state, claimedBy, dismissedBy, snoozedBy }: AlertView): string {
  if (state === 'dismissed') return `not relevant, says ${nameOf(dismissedBy)}`;
  return state === 'snoozed' ? `snoozed by ${nameOf(snoozedBy)}` : `claimed by ${nameOf(claimedBy)}`;
}

function fields(alert: AlertView): Block | undefined {
  const texts = [who(alert.about), where(alert.about), meeting(alert.about)].filter(text => text !== undefined);
  if (texts.length === 0) return undefined;
  return { type: 'section', fields: texts.map(text => mrkdwn(cutWithin(text, FIELD_MAX))) };
}

function lines<Item>(title: string, items: Item[], line: (item: Item) => string): Block | undefined {
  if (items.length === 0) return undefined;
  const earlier = items.length - LINES_SHOWN;
  const more = earlier > 0 ? [`_and ${earlier} earlier_`] : [];
  return section([`*${title}*`, ...more, ...items.slice(-LINES_SHOWN).map(item => `• ${line(item)}`)].join('\n'));
}

const taskLine = ({ subject, dueDate, by, url }: AlertView['tasks'][number]): string =>
  joined([link(url, shown(subject, 255)), dueDate && `due ${shown(day(dueDate), 40)}`, `for ${nameOf(by)}`]);

function links({ about }: AlertView): Block | undefined {
  const places = [
    { label: 'Open the conversation', url: openable(about.conversationUrl) },
    ...about.records.slice(0, RECORDS_SHOWN).map(({ title, url }) => ({
      label: `Open in ${oneLine(title)}`,
      url: openable(url),
    })),
  ];
  const elements = places.flatMap(({ label, url }, index) =>
    url ? [{ ...button(label, `${pressIds.open}.${index}`), url }] : [],
  );
  return elements.length > 0 ? { type: 'actions', elements } : undefined;
}

const button = (label: string, action_id: string): types.Button => ({
  type: 'button',
  text: plain(within(label, BUTTON_MAX)),
  action_id,
});
const option = (label: string, minutes: number): types.PlainTextOption => ({
  text: plain(label),
  value: String(minutes),
});

/** What has been done is not offered once more, and of what is not relevant nothing. */
const isDone = ({ state }: AlertView, kind: AlertView['offers'][number]): boolean =>
  state === 'dismissed' || (state === 'claimed' && kind === 'claim');

function offers(alert: AlertView): Block | undefined {
  const { id: value } = alert;
  const made: Record<AlertView['offers'][number], ActionElement> = {
    claim: { ...button('Claim', pressIds.claim), value, style: 'primary' },
    create_task: { ...button('Create follow-up task', pressIds.createTask), value },
    snooze: {
      type: 'static_select',
      action_id: pressIds.snooze,
      placeholder: plain('Snooze'),
      options: [
        option('Snooze for 15 minutes', 15),
        option('Snooze for 1 hour', 60),
        option('Snooze for 4 hours', 240),
      ],
    },
    dismiss: {
      ...button('Not relevant', pressIds.dismiss),
      value,
      style: 'danger',
      confirm: {
        title: plain('Not relevant?'),
        text: plain('Everybody who sees this alert sees that you marked it as not relevant.'),
        confirm: plain('Mark as not relevant'),
        deny: plain('Go back'),
        style: 'danger',
      },
    },
  };
  const elements = alert.offers.filter(kind => !isDone(alert, kind)).map(kind => made[kind]);
  return elements.length > 0 && value ? { type: 'actions', block_id: offersId(alert), elements } : undefined;
}
