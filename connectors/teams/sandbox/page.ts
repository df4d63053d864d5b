import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import { cardHtml } from './card-html.ts';
import { people } from './seed.ts';
import { cardOf, type Message, type Store } from './store.ts';

export const css = `
.teams .sheet > h3 { margin: 0; padding: 12px 18px; font-size: 15px; border-bottom: 1px solid var(--line); background: var(--soft) }
.teams .message { padding: 14px 18px; border-bottom: 1px solid var(--line) } .teams .message:last-child { border-bottom: 0 }
.teams .who { font-weight: 600 } .teams time, .teams .subtle { color: var(--quiet) } .teams time { font-size: 12px }
.teams .card { border: 1px solid var(--line); border-radius: 8px; margin-top: 8px; padding: 12px 14px; max-width: 620px; overflow-wrap: anywhere; display: grid; gap: 6px }
.teams .bold { font-weight: 600 } .teams .large { font-size: 18px } .teams .apart { border-top: 1px solid var(--line); padding-top: 6px }
.teams .box.good, .teams .box.warning, .teams .box.attention, .teams .box.accent, .teams .box.emphasis { margin: -12px -14px 0; padding: 8px 14px; border-radius: 8px 8px 0 0; background: var(--soft); border-left: 4px solid var(--accent) }
.teams .box.good { border-left-color: #2f9e57 } .teams .box.warning { border-left-color: #c98a12 } .teams .box.emphasis { border-left-color: var(--quiet) }
.teams .columns { display: flex; gap: 8px; flex-wrap: wrap; align-items: baseline }
.teams .actions { display: flex; gap: 8px; flex-wrap: wrap; align-items: start; margin-top: 4px } .teams form { margin: 0; display: inline-grid; gap: 8px }
.teams .press { font: inherit; font-size: 14px; padding: 5px 14px; border: 1px solid var(--line); border-radius: 6px; background: var(--sheet); color: inherit; cursor: pointer; text-decoration: none; display: inline-block; list-style: none }
.teams .press.positive { background: #2b66c4; border-color: #2b66c4; color: #fff } .teams .press.destructive { border-color: light-dark(#c23b3b, #ff8f8f); color: light-dark(#c23b3b, #ff8f8f) }
.teams details[open] { border: 1px solid var(--line); border-radius: 8px; padding: 8px } .teams details form { margin-top: 8px }
.teams label { display: grid; gap: 2px } .teams input, .teams select { font: inherit; padding: 5px 8px; border: 1px solid var(--line); border-radius: 6px; background: var(--ground); color: inherit }
.teams .notice { margin-top: 8px; padding: 6px 10px; border-radius: 6px; background: var(--soft) }
.teams .tools { display: flex; flex-wrap: wrap; gap: 14px; padding: 12px 18px; align-items: end }
`;

const NEWEST = 100;

type Shown = { store: Store; acting: string };

function messageHtml(message: Message, acting: string): string {
  const at = new Date(message.sentAt).toISOString();
  const { card = cardOf(message), notice } = message.shownTo.get(acting) ?? {};
  const words = typeof message.activity.text === 'string' ? message.activity.text : '';
  const shown = card ? cardHtml(card, message.id) : `<div>${escapeHtml(words).replace(/\n/g, '<br>')}</div>`;
  const edited = message.updates > 0 ? ' (edited)' : '';
  return `<article class="message"><span class="who">${escapeHtml(message.from?.name ?? 'Baton')}</span> <time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC${edited}</time>${shown}${notice ? `<div class="notice" role="status">${escapeHtml(notice)}</div>` : ''}</article>`;
}

const install = (field: 'team' | 'user', value: string, name: string, there: boolean): string =>
  `<form method="post" action="/teams/page/${there ? 'remove' : 'install'}"><input type="hidden" name="${field}" value="${escapeHtml(value)}"><button class="press">${there ? 'Remove from' : 'Install in'} ${escapeHtml(name)}</button></form>`;

function tools({ store, acting }: Shown): string {
  const options = people.map(
    ({ id, name }) =>
      `<option value="${escapeHtml(id)}"${id === acting ? ' selected' : ''}>${escapeHtml(name)}</option>`,
  );
  const person = people.find(({ id }) => id === acting);
  return `<div class="sheet"><h3>The app in this tenant</h3><div class="tools">
<form method="post" action="/teams/page/user"><label>You are<select name="user">${options.join('')}</select></label><button class="press">Be this person</button></form>
<form method="post" action="/teams/page/say"><label>Write to Baton<input name="text" value="help"></label><button class="press">Send</button></form>
${store
  .teams()
  .map(({ id, name }) => install('team', id, name, store.inTeams.has(id)))
  .join('')}
${person ? install('user', person.id, `${person.name}’s chats`, store.withPeople.has(person.id)) : ''}</div></div>`;
}

/** Every channel and personal chat that holds a message, the newest ones of each first, as the chosen person sees them. */
export function page({ store, acting }: Shown): string {
  const sheets = store.places().flatMap(({ id, title }) => {
    const messages = store
      .messages()
      .filter(({ conversationId }) => conversationId === id)
      .slice(-NEWEST)
      .reverse();
    if (messages.length === 0) return [];
    return [
      `<div class="sheet"><h3>${escapeHtml(title)}</h3>${messages.map(each => messageHtml(each, acting)).join('')}</div>`,
    ];
  });
  const shown = sheets.length > 0 ? sheets.join('') : '<div class="sheet empty">No message has arrived yet.</div>';
  return `<div class="teams">${tools({ store, acting })}${shown}</div>`;
}
