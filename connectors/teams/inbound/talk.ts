import type { AlertView } from '../../../src/sdk/index.ts';
import type { Card } from '../card.ts';
import { heading, line, link, run, time } from '../card-parts.ts';
import { placesKey, placesOf } from '../memory.ts';
import { oneLine, webAddress } from '../text.ts';
import type { Activity } from './activity.ts';
import { actorOf, type Connection } from './people.ts';

const SHOWN = 10;

const help = `I send alerts about visitors of your website. You can ask me for:

- **alerts**: the newest alerts
- **mine**: the alerts that you have claimed
- **status**: what I am connected to`;

/** The words of a message, without the mention of the bot that a message in a channel begins with. */
const wordsOf = (text: string): string =>
  text
    .slice(0, 500)
    .replace(/<at>[^<]*<\/at>/g, ' ')
    .replace(/&nbsp;/g, ' ')
    .trim()
    .toLowerCase();

/** What a message of a person is answered with: a text of ours, or a card. */
export async function answerTo(connections: Connection[], activity: Activity, text: string): Promise<Card | string> {
  const word = wordsOf(text);
  if (word === 'alerts') return alertList('The newest alerts', await recent(connections));
  if (word === 'mine') return alertList('Your alerts', await mine(connections, activity));
  if (word === 'status') return status(connections);
  return help;
}

const newest = (lists: AlertView[][]): AlertView[] =>
  lists
    .flat()
    .sort((one, other) => other.createdAt - one.createdAt)
    .slice(0, SHOWN);

const recent = async (connections: Connection[]): Promise<AlertView[]> =>
  newest(await Promise.all(connections.map(({ alerts }) => alerts.recent({ limit: SHOWN }))));

async function mine(connections: Connection[], activity: Activity): Promise<AlertView[]> {
  const lists = connections.map(async connection => {
    const { id, email } = await actorOf(connection, activity);
    const names = [id, email].filter(each => each !== undefined);
    const found = await Promise.all(names.map(claimedBy => connection.alerts.recent({ limit: SHOWN, claimedBy })));
    return [...new Map(found.flat().map(alert => [alert.id, alert])).values()];
  });
  return newest(await Promise.all(lists));
}

function alertList(title: string, alerts: AlertView[]): Card | string {
  if (alerts.length === 0)
    return title === 'Your alerts' ? 'You have not claimed any alert.' : 'There is no alert yet.';
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    msteams: { width: 'Full' },
    body: [
      heading(title),
      ...alerts.map(alert => {
        const url = webAddress(alert.about.conversationUrl);
        const name = oneLine(alert.title, 100);
        return {
          type: 'Container',
          separator: true,
          items: [
            line([url ? link(name, url) : run(name, { weight: 'Bolder' }), run(` · ${stateOf(alert)}`)], 'None'),
            line([run(oneLine(alert.message, 150), { isSubtle: true })], 'None'),
            time(alert.createdAt, ''),
          ],
        };
      }),
    ],
  };
}

function stateOf({ state, claimedBy }: AlertView): string {
  if (state === 'claimed') return `${oneLine(claimedBy?.name ?? claimedBy?.email ?? 'somebody', 80)} has it`;
  if (state === 'dismissed') return 'not relevant';
  return state === 'snoozed' ? 'snoozed' : 'nobody has it yet';
}

async function status(connections: Connection[]): Promise<string> {
  const lines = connections.map(async ({ memory, account }) => {
    const { teams, groups, people } = placesOf(await memory.get(placesKey));
    const count = (list: object, one: string, many: string) => {
      const size = Object.keys(list).length;
      return `${size} ${size === 1 ? one : many}`;
    };
    return `Connected to tenant ${account.id}. I am in ${count(teams, 'team', 'teams')} and ${count(groups, 'group chat', 'group chats')}, and ${count(people, 'person has', 'people have')} installed me.`;
  });
  return (await Promise.all(lines)).join('\n\n');
}
