import type { Connection } from 'jsforce';
import { StepError } from '../../src/sdk/index.ts';
import type { SalesforceClient } from './client.ts';
import { findIn } from './soql.ts';

const KEPT_FOR_MS = 5 * 60_000;
const MOST_KEPT = 200;

/** A campaign with the statuses that its members may have. */
export type Campaign = { id: string; name: string; statuses: { label: string; byDefault: boolean }[] };
type Asking = { client: SalesforceClient; connection: Connection; now(): number };

const kept = new Map<string, { campaign: Campaign; at: number }>();

/**
 * A campaign by its id or its exact name, with its member statuses; kept for five minutes.
 * @param fresh asks the org even where it is kept
 * @throws StepError `rejected` where this org has no such campaign, or several of that name
 */
export async function findCampaign(asking: Asking, asked: string, fresh = false): Promise<Campaign> {
  const key = `${asking.client.instanceUrl} ${asked}`;
  const known = kept.get(key);
  if (!fresh && known && asking.now() - known.at < KEPT_FOR_MS) return known.campaign;
  const campaign = await askForCampaign(asking.connection, asked);
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? '');
  kept.set(key, { campaign, at: asking.now() });
  return campaign;
}

async function askForCampaign(connection: Connection, asked: string): Promise<Campaign> {
  const byId = /^701([a-zA-Z0-9]{12}|[a-zA-Z0-9]{15})$/.test(asked);
  const from = { object: 'Campaign', field: byId ? 'Id' : 'Name', fields: ['Name'] };
  const [campaign, ...others] = await findIn(connection, from, [asked]);
  if (!campaign)
    throw refused(
      `This org has no campaign with the ${byId ? 'id' : 'name'} “${asked}” that the connected user may see. Choose one of its campaigns, and check that the id is not one of another org or sandbox.`,
    );
  if (others.length > 0)
    throw refused(
      `${others.length + 1} campaigns of this org are called “${asked}”. Name the campaign by its id (701…).`,
    );
  const statuses = await findIn(
    connection,
    { object: 'CampaignMemberStatus', field: 'CampaignId', fields: ['Label', 'IsDefault'] },
    [campaign.Id],
  );
  return {
    id: campaign.Id,
    name: String(campaign.Name),
    statuses: statuses.map(({ Label, IsDefault }) => ({ label: String(Label), byDefault: IsDefault === true })),
  };
}

const refused = (sentence: string): StepError => new StepError('rejected', sentence, { field: 'campaignId' });

/**
 * The status as the campaign writes it. A campaign without statuses of its own takes any.
 * @throws StepError `rejected` naming the statuses that this campaign has
 */
export function statusIn(campaign: Campaign, asked: string): string {
  const labels = campaign.statuses.map(({ label }) => label);
  const found = labels.find(label => label.toLowerCase() === asked.trim().toLowerCase());
  if (found !== undefined) return found;
  if (labels.length === 0) return asked;
  throw new StepError(
    'rejected',
    `The campaign “${campaign.name}” has no member status “${asked}”. It has ${labels.join(', ')}. Choose one of them, or add this one to the campaign.`,
    { field: 'status' },
  );
}
