import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { Block, ViewBlock } from './blocks.ts';
import type { ActionElement, InputElement } from './elements.ts';
import { type Names, textHtml } from './mrkdwn.ts';
import type { OpenView } from './views.ts';

/** Where the forms of one message go, and what they say of it. Without it nothing can be pressed. */
export type Pressing = { action: string; channel: string; ts: string };

const hidden = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');

const kindOf = (style: string | undefined): string => `button ${style ?? ''}`.trim();

/** A question before the press: the button opens it, and the press is in it. */
const asked = (element: ActionElement, label: string, kind: string, form: string): string => {
  const { confirm } = element;
  if (!confirm) return form;
  const words = `<b>${escapeHtml(confirm.title.text)}</b><p>${escapeHtml(confirm.text.text)}</p>`;
  return `<details class="confirm"><summary class="${kind}">${label}</summary><div class="question">${words}${form}</div></details>`;
};

const pressable = (element: ActionElement, names: Names, pressing: Pressing): string => {
  const fields = hidden({ channel: pressing.channel, ts: pressing.ts, action: element.action_id ?? '' });
  const form = (inside: string) => `<form method="post" action="${pressing.action}">${fields}${inside}</form>`;
  if (element.type === 'button') {
    const label = textHtml(element.text, names);
    const kind = kindOf(element.style);
    const inside = element.confirm ? textHtml(element.confirm.confirm, names) : label;
    const hint = element.accessibility_label ? ` aria-label="${escapeHtml(element.accessibility_label)}"` : '';
    return asked(element, label, kind, form(`<button class="${kind}"${hint}>${inside}</button>`));
  }
  if (element.type === 'datepicker')
    return form(`<input type="date" name="option" aria-label="Date"><button class="button">Choose</button>`);
  const label = element.type === 'static_select' ? (element.placeholder?.text ?? 'Choose') : 'More';
  const options = element.options.map(
    option => `<option value="${escapeHtml(option.value)}">${escapeHtml(option.text.text)}</option>`,
  );
  return form(
    `<span class="menu"><select name="option" aria-label="${escapeHtml(label)}" required><option value="">${escapeHtml(label)}</option>${options.join('')}</select><button class="button">Go</button></span>`,
  );
};

const element = (item: ActionElement, names: Names, pressing: Pressing | undefined): string => {
  if (item.type === 'button' && item.url && /^https?:/i.test(item.url))
    return `<a class="${kindOf(item.style)}" href="${escapeHtml(item.url)}" rel="noreferrer">${textHtml(item.text, names)}</a>`;
  if (pressing && item.action_id) return pressable(item, names, pressing);
  return `<span class="button">${item.type === 'button' ? textHtml(item.text, names) : escapeHtml(item.type)}</span>`;
};

export const blockHtml = (block: Block, names: Names, pressing?: Pressing): string => {
  if (block.type === 'header') return `<div class="headline">${textHtml(block.text, names)}</div>`;
  if (block.type === 'divider') return '<hr>';
  if (block.type === 'section') {
    const fields = block.fields?.map(field => `<div>${textHtml(field, names)}</div>`).join('');
    const { accessory } = block;
    const beside = accessory && accessory.type !== 'image' ? element(accessory, names, pressing) : '';
    return `${block.text ? `<div class="text">${textHtml(block.text, names)}</div>` : ''}${fields ? `<div class="fields">${fields}</div>` : ''}${beside}`;
  }
  if (block.type === 'actions')
    return `<div class="actions">${block.elements.map(item => element(item, names, pressing)).join('')}</div>`;
  if (block.type === 'context')
    return `<div class="context">${block.elements.map(item => ('text' in item ? textHtml(item, names) : escapeHtml(item.alt_text))).join(' ')}</div>`;
  if (block.type === 'image') return `<p class="context">[${escapeHtml(block.alt_text)}]</p>`;
  if (block.type === 'markdown') return `<div class="text">${escapeHtml(block.text).replace(/\n/g, '<br>')}</div>`;
  return '<p class="context">[rich text]</p>';
};

const control = (item: InputElement, typed: string | undefined, attributes: string): string => {
  if (item.type === 'datepicker')
    return `<input type="date" ${attributes} value="${escapeHtml(typed ?? item.initial_date ?? '')}">`;
  if (item.type === 'static_select')
    return `<select ${attributes}>${item.options.map(option => `<option value="${escapeHtml(option.value)}"${option.value === (typed ?? item.initial_option?.value) ? ' selected' : ''}>${escapeHtml(option.text.text)}</option>`).join('')}</select>`;
  const max = item.max_length ? ` maxlength="${item.max_length}"` : '';
  return item.multiline
    ? `<textarea ${attributes}${max}>${escapeHtml(typed ?? item.initial_value ?? '')}</textarea>`
    : `<input type="text" ${attributes}${max} value="${escapeHtml(typed ?? item.initial_value ?? '')}">`;
};

const field = (block: Extract<ViewBlock, { type: 'input' }>, { errors, typed }: OpenView): string => {
  const error = errors[block.block_id ?? ''];
  const id = escapeHtml(block.block_id ?? '');
  const described = error ? ` aria-invalid="true" aria-describedby="${id}-error"` : '';
  const attributes = `id="${id}" name="${id}"${block.optional ? '' : ' required'}${described}`;
  const optional = block.optional ? ' <small>(optional)</small>' : '';
  const wrong = error ? `<p class="wrong" id="${id}-error" role="alert">${escapeHtml(error)}</p>` : '';
  return `<div class="field"><label for="${id}">${escapeHtml(block.label.text)}${optional}</label>${control(block.element, typed[block.block_id ?? ''], attributes)}${wrong}</div>`;
};

/** An open modal with a form that works. `paths` are where it is sent and closed. */
export const viewHtml = (open: OpenView, names: Names, paths: { submit: string; close: string }): string => {
  const { view, trouble, id } = open;
  const body = view.blocks
    .map(block => (block.type === 'input' ? field(block, open) : blockHtml(block, names)))
    .join('');
  const said = trouble ? `<p class="wrong" role="alert">${escapeHtml(trouble)}</p>` : '';
  const send = view.submit ? `<button class="button primary">${escapeHtml(view.submit.text)}</button>` : '';
  const title = escapeHtml(view.title.text);
  return `<div class="modal" role="dialog" aria-label="${title}"><h3>${title} <small>open for ${escapeHtml(names(open.user) ?? open.user)}</small></h3>${said}<form method="post" action="${paths.submit}">${hidden({ view: id })}${body}<div class="foot">${send}<button class="button" formaction="${paths.close}" formnovalidate>${escapeHtml(view.close?.text ?? 'Cancel')}</button></div></form></div>`;
};
