import type { AlertAbout } from '../../src/sdk/index.ts';
import { cutWithin, escaped, joined, link, moment, shown } from './text.ts';

const LINE_MAX = 400;
const MESSAGES_SHOWN = 6;
const SUMMARY_MAX = 1_500;

/** Who it is, as lines of mrkdwn; undefined where nothing is known. */
export function who({ visitor }: AlertAbout): string | undefined {
  const { name, title, company, email, phone, known } = visitor;
  const part = (text: string | undefined) => text && shown(text, 200);
  const lines = [
    name && `*${part(name)}*`,
    joined([part(title), part(company)], ', '),
    joined([email && mailLink(email), part(phone)]),
  ].filter(Boolean);
  if (lines.length === 0) return known ? '*Who*\n_Known visitor, without a name_' : undefined;
  return ['*Who*', ...lines, known ? '_Known visitor_' : '_New visitor_'].join('\n');
}

/** Who it is, in a few words without markup; empty where nothing is known. */
export const whoInWords = ({ visitor: { name, email, company } }: AlertAbout): string =>
  joined(
    [name ?? email, company].map(part => part && shown(part, 100)),
    ', ',
  );

/** A real address can be written to; anything else is text. */
function mailLink(email: string): string {
  const text = shown(email, 200);
  return /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(email) && email.length <= 200 ? `<mailto:${text}|${text}>` : text;
}

/** Where the person is on the website; undefined where that is not known. */
export function where({ page, campaign }: AlertAbout): string | undefined {
  const lines = [
    page && link(page.url, shown(page.title ?? '', 300) || shown(page.url, 300)),
    campaign && `Campaign: ${shown(campaign, 200)}`,
  ].filter(Boolean);
  return lines.length > 0 ? ['*Where*', ...lines].join('\n') : undefined;
}

export function meeting({ meeting: held }: AlertAbout): string | undefined {
  if (!held) return undefined;
  const start = held.startTime ? Date.parse(held.startTime) : Number.NaN;
  const lines = [held.title && shown(held.title, 200), Number.isNaN(start) ? undefined : moment(start)].filter(Boolean);
  return lines.length > 0 ? ['*Meeting*', ...lines].join('\n') : undefined;
}

/** What it is about: the summary, and the last lines of the conversation as a quotation. */
export function conversation({ summary, lastMessages }: AlertAbout): string[] {
  const said = lastMessages.slice(-MESSAGES_SHOWN).map(({ from, text }) => {
    const line = shown(text, LINE_MAX);
    return line && `> *${shown(from, 80)}:* ${line}`;
  });
  const what = summary?.trim() && `*What*\n${cutWithin(escaped(summary.trim()), SUMMARY_MAX)}`;
  const last = said.some(Boolean) && ['*Last said*', ...said.filter(Boolean)].join('\n');
  return [what, last].filter(text => typeof text === 'string' && text !== '') as string[];
}
