import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];
/** Where the demo writes: a terminal, or anything else that takes text. */
export type Output = Writable & { isTTY?: boolean; columns?: number };
export type Screen = {
  say(text?: string): void;
  /** One line that changes: in a terminal it is written over, elsewhere a plain line comes out every second at most. */
  progress(text: string): void;
  /** Coloured in a terminal, plain elsewhere (and with NO_COLOR). */
  paint(format: Format, text: string): string;
};

const PLAIN_EVERY_MS = 1000;
export const WIDTH = 100;

/** @param now epoch ms */
export function createScreen(output: Output, now: () => number = Date.now): Screen {
  const terminal = output.isTTY === true;
  let open = false;
  let last = { text: '', at: 0 };
  const close = () => {
    if (open) output.write('\r\x1b[K');
    open = false;
  };
  return {
    say(text = '') {
      close();
      output.write(`${text}\n`);
    },
    progress(text) {
      if (terminal) {
        output.write(`\r\x1b[K${cutTo(text, Math.min(WIDTH, output.columns ?? WIDTH) - 1)}`);
        open = true;
      } else if (text !== last.text && now() - last.at >= PLAIN_EVERY_MS) {
        output.write(`${text}\n`);
        last = { text, at: now() };
      }
    },
    paint: (format, text) => styleText(format, text, { stream: output }),
  };
}

/** The first `most` characters of a text; one that was cut ends in an ellipsis. */
export function cutTo(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** A text in lines of at most 100 columns that all begin `by` columns in; a word that is longer is broken. */
export function indented(text: string, by: number): string {
  const lines = text.match(new RegExp(`\\S{${WIDTH - by}}|\\S.{0,${WIDTH - by - 1}}(?=\\s|$)`, 'g')) ?? [];
  return lines.map(line => ' '.repeat(by) + line).join('\n');
}
