import type { types } from '@slack/bolt';
import type { StepFacts } from '../../src/sdk/index.ts';

const HEADER_MAX = 150;
const SECTION_MAX = 3000;
const PLAIN_MAX = 2000;
const CUT = '… (cut)';

/** Takes Slack's three control characters out of a text, so that nothing in it becomes a link or a mention. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The text within `max` UTF-16 units; a longer one says that it was cut, and no character or escape is cut in half. */
function within(text: string, max: number, mark = '…'): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max - mark.length).replace(/[\uD800-\uDBFF]$|&[a-z]{0,3}$/, '');
  return `${head}${mark}`;
}

/**
 * An alert as Block Kit: header, message, who it is about, and a link to the conversation where its address is known. `text` is what
 * a phone's notification shows. `cut` says whether the message was too long for Slack.
 */
export function alertMessage(input: { title?: string; message: string }, facts: StepFacts) {
  const title = within((input.title?.trim() || facts.workflow.name).replace(/\s+/g, ' '), HEADER_MAX);
  const message = escaped(input.message);
  const blocks: types.KnownBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: title } },
    { type: 'section', text: { type: 'mrkdwn', text: within(message, SECTION_MAX, CUT) } },
  ];
  const who = whoLine(facts.visitor);
  if (who) blocks.push({ type: 'context', elements: [{ type: 'plain_text', text: within(who, PLAIN_MAX) }] });
  const link = linkTo(facts.conversation?.url);
  if (link) blocks.push({ type: 'section', text: { type: 'mrkdwn', text: `<${link}|Open the conversation>` } });
  return {
    text: within(`${escaped(title)}: ${message}`, SECTION_MAX, CUT),
    blocks,
    cut: message.length > SECTION_MAX,
  };
}

function whoLine({ email, fields }: StepFacts['visitor']): string {
  const name = [fields.first_name, fields.last_name].filter(part => typeof part === 'string').join(' ');
  return [name, fields.company, email]
    .filter(part => typeof part === 'string')
    .map(part => part.trim())
    .filter(Boolean)
    .join(' · ');
}

/** The address as Slack's link syntax can carry it; undefined for anything but http(s), and where it is too long to be clickable. */
function linkTo(address: string | undefined): string | undefined {
  const url = address ? URL.parse(address) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  const link = escaped(url.href.replaceAll('|', '%7C').replaceAll('<', '%3C').replaceAll('>', '%3E'));
  return link.length <= SECTION_MAX - 100 ? link : undefined;
}
