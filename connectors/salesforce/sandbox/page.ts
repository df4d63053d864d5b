import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import { activities, count, fact, nameOf, table } from './page-parts.ts';
import type { Store } from './store.ts';
import type { Stored } from './validate.ts';

/** Colours come from the page around it, so that both its light and its dark form fit. */
export const css = `
.salesforce .sheet { padding: 0 }
.salesforce h3 { font-size: 16px; margin: 22px 0 8px } .salesforce h3:first-child { margin-top: 0 } .salesforce h3 small { color: var(--quiet); font-weight: 400; margin-left: 6px }
.salesforce .who { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 12px; padding: 14px 18px; border-bottom: 1px solid var(--line); background: var(--soft) }
.salesforce .who strong { font-size: 16px } .salesforce .who span { color: var(--quiet); font-size: 13px }
.salesforce .task { padding: 14px 18px; border-bottom: 1px solid var(--line) } .salesforce .task:last-child { border-bottom: 0 }
.salesforce .task h4 { font-size: 15px; margin: 0 0 4px; overflow-wrap: anywhere }
.salesforce .kind { font-size: 12px; font-weight: 600; border: 1px solid var(--line); border-radius: 4px; padding: 0 6px; margin-right: 8px; color: var(--quiet) }
.salesforce .facts { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--quiet); font-size: 13px; margin: 0 0 8px }
.salesforce .who .facts { margin: 0 } .salesforce .facts b { font-weight: 600; color: var(--ink) }
.salesforce pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-family: inherit; font-size: 13px; line-height: 1.5; max-height: 260px; overflow: auto }
.salesforce .wide { overflow-x: auto } .salesforce table { border-collapse: collapse; width: 100%; font-size: 13px }
.salesforce th { text-align: left; font-weight: 600; color: var(--quiet); background: var(--soft) }
.salesforce th, .salesforce td { padding: 8px 18px; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap } .salesforce tr:last-child td { border-bottom: 0 }
`;

const newest = (store: Store, name: string, most: number): Stored[] => store.list(name).slice(-most).reverse();

const leads = (store: Store): string =>
  table(
    ['Name', 'Company', 'Email', 'Status', 'Owner'],
    newest(store, 'Lead', 50).map(lead => [
      lead.Name,
      lead.Company,
      lead.Email,
      lead.IsConverted ? `Converted to ${nameOf(store, lead.ConvertedContactId) ?? 'a Contact'}` : lead.Status,
      nameOf(store, lead.OwnerId),
    ]),
  );

const contacts = (store: Store): string =>
  table(
    ['Name', 'Account', 'Email', 'Title', 'Owner'],
    newest(store, 'Contact', 50).map(contact => [
      contact.Name,
      nameOf(store, contact.AccountId),
      contact.Email,
      contact.Title,
      nameOf(store, contact.OwnerId),
    ]),
  );

const campaign = (store: Store, record: Stored): string => {
  const members = store.list('CampaignMember').filter(({ CampaignId }) => CampaignId === record.Id);
  const facts = [
    fact('Type', record.Type),
    fact('Status', record.Status),
    fact('Owner', nameOf(store, record.OwnerId)),
    fact('Members', members.length),
    fact('Responses', record.NumberOfResponses),
  ];
  const rows = members
    .slice(-50)
    .reverse()
    .map(member => [
      member.Name,
      member.Type,
      member.CompanyOrAccount,
      member.Status,
      member.HasResponded ? 'Yes' : 'No',
    ]);
  const list = rows.length === 0 ? '' : table(['Member', 'Kind', 'Company', 'Status', 'Responded'], rows);
  return `<div class="sheet"><div class="who"><strong>${escapeHtml(record.Name)}</strong><p class="facts">${facts.join('')}</p></div>${list}</div>`;
};

const section = (title: string, number: number, body: string): string => `<h3>${title}${count(number)}</h3>${body}`;

/** Tasks and events under the person they are about; then Leads, Contacts, and campaigns with their members. Newest first. */
export const page = (store: Store): string => {
  const size = (name: string) => store.list(name).length;
  const sections = [
    section('Activities', size('Task') + size('Event'), activities(store)),
    section('Leads', size('Lead'), `<div class="sheet">${leads(store)}</div>`),
    section('Contacts', size('Contact'), `<div class="sheet">${contacts(store)}</div>`),
    section(
      'Campaigns',
      size('Campaign'),
      newest(store, 'Campaign', 20)
        .map(record => campaign(store, record))
        .join(''),
    ),
  ];
  return `<div class="salesforce">${sections.join('')}</div>`;
};
