import { StepError } from '../../src/sdk/index.ts';
import { type BatchContext, MOST_RECORDS, type Outcome, outcomesOf } from './batch.ts';
import { classify } from './errors.ts';

/** What is written of one person. */
export type Lead = Record<string, unknown> & { email: string };
export type Written = Outcome | { error: StepError };

/** Marketo takes 1 MB in one call (HTTP 413). */
const MOST_BYTES = 900_000;
/** A call that is too large, and what Marketo otherwise says of single records; not what it says of partitions or the key. */
const ofRecords = /^(413|100[1-7]|1018|1021|1036)$/;
/** How many more calls may be spent on finding out which records of a refused call are wrong. */
const MORE_CALLS = 40;

/**
 * Creates or updates people by e-mail, one outcome each, in order. Where Marketo refuses a whole call for the sake of some record, the
 * others are sent without it.
 */
export async function syncLeads(
  context: BatchContext,
  leads: Lead[],
  partitionName: string | undefined,
): Promise<Written[]> {
  const outcomes = new Map<Lead, Written>();
  const budget = { calls: MORE_CALLS };
  for (const part of inCalls(leads)) {
    for (const [lead, written] of await sync(context, part, partitionName, budget)) outcomes.set(lead, written);
  }
  return leads.map(
    lead => outcomes.get(lead) ?? { error: new StepError('defect', 'A person was left out of the call.') },
  );
}

/** Parts that fit into one call each. */
function inCalls(leads: Lead[]): Lead[][] {
  const parts: Lead[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const lead of leads) {
    const bytes = Buffer.byteLength(JSON.stringify(lead)) + 1;
    const part = parts.at(-1);
    if (part === undefined || part.length === MOST_RECORDS || size + bytes > MOST_BYTES) {
      parts.push([lead]);
      size = bytes;
    } else {
      part.push(lead);
      size += bytes;
    }
  }
  return parts;
}

async function sync(
  context: BatchContext,
  leads: Lead[],
  partitionName: string | undefined,
  budget: { calls: number },
): Promise<Map<Lead, Written>> {
  if (leads.length === 0) return new Map();
  const { client, signal } = context;
  const body = {
    action: 'createOrUpdate',
    lookupField: 'email',
    ...(partitionName && { partitionName }),
    input: leads,
  };
  try {
    const answer = await client.write({ path: '/rest/v1/leads.json', body, signal });
    return pair(leads, outcomesOf(answer, leads.length));
  } catch (thrown) {
    const error = classify(thrown);
    const parts = isolated(leads, error);
    if (!parts || budget.calls < 2)
      return pair(
        leads,
        leads.map(() => ({ error })),
      );
    budget.calls -= 2;
    const { condemned, again } = parts;
    const settled = pair(
      condemned,
      condemned.map(() => ({ error })),
    );
    for (const part of again)
      for (const [lead, written] of await sync(context, part, partitionName, budget)) settled.set(lead, written);
    return settled;
  }
}

const pair = (leads: Lead[], written: Written[]): Map<Lead, Written> =>
  new Map(leads.map((lead, index) => [lead, written[index]!]));

/**
 * Whom a refusal of the whole call concerns: those with the field that it names, else it is looked for in two halves. Undefined where it
 * concerns everybody, or the call was not refused.
 */
function isolated(leads: Lead[], error: StepError): { condemned: Lead[]; again: Lead[][] } | undefined {
  const { field, vendorCode = '' } = error.details;
  if (error.kind !== 'rejected' || leads.length === 1) return undefined;
  const condemned = field === undefined ? [] : leads.filter(lead => field in lead);
  if (condemned.length > 0) return { condemned, again: [leads.filter(lead => !condemned.includes(lead))] };
  if (!ofRecords.test(vendorCode)) return undefined;
  const middle = Math.ceil(leads.length / 2);
  return { condemned: [], again: [leads.slice(0, middle), leads.slice(middle)] };
}
