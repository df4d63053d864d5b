import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { Activities } from './activities.ts';
import { fields } from './fields.ts';
import type { Leads } from './leads.ts';
import type { Lists } from './lists.ts';
import type { Programs } from './programs.ts';

export type Instance = { leads: Leads; lists: Lists; programs: Programs; activities: Activities };

export const css = `
.marketo .sheet > h3 { margin: 0; padding: 12px 18px; font-size: 15px; border-bottom: 1px solid var(--line); background: var(--soft) }
.marketo .scroll { overflow-x: auto }
.marketo table { border-collapse: collapse; width: 100%; font-size: 14px }
.marketo th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 12px; white-space: nowrap }
.marketo th, .marketo td { padding: 8px 18px; border-bottom: 1px solid var(--line); vertical-align: top }
.marketo td { overflow-wrap: anywhere; min-width: 90px } .marketo tr:last-child td { border-bottom: 0 }
.marketo .tag { display: inline-block; padding: 1px 8px; border-radius: 999px; background: var(--soft); font-size: 12px; margin: 1px 4px 1px 0 }
.marketo dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 0 } .marketo dt { color: var(--quiet) } .marketo dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap }
`;

const SHOWN = 50;

const table = (title: string, heads: string[], rows: string[][], empty: string): string => {
  const head = heads.map(text => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const body = rows.map(cells => `<tr>${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`).join('');
  const content = rows.length
    ? `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
    : `<p class="empty">${escapeHtml(empty)}</p>`;
  return `<div class="sheet"><h3>${escapeHtml(title)}</h3>${content}</div>`;
};

const tags = (names: string[]): string => names.map(name => `<span class="tag">${escapeHtml(name)}</span>`).join('');
const details = (pairs: [string, unknown][]): string =>
  `<dl>${pairs.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;

/** The database as a marketer would see it: people with lists and programs, and the log of custom activities. */
export function page({ leads, lists, programs, activities }: Instance): string {
  const inLists = Map.groupBy(lists.memberships(), ({ leadId }) => leadId);
  const inPrograms = Map.groupBy(programs.memberships(), ({ leadId }) => leadId);
  const programNames = new Map(programs.all().map(({ id, name }) => [id, name]));
  const label = new Map(fields.map(({ name, displayName }) => [name, displayName]));
  const nameOf = (leadId: number) => {
    const lead = leads.byId(leadId);
    return escapeHtml((lead && leads.named(lead)) || lead?.values.email || leadId);
  };
  const people = leads
    .all()
    .toSorted((one, other) => other.updatedAt - one.updatedAt || other.id - one.id)
    .slice(0, SHOWN)
    .map(lead => {
      const { email, firstName: _first, lastName: _last, ...others } = lead.values;
      const shown = Object.entries(others).filter(([, value]) => value !== null);
      return [
        `<b>${nameOf(lead.id)}</b><br>${escapeHtml(email)}`,
        escapeHtml(lead.id),
        details([
          ...shown.map(([name, value]): [string, unknown] => [label.get(name) ?? name, value]),
          ['Partition', lead.partition],
        ]),
        tags((inLists.get(lead.id) ?? []).map(({ listName }) => listName)),
        tags(
          (inPrograms.get(lead.id) ?? []).map(member => `${programNames.get(member.programId)}: ${member.statusName}`),
        ),
      ];
    });
  const count = (rows: unknown[]) => escapeHtml(rows.length);
  const places = [
    ...lists
      .all()
      .map(({ id, name, members }) => [
        `<b>${escapeHtml(name)}</b>`,
        'Static list',
        count([...members]),
        escapeHtml(id),
      ]),
    ...programs.all().map(({ id, name, channel }) => {
      const members = programs.memberships().filter(({ programId }) => programId === id);
      return [`<b>${escapeHtml(name)}</b>`, `Program (${escapeHtml(channel)})`, count(members), escapeHtml(id)];
    }),
  ];
  const log = activities
    .all()
    .slice(-SHOWN)
    .reverse()
    .map(activity => [
      escapeHtml(activity.activityDate),
      `<b>${nameOf(activity.leadId)}</b>`,
      escapeHtml(activities.types.find(({ id }) => id === activity.activityTypeId)?.name),
      escapeHtml(activity.primaryAttributeValue),
      details(activity.attributes.map(({ name, value }) => [name, value])),
    ]);
  const heads = ['Person', 'Id', 'Details', 'Lists', 'Programs'];
  const total = leads.all().length;
  const title = total > SHOWN ? `People (the newest ${SHOWN} of ${total})` : 'People';
  return `<div class="marketo">${table(title, heads, people, 'Nobody is in this database.')}
${table('Lists and programs', ['Name', 'Kind', 'Members', 'Id'], places, 'There is no list and no program.')}
${table('Activity log', ['When', 'Person', 'Activity', 'Value', 'Attributes'], log, 'No activity has been added yet.')}</div>`;
}
