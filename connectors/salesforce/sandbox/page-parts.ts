import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { Store } from './store.ts';
import type { Stored, Value } from './validate.ts';

export const fact = (label: string, value: unknown): string =>
  value || value === 0 ? `<span>${label} <b>${escapeHtml(value)}</b></span>` : '';
export const count = (number: number): string => `<small>${number}</small>`;

export const nameOf = (store: Store, id: Value | undefined): Value | undefined =>
  typeof id === 'string' ? store.find(id)?.Name : undefined;

export const table = (heads: string[], rows: (Value | undefined)[][]): string => {
  const head = heads.map(label => `<th scope="col">${label}</th>`).join('');
  const body = rows.map(row => `<tr>${row.map(value => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`);
  return `<div class="wide" role="region" aria-label="${heads[0]} and more" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
};

/** 2026-12-01T09:00:00.000+0000 as 2026-12-01 09:00 UTC. */
const shortTime = (value: Value | undefined): string | undefined =>
  typeof value === 'string' ? `${value.slice(0, 10)} ${value.slice(11, 16)} UTC` : undefined;

const factsOf = (store: Store, record: Stored): string[] => {
  const own =
    'StartDateTime' in record
      ? [
          fact('When', record.IsAllDayEvent ? `${record.ActivityDate}, all day` : shortTime(record.StartDateTime)),
          fact('Minutes', record.IsAllDayEvent ? undefined : record.DurationInMinutes),
          fact('Where', record.Location),
        ]
      : [
          fact('Due', record.ActivityDate),
          fact('Status', record.Status),
          fact('Priority', record.Priority),
          fact('Kind', record.TaskSubtype === 'Task' ? undefined : record.TaskSubtype),
        ];
  return [
    fact('Assigned to', nameOf(store, record.OwnerId)),
    ...own,
    fact('Related to', nameOf(store, record.WhatId)),
    fact('Reminder', record.IsReminderSet ? (shortTime(record.ReminderDateTime) ?? 'yes') : undefined),
  ];
};

const card = (store: Store, record: Stored): string => {
  const kind = 'StartDateTime' in record ? 'Event' : 'Task';
  const description = record.Description ? `<pre tabindex="0">${escapeHtml(record.Description)}</pre>` : '';
  return `<article class="task"><h4><span class="kind">${kind}</span>${escapeHtml(record.Subject || '(no subject)')}</h4><p class="facts">${factsOf(store, record).join('')}</p>${description}</article>`;
};

const heading = (store: Store, id: string): string => {
  const who = store.find(id);
  if (!who) return '<strong>No person</strong><span>activities that name nobody</span>';
  const company = 'Company' in who ? who.Company : nameOf(store, who.AccountId);
  const kind = 'Company' in who ? 'Lead' : 'Contact';
  const place = [who.Title, company].filter(Boolean).join(', ');
  return `<strong>${escapeHtml(who.Name)}</strong><span>${kind} · ${escapeHtml(place)} · ${escapeHtml(who.Email)} · owned by ${escapeHtml(nameOf(store, who.OwnerId))}</span>`;
};

/** The newest 200 tasks and events, gathered under the person they are about. */
export const activities = (store: Store): string => {
  const newest = [...store.list('Task'), ...store.list('Event')]
    .sort((left, right) => String(right.CreatedDate).localeCompare(String(left.CreatedDate)))
    .slice(0, 200);
  if (newest.length === 0) return '<div class="sheet empty">No task or event has arrived yet.</div>';
  return [...Map.groupBy(newest, record => String(record.WhoId ?? ''))]
    .map(
      ([id, own]) =>
        `<div class="sheet"><div class="who">${heading(store, id)}</div>${own.map(record => card(store, record)).join('')}</div>`,
    )
    .join('');
};
