import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { Counted, Dropped } from './index.ts';

export const css = `
.google-analytics .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; background: var(--line) }
.google-analytics .figures div { background: var(--sheet); padding: 14px 18px } .google-analytics .figures b { display: block; font-size: 24px; line-height: 1.3 }
.google-analytics .figures span { color: var(--quiet); font-size: 13px }
.google-analytics table { width: 100%; border-collapse: collapse; font-size: 14px } .google-analytics th { text-align: left; color: var(--quiet); font-weight: 500 }
.google-analytics th, .google-analytics td { padding: 8px 18px; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
.google-analytics td.number, .google-analytics th.number { text-align: right; font-variant-numeric: tabular-nums } .google-analytics time { white-space: nowrap; color: var(--quiet) }
.google-analytics h3 { margin: 0; padding: 12px 18px; font-size: 15px; background: var(--soft) }
.google-analytics .scroll { overflow-x: auto }
`;

const HALF_HOUR_MS = 30 * 60_000;
const shown = (at: number): string => {
  const iso = new Date(at).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
};
const parameters = (params: Record<string, unknown>): string =>
  Object.entries(params)
    .map(([name, value]) => `${escapeHtml(name)}: <b>${escapeHtml(value)}</b>`)
    .join('<br>');

const figure = (number: number, words: string): string => `<div><b>${number}</b><span>${words}</span></div>`;

const byName = (events: Counted[]): string => {
  const rows = [...Map.groupBy(events, ({ name }) => name)]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(
      ([name, each]) =>
        `<tr><td>${escapeHtml(name)}</td><td class="number">${each.length}</td><td class="number">${new Set(each.map(({ clientId }) => clientId)).size}</td></tr>`,
    );
  return `<div class="sheet scroll"><h3>Events by name</h3><table><thead><tr><th>Event name</th><th class="number">Event count</th><th class="number">Total users</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
};

const newest = (events: Counted[]): string => {
  const rows = events
    .slice(-100)
    .reverse()
    .map(
      ({ at, name, clientId, params }) =>
        `<tr><td>${shown(at)}</td><td>${escapeHtml(name)}</td><td>${escapeHtml(clientId)}</td><td>${parameters(params)}</td></tr>`,
    );
  return `<div class="sheet scroll"><h3>Newest events</h3><table><thead><tr><th>Time (UTC)</th><th>Event</th><th>Client id</th><th>Parameters</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
};

const lost = (dropped: Dropped[]): string => {
  const rows = dropped
    .slice(-50)
    .reverse()
    .map(
      ({ receivedAt, reason, body }) =>
        `<tr><td>${shown(receivedAt)}</td><td>${escapeHtml(reason)}</td><td>${escapeHtml(body.slice(0, 300))}</td></tr>`,
    );
  return `<div class="sheet scroll"><h3>Dropped, which Google Analytics does without a word</h3><table><thead><tr><th>Time (UTC)</th><th>Why</th><th>What was sent</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
};

/** What the Realtime report shows: users and events of the last half hour, events by name, the newest ones with their parameters. */
export const page = (events: Counted[], dropped: Dropped[], now: number): string => {
  const recent = events.filter(({ at }) => at > now - HALF_HOUR_MS);
  const parts = [
    events.length > 0
      ? `<div class="sheet figures">${figure(new Set(recent.map(({ clientId }) => clientId)).size, 'users in the last 30 minutes')}${figure(recent.length, 'events in the last 30 minutes')}${figure(events.length, 'events in all')}</div>${byName(events)}${newest(events)}`
      : '<div class="sheet empty">No event has been counted yet.</div>',
    dropped.length > 0 ? lost(dropped) : '',
  ];
  return `<div class="google-analytics">${parts.join('')}</div>`;
};
