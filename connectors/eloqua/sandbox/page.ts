import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import { type Contact, fields } from './seed.ts';
import type { Store } from './store.ts';

export const css = `
.eloqua h3 { font-size: 14px; margin: 14px 0 6px; color: var(--quiet) } .eloqua h3 small { font-weight: 400 }
.eloqua .wide { overflow-x: auto } .eloqua table { border-collapse: collapse; width: 100%; font-size: 13px }
.eloqua th { text-align: left; font-weight: 600; color: var(--quiet); background: var(--soft); white-space: nowrap }
.eloqua th, .eloqua td { padding: 8px 18px; border-bottom: 1px solid var(--line); vertical-align: top } .eloqua tr:last-child td { border-bottom: 0 }
.eloqua .more { color: var(--quiet); overflow-wrap: anywhere }
.eloqua .list { padding: 12px 18px; border-bottom: 1px solid var(--line) } .eloqua .list:last-child { border-bottom: 0 } .eloqua .list p { margin: 2px 0 0; color: var(--quiet); overflow-wrap: anywhere }
`;

const apart = new Set(['emailAddress', 'firstName', 'lastName', 'accountName', 'title', 'isBounceback']);

/** A field's value as a person reads it: days as days, choices with commas. */
const readable = (id: string, value: string): string => {
  const field = fields.find(each => each.id === id);
  const shown =
    field?.dataType === 'date'
      ? new Date(Number(value) * 1000).toISOString().slice(0, 10)
      : value.replaceAll('::', ', ');
  return `${field?.name ?? id}: ${shown}`;
};

const contactRow = ({ properties, values }: Contact): string => {
  const more = [
    ...Object.entries(properties).flatMap(([name, value]) =>
      apart.has(name) || value === '' ? [] : `${name}: ${value}`,
    ),
    ...Object.entries(values).flatMap(([id, value]) => (value === '' ? [] : readable(id, value))),
  ];
  const name = [properties.firstName, properties.lastName].filter(Boolean).join(' ') || '(no name)';
  const cells = [name, properties.emailAddress, properties.accountName, properties.title];
  return `<tr>${cells.map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}<td class="more">${escapeHtml(more.join(' · '))}</td></tr>`;
};

const contactTable = (contacts: Contact[]): string => {
  if (contacts.length === 0) return '<div class="sheet empty">No contact is here yet.</div>';
  const heads = ['Name', 'Email address', 'Company', 'Title', 'More'];
  const rows = contacts.slice(-100).reverse().map(contactRow);
  return `<div class="sheet wide" role="region" aria-label="Contacts" tabindex="0"><table><thead><tr>${heads.map(head => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
};

/** Contacts, newest first, and the lists with their members. */
export const page = (store: Store): string => {
  const contacts = store.contacts();
  const emails = new Map(contacts.map(({ id, properties }) => [id, properties.emailAddress ?? id]));
  const lists = store.lists().map(({ name, members }) => {
    const who = members.map(id => emails.get(id) ?? `contact ${id}`).join(', ');
    return `<div class="list"><b>${escapeHtml(name)}</b> <small>${members.length} ${members.length === 1 ? 'member' : 'members'}</small>${who ? `<p>${escapeHtml(who)}</p>` : ''}</div>`;
  });
  return `<div class="eloqua"><h3>Contacts <small>${contacts.length}</small></h3>${contactTable(contacts)}<h3>Contact lists</h3><div class="sheet">${lists.join('')}</div></div>`;
};
