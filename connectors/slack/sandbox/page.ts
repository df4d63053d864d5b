import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import { mrkdwn, type Names } from './mrkdwn.ts';
import { blockHtml, viewHtml } from './page-parts.ts';
import type { User } from './seed.ts';
import type { Views } from './views.ts';
import type { Message, Private, Workspace } from './workspace.ts';

export const css = `
.slack .sheet > h3 { margin: 0; padding: 12px 18px; font-size: 15px; border-bottom: 1px solid var(--line); background: var(--soft) }
.slack .message { display: flex; gap: 12px; padding: 14px 18px; border-bottom: 1px solid var(--line) } .slack .message:last-child { border-bottom: 0 }
.slack .face { flex: none; width: 36px; height: 36px; border-radius: 6px; background: var(--accent); color: var(--sheet); display: grid; place-items: center; font-weight: 700 }
.slack .body { min-width: 0; flex: 1; overflow-wrap: anywhere } .slack .name { font-weight: 700 } .slack .app { font-size: 11px; padding: 0 4px; border-radius: 3px; background: var(--line) }
.slack .name ~ time { color: var(--quiet); font-size: 12px } .slack .text { margin: 4px 0 } .slack .headline { margin: 4px 0; font-size: 17px; font-weight: 700 }
.slack .fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 6px 18px; margin: 6px 0 }
.slack .context { margin: 4px 0; color: var(--quiet); font-size: 13px } .slack hr { border: 0; border-top: 1px solid var(--line); margin: 8px 0 }
.slack .actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; align-items: flex-start } .slack form { margin: 0 }
.slack .button { display: inline-block; font: inherit; font-weight: 600; border: 1px solid var(--line); border-radius: 5px; padding: 4px 12px; text-decoration: none; color: var(--ink); background: var(--sheet); cursor: pointer }
.slack .primary { background: #0b6b52; border-color: #0b6b52; color: #fff } .slack .danger { background: #b71d38; border-color: #b71d38; color: #fff }
.slack .menu { display: inline-flex; gap: 4px } .slack select, .slack input, .slack textarea { font: inherit; color: var(--ink); background: var(--sheet); border: 1px solid var(--line); border-radius: 5px; padding: 4px 8px; max-width: 100% }
.slack summary.button { list-style: none } .slack summary.button::-webkit-details-marker { display: none } .slack .question { border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; margin-top: 6px; max-width: 340px } .slack .question p { margin: 4px 0 8px }
.slack blockquote { margin: 4px 0; padding-left: 12px; border-left: 4px solid var(--line) }
.slack .private { background: var(--soft) } .slack .private > .body > .eye { color: var(--quiet); font-size: 12px }
.slack .desk { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: end; padding: 12px 18px } .slack .desk form { display: flex; gap: 6px; align-items: end; flex-wrap: wrap } .slack .desk label { display: grid; font-size: 12px; color: var(--quiet) }
.slack .modal { border: 1px solid var(--line); border-radius: 10px; background: var(--sheet); padding: 14px 20px 18px; margin: 0 auto 14px; max-width: 520px; box-shadow: 0 6px 24px rgb(0 0 0 / .18) } .slack .modal h3 { margin: 0 0 10px; font-size: 17px } .slack .modal small { color: var(--quiet); font-weight: 400; font-size: 12px }
.slack .field { display: grid; gap: 4px; margin: 0 0 12px } .slack .field label { font-weight: 600 } .slack .wrong { color: light-dark(#b71d38, #ff9aa8); margin: 0; font-weight: 600 } .slack .foot { display: flex; gap: 8px; justify-content: flex-end; margin-top: 14px; flex-direction: row-reverse }
`;

const message = (content: Message | Private, names: Names, body: string, more = { kind: '', before: '' }): string => {
  const at = new Date(Number(content.ts) * 1000).toISOString();
  const edited = 'edited' in content && content.edited ? ' (edited)' : '';
  return `<article class="message ${more.kind}"><div class="face" aria-hidden="true">B</div><div class="body">${more.before}<span class="name">Baton</span> <span class="app">APP</span> <time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC${edited}</time>${body || `<div class="text">${mrkdwn(content.text, names)}</div>`}</div></article>`;
};

type Shown = { workspace: Workspace; views: Views; acting: User; base: string };

/** Every channel and direct conversation that holds a message (the newest 100 of each), what people have open, and who presses. */
export const page = ({ workspace, views, acting, base }: Shown): string => {
  const names: Names = id => workspace.user(id)?.realName;
  const places = [
    ...workspace.channels().map(channel => ({ id: channel.id, title: `# ${channel.name}` })),
    ...workspace
      .directs()
      .map(direct => ({ id: direct.id, title: `Direct message to ${names(direct.user) ?? direct.user}` })),
  ];
  const sheets = places.flatMap(({ id, title }) => {
    const sent = workspace.messages(id).map(each => ({
      ts: each.ts,
      html: message(each, names, blocksOf(each, names, { action: `${base}/page/press`, channel: id, ts: each.ts })),
    }));
    const privates = workspace.privates().filter(each => each.place === id);
    const told = privates.map(each => ({ ts: each.ts, html: privateHtml(each, names) }));
    const shown = [...sent, ...told].sort((a, b) => Number(b.ts) - Number(a.ts)).slice(0, 100);
    if (shown.length === 0) return [];
    return [`<div class="sheet"><h3>${escapeHtml(title)}</h3>${shown.map(({ html }) => html).join('')}</div>`];
  });
  const open = views
    .all()
    .map(view => viewHtml(view, names, { submit: `${base}/page/submit`, close: `${base}/page/close` }));
  const arrived = sheets.join('') || '<div class="sheet empty">No message has arrived yet.</div>';
  return `<div class="slack">${desk(workspace, acting, base)}${open.join('')}${arrived}</div>`;
};

const blocksOf = (content: Message, names: Names, pressing: { action: string; channel: string; ts: string }): string =>
  (content.blocks ?? []).map(block => blockHtml(block, names, pressing)).join('');

const privateHtml = (content: Private, names: Names): string => {
  const body = (content.blocks ?? []).map(block => blockHtml(block, names)).join('');
  const who = escapeHtml(names(content.user) ?? content.user);
  return message(content, names, body, { kind: 'private', before: `<div class="eye">Only visible to ${who}</div>` });
};

/** Who presses the buttons, and the slash command. */
const desk = (workspace: Workspace, acting: User, base: string): string => {
  const people = workspace
    .users()
    .filter(user => !user.deleted)
    .map(
      user =>
        `<option value="${user.id}"${user.id === acting.id ? ' selected' : ''}>${escapeHtml(user.realName)}</option>`,
    );
  return `<div class="sheet desk"><form method="post" action="${base}/page/user"><label>You are<select name="user">${people.join('')}</select></label><button class="button">Change</button></form><form method="post" action="${base}/page/command"><label>Slash command in #inbound<span class="menu"><input value="/baton" size="6" readonly aria-label="Command"><input name="text" placeholder="help, alerts, mine, status" aria-label="What the command is to do"></span></label><button class="button">Send</button></form></div>`;
};
