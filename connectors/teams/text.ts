const CUT = '… (cut)';

/** Letters that steer a text instead of showing: controls, and marks that turn the writing direction around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const steering = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text as a text run may carry it. Runs know no Markdown and no HTML; what is left is the card's date function (`{{DATE(…)}}`),
 * which is broken up with a letter that takes no room.
 */
export const plain = (text: string): string =>
  text.toWellFormed().replaceAll('\r\n', '\n').replace(steering, '').replaceAll('{{', '{\u200b{');

/** The text within `max` UTF-16 units, no letter cut in half; a longer one says that it was cut. */
export function within(text: string, max: number, mark = '…'): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - mark.length).replace(/[\uD800-\uDBFF]$/, '')}${mark}`;
}

export const cutAt = (text: string, max: number): string => within(text, max, CUT);

/** One line of a text. */
export const oneLine = (text: string, max: number): string => within(plain(text).replace(/\s+/g, ' ').trim(), max);

/** The address where it is one that may be opened; undefined for anything but http(s). */
export function webAddress(address: string | undefined): string | undefined {
  const url = address ? URL.parse(address) : null;
  return url && /^https?:$/.test(url.protocol) && url.href.length <= 2000 ? url.href : undefined;
}
