import { stepMark } from './step-mark.ts';

/** What HubSpot's note bodies hold. */
export const NOTE_MAX = 65_536;
/** A timeline event holds a megabyte in all. */
export const TRANSCRIPT_MAX = 100_000;
const CUT = '[The text was cut here.]';

export type ConversationText = { title: string; url?: string; transcript?: string };

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '<br>',
  '\r': '',
};
const escaped = (text: string): string => text.replace(/[&<>"\r\n]/g, letter => entities[letter] ?? letter);

/** Only web addresses become links: the address may be a visitor's word. */
export const isWebAddress = (url: string | undefined): url is string => /^https?:\/\/\S+$/i.test(url ?? '');

/** A note's body in HTML, with the step's mark as its last line; `cut` where the transcript did not fit. */
export function noteBody(
  { title, url, transcript = '' }: ConversationText,
  stepKey: string,
): { body: string; cut: boolean } {
  const link = isWebAddress(url) ? `<p><a href="${escaped(url)}">Open the conversation</a></p>` : '';
  const head = `<p><strong>${escaped(title)}</strong></p>${link}`;
  const tail = `<p>${escaped(stepMark(stepKey))}</p>`;
  const room = NOTE_MAX - head.length - tail.length - '<p></p>'.length;
  const whole = escaped(transcript.trim());
  if (whole.length <= room) return { body: `${head}${whole && `<p>${whole}</p>`}${tail}`, cut: false };
  return {
    body: `${head}<p>${fitting(transcript.trim(), room - `<br>${CUT}`.length)}<br>${CUT}</p>${tail}`,
    cut: true,
  };
}

/** The beginning of a text, escaped, within so many characters; never half of an entity or of a surrogate pair. */
function fitting(text: string, room: number): string {
  const parts: string[] = [];
  let left = room;
  for (const letter of text) {
    const part = escaped(letter);
    if (part.length > left) break;
    left -= part.length;
    parts.push(part);
  }
  return parts.join('');
}

/** A transcript within what an event holds. */
export function shortened(transcript: string): { text: string; cut: boolean } {
  if (transcript.length <= TRANSCRIPT_MAX) return { text: transcript, cut: false };
  const beginning = transcript.slice(0, TRANSCRIPT_MAX - CUT.length - 1).replace(/[\uD800-\uDBFF]$/, '');
  return { text: `${beginning}\n${CUT}`, cut: true };
}
