import { AssociationTypes } from '@hubspot/api-client/lib/src/enums/AssociationTypes.js';
import { type PushOutput, StepError } from '../../src/sdk/index.ts';
import { type BatchContext, chunks, settled } from './batch.ts';
import { isFreeMail } from './free-mail.ts';
import type { PushItem } from './push.ts';

/** Between HubSpot's search and what has just been made lie seconds, so what this process made is remembered. */
const REMEMBERED_MS = 10 * 60_000;
const MOST_REMEMBERED = 5_000;
const made = new Map<string, { id: string; at: number }>();

type Linking = { domain: string; contactId: string; items: PushItem[] };

/**
 * Puts contacts without a company into that of their e-mail's domain, made where there is none. What was pushed stays pushed whatever
 * becomes of this: a refusal is noted, and anything else makes the step come again, which does no harm.
 */
export async function linkCompanies(
  context: BatchContext,
  results: Map<PushItem, PushOutput | StepError>,
): Promise<void> {
  const linkings = linkingsOf(results);
  if (linkings.length === 0) return;
  const outcome = await settled(() => link(context, linkings));
  if (!(outcome instanceof StepError)) return;
  for (const item of linkings.flatMap(({ items }) => items)) {
    if (outcome.kind === 'forbidden' || outcome.kind === 'rejected')
      item.note(`The contact was not put into its company. ${outcome.message}`);
    else results.set(item, outcome);
  }
}

function linkingsOf(results: Map<PushItem, PushOutput | StepError>): Linking[] {
  const linkings = new Map<string, Linking>();
  for (const [item, result] of results) {
    if (result instanceof StepError) continue;
    const [, domain = ''] = (item.facts.visitor.email ?? '').trim().toLowerCase().split('@');
    if (!domain || isFreeMail(domain)) continue;
    const linking = linkings.get(result.recordId) ?? { domain, contactId: result.recordId, items: [] };
    linking.items.push(item);
    linkings.set(result.recordId, linking);
  }
  return [...linkings.values()];
}

async function link(context: BatchContext, all: Linking[]): Promise<void> {
  for (const part of chunks(all)) {
    const linked = await alreadyLinked(context, part);
    const linkings = part.filter(({ contactId }) => !linked.has(contactId));
    if (linkings.length === 0) continue;
    const companies = await findByDomain(context, [...new Set(linkings.map(({ domain }) => domain))]);
    const there = linkings.filter(({ domain }) => companies.has(domain));
    if (there.length > 0) await associate(context, there, companies);
    const missing = linkings.filter(({ domain }) => !companies.has(domain));
    if (missing.length > 0) await create(context, missing);
  }
}

/** Contacts that have a company keep it. So a company that was made without an answer is not made again. */
async function alreadyLinked({ client, signal }: BatchContext, linkings: Linking[]): Promise<Set<string>> {
  const { results } = await client.api(signal).associationBatches.getPage('contacts', 'companies', {
    inputs: linkings.map(({ contactId }) => ({ id: contactId })),
  });
  return new Set((results ?? []).filter(({ to }) => to.length > 0).map(({ _from }) => _from.id));
}

async function findByDomain({ client, signal, now }: BatchContext, domains: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const domain of domains) {
    const known = made.get(`${client.account} ${domain}`);
    if (known && now() - known.at < REMEMBERED_MS) found.set(domain, known.id);
  }
  const asked = domains.filter(domain => !found.has(domain));
  if (asked.length === 0) return found;
  const { results } = await client.api(signal).companySearch.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'domain', operator: 'IN' as never, values: asked }] }],
    properties: ['domain'],
    sorts: ['createdate'],
    limit: 200,
  });
  for (const { id, properties } of results ?? []) {
    const domain = (properties.domain ?? '').toLowerCase();
    if (asked.includes(domain) && !found.has(domain)) found.set(domain, id);
  }
  return found;
}

async function associate(
  { client, signal }: BatchContext,
  linkings: Linking[],
  companies: Map<string, string>,
): Promise<void> {
  await client.api(signal).associationBatches.createDefault('contacts', 'companies', {
    inputs: linkings.map(({ contactId, domain }) => ({ _from: { id: contactId }, to: { id: companies.get(domain)! } })),
  });
  for (const { items, domain } of linkings)
    for (const item of items) item.note(`The contact was put into the company of ${domain}.`);
}

/** Made together with its contacts in one call, so that a lost answer leaves either both or nothing. */
async function create({ client, signal, now }: BatchContext, linkings: Linking[]): Promise<void> {
  const byDomain = [...Map.groupBy(linkings, ({ domain }) => domain)];
  const types = [
    { associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: AssociationTypes.companyToContact },
  ];
  const { results } = await client.api(signal).companyBatches.create({
    inputs: byDomain.map(([domain, group]) => ({
      properties: { domain, name: domain },
      associations: group.map(({ contactId }) => ({ to: { id: contactId }, types })),
    })),
  });
  for (const { id, properties } of results ?? []) {
    if (made.size >= MOST_REMEMBERED) made.delete(made.keys().next().value ?? '');
    if (properties.domain) made.set(`${client.account} ${properties.domain.toLowerCase()}`, { id, at: now() });
  }
  for (const [domain, group] of byDomain)
    for (const item of group.flatMap(({ items }) => items))
      item.note(`The company of ${domain} was created with the contact in it.`);
}
