import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs, types } from '@slack/bolt';
import type { AlertView } from '../../../src/sdk/index.ts';
import { whoInWords } from '../about.ts';
import { classify } from '../errors.ts';
import { COMMAND } from '../ids.ts';
import { stateOf } from '../message.ts';
import { cutWithin, joined, moment, shown } from '../text.ts';
import { ask, type Connection } from './call.ts';

type Args = SlackCommandMiddlewareArgs & AllMiddlewareArgs;
type Answer = { text: string; blocks: types.KnownBlock[] };

const SHOWN = 10;
const COUNTED = 50;
const ASK_WITHIN_MS = 1_200;

const section = (text: string): types.KnownBlock => ({
  type: 'section',
  text: { type: 'mrkdwn', text: cutWithin(text, 3_000), verbatim: true },
});

/** `/baton …`: an answer that only the asker sees. It changes nothing. */
export async function answerCommand({ ack, command, context }: Args): Promise<void> {
  const connections = context.connections as Connection[];
  const asked = command.text.trim().toLowerCase();
  await ack({ response_type: 'ephemeral', ...(await answerTo(asked, connections, command.user_id)) });
}

async function answerTo(asked: string, connections: Connection[], userId: string): Promise<Answer> {
  if (asked === 'alerts') return list('Latest alerts', await recent(connections, { limit: SHOWN }));
  if (asked === 'mine')
    return list('Alerts that you have claimed', await recent(connections, { limit: SHOWN, claimedBy: userId }));
  if (asked === 'status') return status(connections);
  return help(asked === '' || asked === 'help' ? undefined : asked);
}

function help(unknown: string | undefined): Answer {
  const lines = [
    unknown && `“${shown(unknown, 60)}” is nothing that ${COMMAND} knows. It knows:`,
    `\`${COMMAND} alerts\` – the latest alerts and how they stand`,
    `\`${COMMAND} mine\` – the alerts that you have claimed`,
    `\`${COMMAND} status\` – what this Slack workspace is connected to, and whether it works`,
    `\`${COMMAND} help\` – this list`,
  ].filter(Boolean);
  return { text: `What ${COMMAND} can do`, blocks: [section(lines.join('\n'))] };
}

async function recent(connections: Connection[], options: { limit: number; claimedBy?: string }): Promise<AlertView[]> {
  const lists = await Promise.all(connections.map(({ alerts }) => alerts.recent(options)));
  return lists
    .flat()
    .sort((one, other) => other.createdAt - one.createdAt)
    .slice(0, options.limit);
}

function list(title: string, alerts: AlertView[]): Answer {
  if (alerts.length === 0) return { text: `${title}: none`, blocks: [section(`*${title}*\nThere are none.`)] };
  const lines = alerts.map(alert => {
    return joined([
      `• *${shown(alert.title, 100)}*`,
      whoInWords(alert.about),
      stateOf(alert) ?? 'waiting for somebody',
      `sent ${moment(alert.createdAt)}`,
    ]);
  });
  return { text: `${title}: ${alerts.length}`, blocks: [section(`*${title}*`), ...lines.map(section)] };
}

async function status(connections: Connection[]): Promise<Answer> {
  const parts = await Promise.all(
    connections.map(async connection => {
      const [works, alerts] = await Promise.all([answers(connection), connection.alerts.recent({ limit: COUNTED })]);
      const count = (state: AlertView['state']) => alerts.filter(alert => alert.state === state).length;
      return [
        `*${shown(connection.account.name, 100)}* – ${works}`,
        `Of the last ${alerts.length} alerts ${count('open')} wait for somebody, ${count('claimed')} are claimed, ${count('snoozed')} snoozed, ${count('dismissed')} not relevant.`,
      ].join('\n');
    }),
  );
  return { text: `Baton is connected to ${connections.length} workspace(s)`, blocks: parts.map(section) };
}

/** Whether Slack takes calls of this connection, in words. */
async function answers(connection: Connection): Promise<string> {
  try {
    await ask(connection, ASK_WITHIN_MS, web => web.auth.test());
    return 'connected, and it works';
  } catch (error) {
    const { kind, details } = classify(error);
    return kind === 'unauthorized'
      ? 'needs to be connected again: Slack does not take its token any more'
      : `connected, but Slack cannot be reached at the moment (${details.vendorCode ?? kind})`;
  }
}
