/** Characters that show nothing, or turn the text around them: a visitor could hide behind them where an address leads. */
const invisible = /[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Text as one line without control characters. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(invisible, '')
    .trim();

/** Text with its line breaks as \n, tabs as spaces, and no other control characters. */
export const lines = (text: string): string =>
  text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/\t/g, '    ')
    .split('\n')
    .map(line => line.replace(invisible, '').trimEnd())
    .join('\n')
    .trim();

/** The first `most` characters; a longer text ends in an ellipsis, and never in half a surrogate pair. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
