import type { BatchContext } from './batch.ts';
import type { Plan } from './push.ts';

/** So many people of whom the hub knows no contact are made outright; fewer are looked for first. */
const LEAST = 10;
const REMEMBERED_MS = 10 * 60_000;
const MOST_REMEMBERED = 1_000;

/** When somebody of whom the hub knew nothing was last met at HubSpot, by account. Each process remembers its own. */
const lastMet = new Map<string, number>();

/** The hub keeps the contact's id with whoever was pushed before. */
const isKnown = ({ item }: Plan): boolean => item.facts.visitor.external.hubspotContactId !== undefined;

/**
 * Those of a batch who are most likely new to HubSpot: making them takes one call, where looking first takes two. None while such people
 * have been met there lately: HubSpot then holds more people than the hub knows of, and looking first is cheaper.
 */
export function likelyNew(context: BatchContext, plans: Plan[]): Plan[] {
  const met = lastMet.get(context.client.account);
  if (met !== undefined && context.now() - met < REMEMBERED_MS) return [];
  const strangers = plans.filter(plan => !isKnown(plan));
  return strangers.length < LEAST ? [] : strangers;
}

/** To be told who was found at HubSpot. */
export function haveMet(context: BatchContext, found: Plan[]): void {
  if (!found.some(plan => !isKnown(plan))) return;
  if (lastMet.size >= MOST_REMEMBERED) lastMet.delete(lastMet.keys().next().value ?? '');
  lastMet.set(context.client.account, context.now());
}
