/** Text as Markdown shows code. */
export const code = (text: string): string => `\`${text}\``;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A Markdown table, without a line break at its end; columns as wide as their widest cell, as the formatter would have them. */
export function table(heading: string[], rows: string[][]): string {
  const lines = [heading, ...rows].map(cells => cells.map(cell));
  const widths = heading.map((_, column) => Math.max(3, ...lines.map(cells => [...(cells[column] ?? '')].length)));
  const line = (cells: string[]) =>
    `| ${cells.map((text, column) => text + ' '.repeat((widths[column] ?? 0) - [...text].length)).join(' | ')} |`;
  const [first = [], ...others] = lines;
  return [line(first), line(widths.map(width => '-'.repeat(width))), ...others.map(line)].join('\n');
}

const marked = /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g;

/**
 * Fills the places `<!-- generated: name -->…<!-- /generated -->` of a document; everything else stays as it is written.
 * @throws Error for a name that has no section
 */
export function fillSections(text: string, sections: Record<string, string>): string {
  return text.replace(marked, (_, start: string, name: string, end: string) => {
    const section = Object.hasOwn(sections, name) ? sections[name] : undefined;
    if (section === undefined)
      throw new Error(`No section is called ${name}; there are: ${Object.keys(sections).join(', ')}.`);
    return `${start}\n${section}\n\n${end}`;
  });
}
