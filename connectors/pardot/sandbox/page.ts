import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import { businessUnits } from './seed.ts';
import type { Store, UnitStore } from './store.ts';

export const css = `
.pardot h3 { font-size: 14px; margin: 14px 0 6px; color: var(--quiet) } .pardot h3 small { font-weight: 400 }
.pardot .wide { overflow-x: auto } .pardot table { border-collapse: collapse; width: 100%; font-size: 13px }
.pardot th { text-align: left; font-weight: 600; color: var(--quiet); background: var(--soft); white-space: nowrap }
.pardot th, .pardot td { padding: 8px 18px; border-bottom: 1px solid var(--line); vertical-align: top } .pardot tr:last-child td { border-bottom: 0 }
.pardot .more { color: var(--quiet); overflow-wrap: anywhere }
.pardot .list { padding: 12px 18px; border-bottom: 1px solid var(--line) } .pardot .list:last-child { border-bottom: 0 } .pardot .list p { margin: 2px 0 0; color: var(--quiet); overflow-wrap: anywhere }
`;

const shownApart = [
  'id',
  'email',
  'firstName',
  'lastName',
  'company',
  'jobTitle',
  'createdAt',
  'updatedAt',
  'lastActivityAt',
];

const prospectRow = (row: Record<string, unknown>): string => {
  const more = Object.entries(row)
    .filter(([name, value]) => !shownApart.includes(name) && value !== null && value !== undefined)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`);
  const name = [row.firstName, row.lastName].filter(Boolean).join(' ') || '(no name)';
  const updated = `${String(row.updatedAt).slice(0, 16).replace('T', ' ')} UTC`;
  const cells = [name, row.email, row.company, row.jobTitle, updated];
  return `<tr>${cells.map(cell => `<td>${escapeHtml(cell)}</td>`).join('')}<td class="more">${escapeHtml(more.join(' · '))}</td></tr>`;
};

const prospectTable = (unit: UnitStore): string => {
  const rows = unit.prospects.current().slice(-100).reverse();
  if (rows.length === 0) return '<div class="sheet empty">No prospect is here yet.</div>';
  const heads = ['Name', 'Email', 'Company', 'Job title', 'Updated', 'More'];
  return `<div class="sheet wide" role="region" aria-label="Prospects" tabindex="0"><table><thead><tr>${heads.map(head => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.map(prospectRow).join('')}</tbody></table></div>`;
};

const listSheet = (unit: UnitStore): string => {
  const emails = new Map(unit.prospects.current().map(({ id, email }) => [id, String(email)]));
  const sheets = unit.lists.current().map(({ id, name, isDynamic }) => {
    const members = unit.memberships.current().filter(({ listId }) => listId === id);
    const who = members.map(({ prospectId }) => emails.get(prospectId) ?? `prospect ${prospectId}`).join(', ');
    return `<div class="list"><b>${escapeHtml(name)}</b> <small>${isDynamic ? 'dynamic' : `${members.length} ${members.length === 1 ? 'member' : 'members'}`}</small>${who ? `<p>${escapeHtml(who)}</p>` : ''}</div>`;
  });
  return `<div class="sheet">${sheets.join('')}</div>`;
};

/** Per business unit its prospects, newest first, and its lists with their members. */
export const page = (store: Store): string => {
  const units = businessUnits
    .filter(({ active }) => active)
    .map(({ id, company }) => {
      const unit = store.unit(id);
      const count = unit.prospects.current().length;
      return `<h3>${escapeHtml(company)} <small>${id}, ${count} prospects</small></h3>${prospectTable(unit)}${listSheet(unit)}`;
    });
  return `<div class="pardot">${units.join('')}</div>`;
};
