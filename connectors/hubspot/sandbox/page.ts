import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import { definitions } from './definitions.ts';
import { hub, owners } from './seed.ts';
import type { Event, Store, Stored } from './store.ts';

export const css = `
.hubspot .sheet > h3 { margin: 0; padding: 12px 18px; font-size: 16px; background: var(--soft); border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
.hubspot h3 small { font-weight: 400; color: var(--quiet); margin-left: 8px }
.hubspot dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; padding: 12px 18px } .hubspot dt { color: var(--quiet) } .hubspot dd { margin: 0; overflow-wrap: anywhere }
.hubspot .entry { border-top: 1px solid var(--line); padding: 12px 18px; overflow-wrap: anywhere } .hubspot .kind { font-size: 12px; font-weight: 700; color: var(--accent); text-transform: uppercase; letter-spacing: .04em }
.hubspot .entry > time { color: var(--quiet); font-size: 12px; margin-left: 8px } .hubspot .entry h4 { margin: 2px 0 4px; font-size: 15px } .hubspot .entry p { margin: 4px 0 } .hubspot .text { white-space: pre-wrap; max-height: 14em; overflow: auto }
.hubspot .entry dl { padding: 4px 0 0; font-size: 14px } .hubspot dd time { margin: 0; color: inherit; font-size: inherit }
`;

const when = (at: number | string): string => {
  const iso = new Date(at).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
};
const labelOf = (name: string): string => definitions.contacts?.find(each => each.name === name)?.label ?? name;
const ownerName = (id: string | undefined): string => {
  const owner = owners.find(each => each.id === id);
  return owner ? `${owner.firstName} ${owner.lastName}` : (id ?? '');
};
const link = (url: string, label: string): string =>
  /^https?:\/\//i.test(url)
    ? `<a href="${escapeHtml(url)}" rel="noreferrer">${escapeHtml(label)}</a>`
    : escapeHtml(label);
const facts = (pairs: [string, string | undefined][]): string =>
  pairs.flatMap(([name, value]) => (value ? [`<dt>${escapeHtml(name)}</dt><dd>${value}</dd>`] : [])).join('');

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const decoded = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '');

/** The little HTML that notes are made of; every other tag is left out, and text is only ever text. */
export const richText = (html: string): string =>
  html
    .split(/(<[^>]*>)/)
    .map(part => {
      if (!part.startsWith('<')) return escapeHtml(decoded(part));
      const [, closing = '', name = ''] = /^<(\/?)([a-z]+)/i.exec(part) ?? [];
      const tag = name.toLowerCase();
      if (['p', 'strong', 'br'].includes(tag)) return `<${closing}${tag}>`;
      if (tag !== 'a') return '';
      const [, href = ''] = /href="([^"]*)"/i.exec(part) ?? [];
      if (closing) return '</a>';
      return /^https?:\/\//i.test(href) ? `<a href="${escapeHtml(decoded(href))}" rel="noreferrer">` : '<a>';
    })
    .join('');

type Entry = { at: number; html: string };
const entry = (kind: string, at: number, shownAt: number | string, body: string): Entry => ({
  at,
  html: `<article class="entry"><span class="kind">${kind}</span>${when(shownAt)}${body}</article>`,
});

const eventEntry = ({ createdAt, tokens, extraData }: Event): Entry => {
  const { title = '', conversation_url = '', ...more } = tokens;
  const transcript = extraData?.transcript ? `<div class="text">${escapeHtml(extraData.transcript)}</div>` : '';
  const rest = facts(Object.entries(more).map(([name, value]) => [name, escapeHtml(value)]));
  const to = conversation_url ? `<p>${link(conversation_url, 'Open the conversation')}</p>` : '';
  return entry(
    'Timeline event',
    createdAt,
    createdAt,
    `<h4>${escapeHtml(title)}</h4>${transcript}${to}${rest && `<dl>${rest}</dl>`}`,
  );
};
const noteEntry = ({ createdAt, properties }: Stored): Entry =>
  entry(
    'Note',
    createdAt,
    properties.hs_timestamp ?? createdAt,
    `<div class="text">${richText(properties.hs_note_body ?? '')}</div>`,
  );
