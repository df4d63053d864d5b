import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import { type Element, elementsIn } from './cards.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const isWeb = (url: unknown): url is string => typeof url === 'string' && /^https?:/i.test(url);
const styles = new Set(['good', 'warning', 'attention', 'accent', 'emphasis']);

/** Dates as a card writes them, in UTC: a browser without a script knows no other zone. */
const dated = (value: string): string =>
  value
    .replace(/\{\{DATE\(([^,)]+)(?:,\s*\w+)?\)\}\}/g, (_all, at: string) => at.trim().slice(0, 10))
    .replace(/\{\{TIME\(([^)]+)\)\}\}/g, (_all, at: string) => `${at.trim().slice(11, 16)} UTC`);

/** The little Markdown that a text block knows. */
const markdown = (value: string): string =>
  escapeHtml(dated(value))
    .replace(/\[([^\]]+)\]\((https?:[^\s)]+)\)/g, '<a href="$2" rel="noreferrer">$1</a>')
    .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>')
    .replace(/\n/g, '<br>');

const look = ({ weight, isSubtle, size }: Element): string =>
  [weight === 'Bolder' && 'bold', isSubtle === true && 'subtle', size === 'Large' && 'large'].filter(Boolean).join(' ');

function run(item: Element | string): string {
  if (typeof item === 'string') return escapeHtml(item);
  const words = `<span class="${look(item)}">${escapeHtml(item.text)}</span>`;
  const { url } = (item.selectAction ?? {}) as { url?: unknown };
  return isWeb(url) ? `<a href="${escapeHtml(url)}" rel="noreferrer">${words}</a>` : words;
}

function input(item: Element): string {
  const name = escapeHtml(item.id);
  const label = `<span class="subtle">${escapeHtml(item.label)}</span>`;
  const required = item.isRequired === true ? ' required' : '';
  if (item.type === 'Input.ChoiceSet') {
    const options = elementsIn(item.choices).map(
      ({ title, value }) =>
        `<option value="${escapeHtml(value)}"${value === item.value ? ' selected' : ''}>${escapeHtml(title)}</option>`,
    );
    return `<label>${label}<select name="${name}">${options.join('')}</select></label>`;
  }
  const type = item.type === 'Input.Date' ? 'date' : 'text';
  return `<label>${label}<input type="${type}" name="${name}" value="${escapeHtml(item.value)}"${required}></label>`;
}

function element(item: Element): string {
  const type = text(item.type);
  if (type === 'TextBlock') return `<div class="${look(item)}">${markdown(text(item.text))}</div>`;
  if (type === 'RichTextBlock')
    return `<div>${(Array.isArray(item.inlines) ? item.inlines : []).map(run).join('')}</div>`;
  if (type === 'Container') {
    const style = styles.has(text(item.style)) ? text(item.style) : '';
    return `<div class="box ${style}${item.separator === true ? ' apart' : ''}">${body(item.items)}</div>`;
  }
  if (type === 'ColumnSet')
    return `<div class="columns">${elementsIn(item.columns)
      .map(column => `<div>${body(column.items)}</div>`)
      .join('')}</div>`;
  if (type === 'FactSet')
    return elementsIn(item.facts)
      .map(({ title, value }) => `<div><b>${escapeHtml(title)}</b> ${markdown(text(value))}</div>`)
      .join('');
  return type.startsWith('Input.') ? input(item) : `<div class="subtle">[${escapeHtml(type)}]</div>`;
}

const body = (items: unknown): string => elementsIn(items).map(element).join('');

function button(action: Element, messageId: string, inputs: string): string {
  const title = escapeHtml(action.title);
  if (action.type === 'Action.OpenUrl')
    return isWeb(action.url) ? `<a class="press" href="${escapeHtml(action.url)}" rel="noreferrer">${title}</a>` : '';
  if (action.type === 'Action.ShowCard') {
    const { body: items, actions } = (action.card ?? {}) as Element;
    return `<details><summary class="press">${title}</summary>${buttons(actions, messageId, body(items))}</details>`;
  }
  const style = action.style === 'positive' || action.style === 'destructive' ? ` ${action.style}` : '';
  return `<form method="post" action="/teams/page/press"><input type="hidden" name="message" value="${escapeHtml(messageId)}"><input type="hidden" name="button" value="${title}">${inputs}<button class="press${style}">${title}</button></form>`;
}

const buttons = (actions: unknown, messageId: string, inputs = ''): string =>
  elementsIn(actions)
    .map(action => button(action, messageId, inputs))
    .join('');

/** A card as a person sees it, with buttons that press. Everything in it is escaped. */
export const cardHtml = (card: Element, messageId: string): string =>
  `<div class="card">${body(card.body)}<div class="actions">${buttons(card.actions, messageId)}</div></div>`;
