import { lines } from './text.ts';

/** A stretch of text: as it is, bold, or an address of the web that leads where it says. */
export type Span = { text: string; kind?: 'bold' | 'link' };
/** A paragraph of lines, or a list with one line for each of its items. */
export type Block = { kind: 'paragraph' | 'list'; lines: Span[][] };

const listItem = /^\s*[-*•]\s+/;
const span = /(https?:\/\/[^\s<>"'`]+)|\*\*([^*\s](?:[^*]*[^*\s])?)\*\*/g;

/**
 * The text of a mail as blocks. What means something: an empty line (a new paragraph), a line break, a line that begins with `- ` (a list),
 * `**bold**`, and addresses of the web, which become links. Nothing else does, links with a text of their own least of all: a visitor's
 * words stand in the same text, and must not be able to hide where a link leads.
 */
export function readBody(text: string): Block[] {
  return lines(text)
    .split(/\n{2,}/)
    .filter(part => part !== '')
    .flatMap(part => blocksOf(part.split('\n')));
}

function blocksOf(part: string[]): Block[] {
  const blocks: Block[] = [];
  for (const line of part) {
    const kind = listItem.test(line) ? 'list' : 'paragraph';
    const last = blocks.at(-1);
    const spans = spansOf(line.replace(kind === 'list' ? listItem : '', ''));
    if (last?.kind === kind) last.lines.push(spans);
    else blocks.push({ kind, lines: [spans] });
  }
  return blocks;
}

function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const found of line.matchAll(span)) {
    const [whole, url, bold] = found;
    const link = url && withoutEnd(url);
    if (link && !webAddress(link)) continue;
    if (found.index > from) spans.push({ text: line.slice(from, found.index) });
    spans.push(link ? { text: link, kind: 'link' } : { text: bold ?? '', kind: 'bold' });
    from = found.index + (link ? link.length : whole.length);
  }
  if (from < line.length || spans.length === 0) spans.push({ text: line.slice(from) });
  return spans;
}

/** An address at the end of a sentence does not take the sentence's marks with it. */
function withoutEnd(url: string): string {
  let end = url.length;
  while (end > 0 && '.,;:!?)]}*_'.includes(url.charAt(end - 1))) end -= 1;
  return url.slice(0, end);
}

/** The address where it is one that a mail may link to. */
export function webAddress(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed && /^https?:$/.test(parsed.protocol) ? parsed.href : undefined;
}
