import { plain } from './text.ts';

/** One element of an Adaptive Card, as JSON. */
export type Element = { type: string } & Record<string, unknown>;
/** A piece of text. It is shown as it is: runs know neither Markdown nor HTML, and mention nobody. */
export type Run = Element & { type: 'TextRun' };

type Look = { weight?: 'Bolder'; isSubtle?: boolean; size?: 'Large' };

export const run = (text: string, look: Look = {}): Run => ({ type: 'TextRun', text: plain(text), ...look });

export const link = (text: string, url: string): Run => ({
  ...run(text),
  color: 'Accent',
  underline: true,
  selectAction: { type: 'Action.OpenUrl', url },
});

export const line = (inlines: Run[], spacing: 'None' | 'Small' | 'Default' = 'Default'): Element => ({
  type: 'RichTextBlock',
  inlines,
  spacing,
});

export const heading = (text: string): Element => line([run(text, { weight: 'Bolder', size: 'Large' })]);

/** A label above a text. */
export const block = (label: string, inlines: Run[]): Element => ({
  type: 'Container',
  items: [line([run(label, { isSubtle: true })], 'None'), line(inlines, 'None')],
});

/** A time as whoever sees it has it. `label` is ours: this element knows Markdown. `at` is epoch ms. */
export const time = (at: number, label: string): Element => {
  const utc = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return {
    type: 'TextBlock',
    text: `${label}{{DATE(${utc}, SHORT)}} {{TIME(${utc})}}`,
    isSubtle: true,
    wrap: true,
    spacing: 'None',
  };
};

/** The elements in one part of the card, under a line; nothing where there are none. */
export const separated = (items: Element[]): Element[] =>
  items.length > 0 ? [{ type: 'Container', separator: true, spacing: 'Medium', items }] : [];
