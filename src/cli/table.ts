import Table from 'cli-table3';

const blank = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map(part => [part, '']),
);

/** Rows under a heading, in aligned columns without lines; one sentence where there are none. */
export function table(heading: string[], rows: (string | number | null | undefined)[][], none: string): string[] {
  if (rows.length === 0) return [none];
  const drawn = new Table({
    head: heading,
    chars: { ...blank, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  drawn.push(...rows.map(row => row.map(cell => String(cell ?? ''))));
  return drawn
    .toString()
    .split('\n')
    .map(line => line.trimEnd());
}
