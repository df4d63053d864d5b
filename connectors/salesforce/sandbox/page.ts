import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { Store } from './store.ts';
import type { Stored } from './validate.ts';

export const css = `
.salesforce .sheet { padding: 0 }
.salesforce .who { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 12px; padding: 14px 18px; border-bottom: 1px solid var(--line); background: var(--soft) }
.salesforce .who strong { font-size: 16px } .salesforce .who span { color: var(--quiet); font-size: 13px }
.salesforce .task { padding: 14px 18px; border-bottom: 1px solid var(--line) } .salesforce .task:last-child { border-bottom: 0 }
.salesforce .task h3 { font-size: 15px; margin: 0 0 4px; overflow-wrap: anywhere }
.salesforce .facts { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--quiet); font-size: 13px; margin: 0 0 8px }
.salesforce .facts b { font-weight: 600; color: var(--ink) }
.salesforce pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-family: inherit; font-size: 13px; line-height: 1.5; max-height: 260px; overflow: auto }
`;

const fact = (label: string, value: unknown): string =>
  value ? `<span>${label} <b>${escapeHtml(value)}</b></span>` : '';

const taskCard = (store: Store, task: Stored): string => {
  const owner = typeof task.OwnerId === 'string' ? store.find(task.OwnerId)?.Name : undefined;
  const facts = [
    fact('Assigned to', owner),
    fact('Due', task.ActivityDate),
    fact('Status', task.Status),
    fact('Priority', task.Priority),
    fact('Kind', task.TaskSubtype === 'Task' ? undefined : task.TaskSubtype),
  ];
  const description = task.Description ? `<pre tabindex="0">${escapeHtml(task.Description)}</pre>` : '';
  return `<article class="task"><h3>${escapeHtml(task.Subject || '(no subject)')}</h3><p class="facts">${facts.join('')}</p>${description}</article>`;
};

const heading = (store: Store, id: string): string => {
  const who = store.find(id);
  if (!who) return '<strong>No person</strong><span>tasks that name nobody</span>';
  const account = typeof who.AccountId === 'string' ? store.find(who.AccountId)?.Name : who.Company;
  const kind = 'Company' in who ? 'Lead' : 'Contact';
  return `<strong>${escapeHtml(who.Name)}</strong><span>${kind} · ${escapeHtml([who.Title, account].filter(Boolean).join(', '))} · ${escapeHtml(who.Email)}</span>`;
};

/** The newest 200 tasks, gathered under the person they are about. */
export const page = (store: Store): string => {
  const tasks = store.list('Task').slice(-200).reverse();
  if (tasks.length === 0) return '<div class="sheet empty">No task has arrived yet.</div>';
  const people = Map.groupBy(tasks, task => String(task.WhoId ?? ''));
  const sheets = [...people].map(
    ([id, own]) =>
      `<div class="sheet"><div class="who">${heading(store, id)}</div>${own.map(task => taskCard(store, task)).join('')}</div>`,
  );
  return `<div class="salesforce">${sheets.join('')}</div>`;
};
