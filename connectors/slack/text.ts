import { DateTime } from 'luxon';

const CUT = '… (cut)';

/** Takes Slack's three control characters out of a text, so that nothing in it becomes a link or a mention. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The text within `max` UTF-16 units; a longer one says that it was cut, and no character or escape is cut in half. */
export function within(text: string, max: number, mark = '…'): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max - mark.length).replace(/[\uD800-\uDBFF]$|&[a-z]{0,3}$/, '');
  return `${head}${mark}`;
}
export const cutWithin = (text: string, max: number): string => within(text, max, CUT);

/** A foreign text as it may stand in mrkdwn: one line, cut before it is escaped, so that no more of it is read than is shown. */
export const shown = (text: string, max: number): string =>
  within(escaped(within(oneLine(text.slice(0, max * 4).replace(/[\uD800-\uDBFF]$/, '')), max)), max);

/** Every part that has something in it, in one line. */
export const joined = (parts: (string | undefined)[], between = ' · '): string =>
  parts
    .map(part => part?.trim())
    .filter(Boolean)
    .join(between);

/** The address, where it can be opened: http(s), and within `max` characters. Undefined for everything else. */
export function openable(address: string | undefined, max = 3_000): string | undefined {
  const url = address ? URL.parse(address) : null;
  return url && /^https?:$/.test(url.protocol) && url.href.length <= max ? url.href : undefined;
}

/** A link in mrkdwn; the label alone where the address cannot be opened. `label` is escaped already. */
export function link(address: string | undefined, label: string): string {
  const url = openable(address, 1_000);
  if (!url) return label;
  return `<${escaped(url.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E'))}|${label.replaceAll('|', '¦')}>`;
}

/** A time (epoch ms) that Slack shows on the reader's own clock; in UTC where it cannot. */
export function moment(at: number): string {
  const utc = DateTime.fromMillis(at, { zone: 'utc' }).toFormat("d LLL yyyy, HH:mm 'UTC'");
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${utc}>`;
}

/** A day such as 2026-11-27 as people write it. */
export const day = (date: string): string => {
  const parsed = DateTime.fromISO(date, { zone: 'utc', locale: 'en' });
  return parsed.isValid ? parsed.toFormat('ccc d LLL yyyy') : date;
};
