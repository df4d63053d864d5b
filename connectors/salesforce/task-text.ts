const DESCRIPTION_MAX = 32_000;
const SUBJECT_MAX = 255;
const CUT = '[The text was cut here: a Salesforce description holds 32,000 characters.]';

/** The last line of a task's description, by which a lost answer is settled. */
const stepLine = (stepKey: string): string => `Baton step ${stepKey}`;

/** True where the description ends with the line of exactly this step. */
export function endsWithStep(description: unknown, stepKey: string): boolean {
  return (
    typeof description === 'string' &&
    description
      .trimEnd()
      .split(/\r\n|\r|\n/)
      .at(-1) === stepLine(stepKey)
  );
}

/** The text and, on the last line, the step key, within Salesforce's 32,000 characters. A text that does not fit is cut and says so. */
export function describe(text: string, stepKey: string): string {
  const end = stepLine(stepKey);
  if (!text.trim()) return end;
  const whole = `${text.trimEnd()}\n\n${end}`;
  if (whole.length <= DESCRIPTION_MAX) return whole;
  const tail = `\n${CUT}\n\n${end}`;
  return cut(text, DESCRIPTION_MAX - tail.length) + tail;
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