const meetingEntry = ({ createdAt, properties: held }: Stored): Entry => {
  const attendees = (held.hs_attendee_owner_ids ?? '').split(';').filter(Boolean).map(ownerName);
  const start = held.hs_meeting_start_time;
  const rows = facts([
    ['Starts', start && when(start)],
    ['Ends', held.hs_meeting_end_time && when(held.hs_meeting_end_time)],
    ['Outcome', escapeHtml(held.hs_meeting_outcome)],
    ['Where', escapeHtml(held.hs_meeting_location)],
    ['Organised by', escapeHtml(ownerName(held.hubspot_owner_id))],
    ['Attended by', escapeHtml(attendees.join(', '))],
    ['Link', held.hs_meeting_external_url && link(held.hs_meeting_external_url, held.hs_meeting_external_url)],
    ['Internal notes', richText(held.hs_internal_meeting_notes ?? '')],
  ]);
  const body = `<h4>${escapeHtml(held.hs_meeting_title)}</h4><div class="text">${richText(held.hs_meeting_body ?? '')}</div><dl>${rows}</dl>`;
  return entry('Meeting', createdAt, createdAt, body);
};

const contactSheet = (store: Store, contact: Stored): string => {
  const { firstname, lastname, email, hs_additional_emails, hubspot_owner_id, ...more } = contact.properties;
  const companies = store.linked(contact.id, 'companies').map(({ properties }) => properties.name ?? properties.domain);
  const rows = facts([
    ['Email', escapeHtml(email)],
    ['Further addresses', escapeHtml((hs_additional_emails ?? '').replaceAll(';', ', '))],
    ['Owner', escapeHtml(ownerName(hubspot_owner_id)) || 'nobody'],
    ['Company record', escapeHtml(companies.join(', '))],
    ...Object.entries(more).map(([name, value]): [string, string] => [labelOf(name), escapeHtml(value)]),
  ]);
  const entries = [
    ...store
      .events()
      .flatMap(event => (store.get('contacts', event.objectId)?.id === contact.id ? [eventEntry(event)] : [])),
    ...store.linked(contact.id, 'notes').map(noteEntry),
    ...store.linked(contact.id, 'meetings').map(meetingEntry),
  ].sort((one, other) => other.at - one.at);
  const name = [firstname, lastname].filter(Boolean).join(' ') || email;
  const timeline = entries
    .slice(0, 50)
    .map(({ html }) => html)
    .join('');
  return `<div class="sheet" id="hubspot-${contact.id}"><h3>${escapeHtml(name)}<small>Contact ${contact.id}</small></h3><dl>${rows}</dl>${timeline || '<div class="entry quiet">Nothing on the timeline yet.</div>'}</div>`;
};

/** The contacts that changed last, a hundred at most, each with its timeline. */
export const page = (store: Store): string => {
  const touched = (contact: Stored) =>
    Math.max(
      contact.updatedAt,
      ...store.linked(contact.id, 'notes').map(({ updatedAt }) => updatedAt),
      ...store.linked(contact.id, 'meetings').map(({ updatedAt }) => updatedAt),
      ...store
        .events()
        .filter(({ objectId }) => objectId === contact.id)
        .map(({ createdAt }) => createdAt),
    );
  const contacts = store
    .all('contacts')
    .map(contact => ({ contact, at: touched(contact) }))
    .sort((one, other) => other.at - one.at || Number(other.contact.id) - Number(one.contact.id));
  const shown = contacts.slice(0, 100).map(({ contact }) => contactSheet(store, contact));
  const head = `<p class="quiet">${escapeHtml(hub.domain)}, ${contacts.length} contacts</p>`;
  return `<div class="hubspot">${head}${shown.join('') || '<div class="sheet empty">The account has no contact yet.</div>'}</div>`;
};
