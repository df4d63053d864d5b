import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { BlockText } from './blocks.ts';

export type Names = (id: string) => string | undefined;

const link = (url: string, label: string): string =>
  /^(https?:|mailto:)/i.test(url) ? `<a href="${url}" rel="noreferrer">${label}</a>` : label;

/** `<!date^seconds^format|words>`: the sandbox shows the words, as Slack does where it cannot say the time. */
const date = (_: string, seconds: string, words: string): string =>
  `<time datetime="${new Date(Number(seconds) * 1000).toISOString()}">${words}</time>`;

/** Slack's mrkdwn as HTML. Everything is escaped first, so that the marks below meet no foreign markup. */
export const mrkdwn = (text: string, nameOf: Names): string => {
  // The sender has escaped &, < and > already: a second time would show the entities.
  const plain = text.replace(
    /&(amp|lt|gt);/g,
    (_, name: string) => ({ amp: '&', lt: '\u0001', gt: '\u0002' })[name] ?? '',
  );
  return escapeHtml(plain)
    .replace(/&lt;!date\^(\d{1,11})\^[^|]*\|(.*?)&gt;/g, date)
    .replace(/&lt;@(\w+)(?:\|[^&]*)?&gt;/g, (_, id: string) => `<b>@${escapeHtml(nameOf(id) ?? id)}</b>`)
    .replace(/&lt;!(here|channel|everyone)(?:\|[^&]*)?&gt;/g, '<b>@$1</b>')
    .replace(/&lt;([^|\s]+?)\|(.+?)&gt;/g, (_, url: string, label: string) => link(url, label))
    .replace(/&lt;((?:https?:|mailto:)\S+?)&gt;/g, (_, url: string) => link(url, url))
    .replace(/```([\s\S]+?)```/g, '<code>$1</code>')
    .replace(/`([^`\n]+)`/g, '<code>$1</code>')
    .replace(/(^|[\s(])\*([^*\n]+)\*(?=$|[\s).,:;!?])/gm, '$1<b>$2</b>')
    .replace(/(^|[\s(])_([^_\n]+)_(?=$|[\s).,:;!?])/gm, '$1<i>$2</i>')
    .replace(/^&gt; ?(.*)$/gm, '<blockquote>$1</blockquote>')
    .replaceAll('\u0001', '&lt;')
    .replaceAll('\u0002', '&gt;')
    .replace(/<\/blockquote>\n/g, '</blockquote>')
    .replace(/\n/g, '<br>');
};

export const textHtml = (text: BlockText, names: Names): string =>
  text.type === 'mrkdwn' ? mrkdwn(text.text, names) : escapeHtml(text.text).replace(/\n/g, '<br>');
