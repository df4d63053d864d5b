export const DESCRIPTION_MAX = 32_000;
export const SUBJECT_MAX = 255;
const cutNote = (most: number) =>
  `[The text was cut here: this Salesforce description holds ${most.toLocaleString('en')} characters.]`;

/** The last line of a description, by which a lost answer is settled. */
const stepLine = (stepKey: string): string => `Baton step ${stepKey}`;

/** The step on the last line of a description; undefined where the last line is another one. */
export function stepIn(description: unknown): string | undefined {
  if (typeof description !== 'string') return undefined;
  const last = description
    .trimEnd()
    .split(/\r\n|\r|\n/)
    .at(-1);
  return last?.startsWith(stepLine('')) ? last.slice(stepLine('').length) : undefined;
}

/** The text and, on the last line, the step key, within `most` characters. A text that does not fit is cut and says so. */
export function describe(text: string, stepKey: string, most = DESCRIPTION_MAX): string {
  const end = stepLine(stepKey);
  if (!text.trim()) return end;
  const whole = `${text.trimEnd()}\n\n${end}`;
  if (whole.length <= most) return whole;
  const tail = `\n${cutNote(most)}\n\n${end}`;
  return cut(text, Math.max(0, most - tail.length)) + tail;
}

/** A line more in a description, above the line of the step that wrote it. Unchanged where the line is there already. */
export function withLine(description: string, line: string): string {
  const lines = description.trimEnd().split(/\r\n|\r|\n/);
  if (lines.includes(line)) return description;
  const end = lines.at(-1)?.startsWith('Baton step ') ? lines.splice(-1) : [];
  return [lines.join('\n').trimEnd(), line, ...end].filter(Boolean).join('\n\n');
}

/** The subject as one line within 255 characters; a longer one ends in an ellipsis. */
export function subjectLine(subject: string): string {
  const line = subject.replace(/\s+/g, ' ').trim();
  return line.length <= SUBJECT_MAX ? line : `${cut(line, SUBJECT_MAX - 1)}…`;
}

/** The first `length` UTF-16 units, never half of a surrogate pair. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
