import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { Records, Resource } from './records.ts';

/** One request that came, and how it was answered. */
export type Asked = { at: number; path: string; query: Record<string, string>; status: number };

export const css = `
.qualified h3 { margin: 0; padding: 12px 18px; font-size: 15px; border-bottom: 1px solid var(--line); background: var(--soft) }
.qualified p { margin: 10px 18px } .qualified .counts { display: flex; flex-wrap: wrap; gap: 8px 24px; padding: 12px 18px } .qualified .counts b { font-size: 18px }
.qualified .scroll { overflow-x: auto } .qualified table { width: 100%; border-collapse: collapse; font-size: 13px } .qualified th { text-align: left; color: var(--quiet); font-weight: 600 }
.qualified th, .qualified td { padding: 6px 18px; border-bottom: 1px solid var(--line); white-space: nowrap } .qualified .failed { color: #c9243f; font-weight: 600 }
`;

const titles: Record<Resource, string> = {
  leads: 'leads',
  sessions: 'sessions',
  conversations: 'conversations',
  messages: 'messages',
  meetings: 'meetings',
};
const MOST_ROWS = 15;

/** What the team has gathered, and what was asked of the API. */
export function page(
  records: Records,
  asked: Asked[],
  token: string | undefined,
  quarter: { used: number; limit: number },
): string {
  const counts = (Object.keys(titles) as Resource[])
    .map(resource => `<span><b>${records[resource].length.toLocaleString('en-US')}</b> ${titles[resource]}</span>`)
    .join('');
  const key = token ? `<code>${escapeHtml(token)}</code>` : 'revoked';
  return `<div class="qualified"><div class="sheet"><h3>The team</h3><div class="counts">${counts}</div>
<p>API token: ${key}. Used in this quarter of an hour: ${quarter.used} of ${quarter.limit} calls.</p></div>
${newest('Newest leads', ['Lead', 'E-mail', 'Company', 'Changed'], records.leads, lead => [lead.id, lead.email, String(lead.fields.company ?? ''), lead.updatedAt])}
${newest('Newest sessions', ['Session', 'Visitor', 'Ended', 'Pages', 'Conversations'], records.sessions, each => [each.id, each.visitorId, each.endedAt ?? 'still open', String(each.pageViews.length), String(each.conversationIds.length)])}
${newest('Newest meetings', ['Meeting', 'Status', 'Type', 'Channel', 'Changed'], records.meetings, each => [each.id, each.status, each.meetingTypeName ?? '', each.channel ?? '', each.updatedAt])}
${requests(asked)}</div>`;
}

function newest<Item>(title: string, heads: string[], items: Item[], row: (item: Item) => string[]): string {
  const shown = items.slice(-MOST_ROWS).reverse();
  if (shown.length === 0) return `<div class="sheet"><h3>${title}</h3><p>None.</p></div>`;
  return sheet(
    title,
    heads,
    shown.map(item => row(item).map(escapeHtml)),
  );
}

function requests(asked: Asked[]): string {
  if (asked.length === 0) return '<div class="sheet"><h3>What was asked</h3><p>Nothing yet.</p></div>';
  const rows = asked
    .slice(-MOST_ROWS * 2)
    .reverse()
    .map(({ at, path, query, status }) => [
      new Date(at).toISOString().slice(0, 19).replace('T', ' '),
      escapeHtml(path),
      escapeHtml(
        Object.entries(query)
          .map(([name, value]) => `${name}=${value.length > 32 ? `${value.slice(0, 31)}…` : value}`)
          .join(' '),
      ),
      status === 200 ? '200' : `<span class="failed">${status}</span>`,
    ]);
  return sheet('What was asked', ['When (UTC)', 'Path', 'Query', 'Answer'], rows);
}

const sheet = (title: string, heads: string[], rows: string[][]): string =>
  `<div class="sheet"><h3>${title}</h3><div class="scroll"><table><thead><tr>${heads
    .map(head => `<th scope="col">${head}</th>`)
    .join('')}</tr></thead><tbody>${rows
    .map(cells => `<tr>${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`)
    .join('')}</tbody></table></div></div>`;
