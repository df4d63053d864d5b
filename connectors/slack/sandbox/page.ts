import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { Block, BlockText } from './blocks.ts';
import type { Message, Workspace } from './workspace.ts';

export const css = `
.slack .sheet > h3 { margin: 0; padding: 12px 18px; font-size: 15px; border-bottom: 1px solid var(--line); background: var(--soft) }
.slack .message { display: flex; gap: 12px; padding: 14px 18px; border-bottom: 1px solid var(--line) } .slack .message:last-child { border-bottom: 0 }
.slack .face { flex: none; width: 36px; height: 36px; border-radius: 6px; background: var(--accent); color: var(--sheet); display: grid; place-items: center; font-weight: 700 }
.slack .body { min-width: 0; flex: 1; overflow-wrap: anywhere } .slack .name { font-weight: 700 } .slack .app { font-size: 11px; padding: 0 4px; border-radius: 3px; background: var(--line) }
.slack time { color: var(--quiet); font-size: 12px } .slack .text { margin: 4px 0 } .slack .headline { margin: 4px 0; font-size: 17px; font-weight: 700 }
.slack .fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 6px 18px; margin: 6px 0 }
.slack .context { margin: 4px 0; color: var(--quiet); font-size: 13px } .slack hr { border: 0; border-top: 1px solid var(--line); margin: 8px 0 }
.slack .button { display: inline-block; border: 1px solid var(--line); border-radius: 5px; padding: 4px 12px; margin: 4px 8px 4px 0; font-weight: 600; text-decoration: none; color: var(--ink) }
.slack .primary { background: #148567; border-color: #148567; color: #fff } .slack .danger { background: #c9243f; border-color: #c9243f; color: #fff }
.slack blockquote { margin: 4px 0; padding-left: 12px; border-left: 4px solid var(--line) }
`;

const link = (url: string, label: string): string =>
  /^(https?:|mailto:)/i.test(url) ? `<a href="${url}" rel="noreferrer">${label}</a>` : label;

/** Slack's mrkdwn as HTML. Everything is escaped first, so that the marks below meet no foreign markup. */
export const mrkdwn = (text: string, nameOf: (id: string) => string | undefined): string => {
  // The sender has escaped &, < and > already: a second time would show the entities.
  const plain = text.replace(
    /&(amp|lt|gt);/g,
    (_, name: string) => ({ amp: '&', lt: '\u0001', gt: '\u0002' })[name] ?? '',
  );
  return escapeHtml(plain)
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
    .replace(/\n/g, '<br>');
};

type Names = (id: string) => string | undefined;
const textHtml = (text: BlockText, names: Names): string =>
  text.type === 'mrkdwn' ? mrkdwn(text.text, names) : escapeHtml(text.text).replace(/\n/g, '<br>');

const element = (item: { type: string; text?: BlockText; url?: string; style?: string }, names: Names): string => {
  if (item.type !== 'button' || !item.text) return `<span class="button">${escapeHtml(item.type)}</span>`;
  const label = textHtml(item.text, names);
  const kind = `button ${item.style === 'primary' || item.style === 'danger' ? item.style : ''}`.trim();
  return item.url && /^https?:/i.test(item.url)
    ? `<a class="${kind}" href="${escapeHtml(item.url)}" rel="noreferrer">${label}</a>`
    : `<span class="${kind}">${label}</span>`;
};

const blockHtml = (block: Block, names: Names): string => {
  if (block.type === 'header') return `<div class="headline">${textHtml(block.text, names)}</div>`;
  if (block.type === 'divider') return '<hr>';
  if (block.type === 'section') {
    const fields = block.fields?.map(field => `<div>${textHtml(field, names)}</div>`).join('');
    const accessory = block.accessory ? element(block.accessory as Parameters<typeof element>[0], names) : '';
    return `${block.text ? `<div class="text">${textHtml(block.text, names)}</div>` : ''}${fields ? `<div class="fields">${fields}</div>` : ''}${accessory}`;
  }
  if (block.type === 'actions')
    return `<div>${block.elements.map(item => element(item as Parameters<typeof element>[0], names)).join('')}</div>`;
  if (block.type === 'context')
    return `<div class="context">${block.elements.map(item => ('text' in item ? textHtml(item, names) : escapeHtml(item.alt_text))).join(' ')}</div>`;
  if (block.type === 'image') return `<p class="context">[${escapeHtml(block.alt_text)}]</p>`;
  if (block.type === 'markdown') return `<div class="text">${escapeHtml(block.text).replace(/\n/g, '<br>')}</div>`;
  return '<p class="context">[rich text]</p>';
};

const messageHtml = (message: Message, names: Names): string => {
  const at = new Date(Number(message.ts) * 1000).toISOString();
  const body = message.blocks?.length
    ? message.blocks.map(block => blockHtml(block, names)).join('')
    : `<div class="text">${mrkdwn(message.text, names)}</div>`;
  return `<article class="message"><div class="face" aria-hidden="true">B</div><div class="body"><span class="name">Baton</span> <span class="app">APP</span> <time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC${message.edited ? ' (edited)' : ''}</time>${body}</div></article>`;
};

/** Every channel and direct conversation that holds a message, the newest 100 messages of each. */
export const page = (workspace: Workspace): string => {
  const names: Names = id => workspace.user(id)?.realName;
  const places = [
    ...workspace.channels().map(channel => ({ id: channel.id, title: `# ${channel.name}` })),
    ...workspace
      .directs()
      .map(direct => ({ id: direct.id, title: `Direct message to ${names(direct.user) ?? direct.user}` })),
  ];
  const sheets = places.flatMap(({ id, title }) => {
    const messages = workspace.messages(id).slice(-100).reverse();
    if (messages.length === 0) return [];
    return [
      `<div class="sheet"><h3>${escapeHtml(title)}</h3>${messages.map(message => messageHtml(message, names)).join('')}</div>`,
    ];
  });
  return sheets.length > 0
    ? `<div class="slack">${sheets.join('')}</div>`
    : '<div class="sheet empty">No message has arrived yet.</div>';
};
