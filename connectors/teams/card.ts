import type { Actor, AlertView } from '../../src/sdk/index.ts';
import { cardActions } from './card-actions.ts';
import { block, type Element, heading, line, link, type Run, run, separated, time } from './card-parts.ts';
import { cutAt, oneLine, plain, webAddress, within } from './text.ts';

/** An Adaptive Card, as JSON. */
export type Card = Element & { type: 'AdaptiveCard' };

/** How much of an alert is shown. Lesser ones are for alerts that would not fit into one message. */
type Detail = { message: number; text: number; items: number };
const details: Detail[] = [
  { message: 3000, text: 300, items: 5 },
  { message: 1500, text: 150, items: 3 },
  { message: 800, text: 80, items: 1 },
];
/** Teams takes a message of about 28 KB with everything around it. */
const MAX_BYTES = 24_000;
const LINES = 30;

/** The alert as a card that looks right for anybody who sees it, and whether its message had to be cut. */
export function alertCard(alert: AlertView): { card: Card; cut: boolean } {
  for (const detail of details) {
    const card = cardOf(alert, detail);
    const last = detail === details.at(-1);
    if (last || Buffer.byteLength(JSON.stringify(card)) <= MAX_BYTES)
      return { card, cut: plain(alert.message).length > detail.message };
  }
  throw new Error('there is no detail');
}

function cardOf(alert: AlertView, detail: Detail): Card {
  const actions = cardActions(alert);
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    msteams: { width: 'Full' },
    fallbackText: within(`${oneLine(alert.title, 150)}: ${oneLine(alert.message, 500)}`, 600),
    body: [
      stateOf(alert),
      heading(oneLine(alert.title, 150)),
      ...messageOf(alert, detail),
      ...aboutOf(alert, detail),
      ...followUpsOf(alert, detail),
    ],
    ...(actions.length > 0 && { actions }),
  };
}

const nameOf = ({ name, email }: Actor): string => oneLine(name ?? email ?? 'Somebody', 80);

/** What Teams shows of the message in a notification. */
export const summaryOf = ({ title, message }: AlertView): string =>
  within(`${oneLine(title, 100)}: ${oneLine(message, 200)}`, 250);

/** Who has the alert in hand, as the first line of the card. */
function stateOf(alert: AlertView): Element {
  const { state, claimedBy, dismissedBy, snoozedBy, snoozedUntil, claimedAt } = alert;
  const [style, text, at] = ((): [string, string, number | undefined] => {
    if (state === 'claimed') return ['good', `${nameOf(claimedBy ?? {})} has it`, claimedAt];
    if (state === 'dismissed') return ['emphasis', `Not relevant, says ${nameOf(dismissedBy ?? {})}`, undefined];
    if (state === 'snoozed') return ['warning', `Snoozed by ${nameOf(snoozedBy ?? {})} until`, snoozedUntil];
    return ['accent', 'Nobody has it yet', undefined];
  })();
  const items = [line([run(text, { weight: 'Bolder' })])];
  const when = state === 'claimed' ? 'since ' : '';
  const side = at === undefined ? [] : [{ type: 'Column', width: 'stretch', items: [time(at, when)] }];
  return {
    type: 'Container',
    style,
    bleed: true,
    items: [
      {
        type: 'ColumnSet',
        columns: [{ type: 'Column', width: at === undefined ? 'stretch' : 'auto', items }, ...side],
      },
    ],
  };
}

function messageOf({ message }: AlertView, detail: Detail): Element[] {
  const lines = cutAt(plain(message), detail.message)
    .split('\n')
    .map(each => each.trim())
    .filter(Boolean);
  const shown = lines.length > LINES ? [...lines.slice(0, LINES - 1), lines.slice(LINES - 1).join(' ')] : lines;
  return shown.map((text, index) => line([run(text)], index === 0 ? 'Small' : 'None'));
}

function aboutOf({ about }: AlertView, detail: Detail): Element[] {
  const { visitor, summary, lastMessages, page, campaign, meeting } = about;
  const short = (text: string | undefined) => (text?.trim() ? oneLine(text, detail.text) : undefined);
  const who = [short(visitor.name), short(visitor.title), short(visitor.company)].filter(each => each !== undefined);
  const reach = [short(visitor.email), short(visitor.phone), visitor.known ? 'known already' : 'new'].filter(
    each => each !== undefined,
  );
  const pageAddress = webAddress(page?.url);
  const records = about.records.flatMap(({ title, url }) => {
    const address = webAddress(url);
    return address ? [link(oneLine(title, 60), address)] : [];
  });
  return [
    ...separated([
      ...(who.length > 0 ? [line([run(who.join(' · '), { weight: 'Bolder' })])] : []),
      line([run(reach.join(' · '), { isSubtle: true })], 'None'),
      ...fact('Meeting', meeting && meetingRuns(meeting, short)),
      ...fact('Campaign', short(campaign) && [run(short(campaign) ?? '')]),
      ...fact(
        'Page',
        page && [
          pageAddress ? link(short(page.title) ?? oneLine(pageAddress, 120), pageAddress) : run(oneLine(page.url, 120)),
        ],
      ),
      ...fact(
        'In',
        records.length > 0 && records.slice(0, 6).flatMap((each, index) => (index ? [run(' · '), each] : [each])),
      ),
    ]),
    ...separated(summary?.trim() ? [block('Summary', [run(oneLine(summary, detail.text * 2))])] : []),
    ...separated(
      lastMessages
        .slice(-detail.items)
        .map(({ from, text }, index) =>
          line(
            [run(`${oneLine(from, 60)}: `, { weight: 'Bolder' }), run(oneLine(text, detail.text))],
            index === 0 ? 'Small' : 'None',
          ),
        ),
    ),
  ];
}

const fact = (label: string, runs: Run[] | false | undefined | ''): Element[] =>
  runs ? [line([run(`${label}  `, { isSubtle: true }), ...runs], 'None')] : [];

function meetingRuns(
  { title, startTime }: NonNullable<AlertView['about']['meeting']>,
  short: (text: string | undefined) => string | undefined,
): Run[] {
  const at = startTime === undefined ? Number.NaN : Date.parse(startTime);
  const when = Number.isNaN(at) ? undefined : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [run([short(title), when].filter(each => each !== undefined).join(', ') || 'time not known')];
}

/** What came of the alert: follow-up tasks, and later alerts about the same person. */
function followUpsOf({ tasks, joined }: AlertView, detail: Detail): Element[] {
  const taskLines = tasks.slice(-detail.items).map(({ subject, dueDate, by, url }) => {
    const address = webAddress(url);
    const name = oneLine(subject, detail.text);
    const rest = [dueDate && `due ${dueDate}`, `asked for by ${nameOf(by)}`, !address && 'being created'].filter(
      Boolean,
    );
    return line(
      [run('Task: ', { weight: 'Bolder' }), address ? link(name, address) : run(name), run(` (${rest.join(', ')})`)],
      'None',
    );
  });
  const later = joined
    .slice(-detail.items)
    .flatMap(({ title, message, at }) => [
      time(at, ''),
      line([run(`${oneLine(title, 80)}: `, { weight: 'Bolder' }), run(oneLine(message, detail.text))], 'None'),
    ]);
  return [...separated(taskLines), ...separated(later)];
}
