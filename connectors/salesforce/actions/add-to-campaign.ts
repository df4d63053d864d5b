import type { Connection } from 'jsforce';
import * as z from 'zod';
import { type ActionContext, defineAction, StepError, type StepFacts } from '../../../src/sdk/index.ts';
import { type Campaign, findCampaign, statusIn } from '../campaign.ts';
import type { SalesforceClient } from '../client.ts';
import { isSchemaDrift } from '../error-codes.ts';
import { pushedPerson, type Who } from '../people.ts';
import { describeObject, forgetObject, KEY_FIELD, keyUse } from '../schema.ts';
import { findIn, type Row } from '../soql.ts';
import { writeAll } from '../write.ts';

const input = z.strictObject({
  campaignId: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Campaign', description: 'Its id (701…) or its exact name, e.g. {{ session.utm.campaign }}' }),
  status: z
    .string()
    .optional()
    .meta({ title: 'Member status', description: 'One of the campaign’s own; its default where left out' }),
  ifMember: z
    .enum(['leave', 'update_status'])
    .default('leave')
    .meta({ title: 'If already a member', description: 'Leave the member as it is, or set its status' }),
});
type CampaignInput = z.output<typeof input>;
const output = z.object({
  campaignMemberId: z.string(),
  campaignId: z.string(),
  campaignName: z.string(),
  status: z.string().optional(),
  created: z.boolean(),
  url: z.string(),
});
type CampaignOutput = z.infer<typeof output>;
type Context = ActionContext<SalesforceClient>;

export const addToCampaign = defineAction<CampaignInput, CampaignOutput, SalesforceClient>({
  id: 'salesforce.add_to_campaign',
  title: 'Add to a Salesforce campaign',
  description: 'Makes the Contact or Lead of the last push a member of a campaign.',
  input,
  output,
  fits: {},
  needsPush: true,
  // Attribution can wait where an org is nearly out of calls; people and their tasks cannot.
  priority: 'low',
  // Salesforce itself takes a person only once into a campaign.
  replay: 'safe',
  async run(context, { campaignId, status, ifMember }) {
    const person = personOf(context);
    const connection = context.client.connection(context.signal);
    const { campaign, wanted } = await campaignWith(context, connection, campaignId, status);
    const member = await findMember(connection, campaign, person);
    if (member) return keep(context, connection, campaign, member, wanted, ifMember);
    return add(context, connection, campaign, person, wanted, ifMember);
  },
});

/** The record of the last push, else the one that is known of the person. */
function personOf({ facts, note }: Context): Pick<Who, 'id' | 'type'> {
  const person = pushedPerson(facts) ?? knownPerson(facts);
  if (!person)
    throw new StepError(
      'rejected',
      'No Salesforce Contact or Lead of this visitor is known. Put a step that pushes to Salesforce before this one.',
    );
  note(person.why);
  return person;
}

function knownPerson({ visitor: { external } }: StepFacts): Who | undefined {
  const { salesforceContactId, salesforceLeadId } = external;
  if (salesforceContactId)
    return { id: salesforceContactId, type: 'Contact', why: 'The Contact that is known of the visitor was used.' };
  return salesforceLeadId
    ? { id: salesforceLeadId, type: 'Lead', why: 'The Lead that is known of the visitor was used.' }
    : undefined;
}

/** The campaign with the wanted status as it writes it. A status that it does not have is asked for once more, afresh. */
async function campaignWith(
  context: Context,
  connection: Connection,
  asked: string,
  status: string | undefined,
): Promise<{ campaign: Campaign; wanted: string | undefined }> {
  const asking = { client: context.client, connection, now: context.now };
  const campaign = await findCampaign(asking, asked);
  if (!status) return { campaign, wanted: undefined };
  try {
    return { campaign, wanted: statusIn(campaign, status) };
  } catch {
    const fresh = await findCampaign(asking, asked, true);
    return { campaign: fresh, wanted: statusIn(fresh, status) };
  }
}

async function findMember(
  connection: Connection,
  campaign: Campaign,
  person: Pick<Who, 'id' | 'type'>,
): Promise<Row | undefined> {
  const from = {
    object: 'CampaignMember',
    field: person.type === 'Lead' ? 'LeadId' : 'ContactId',
    fields: ['Status'],
    where: { CampaignId: campaign.id },
  };
  return (await findIn(connection, from, [person.id]))[0];
}

async function keep(
  context: Context,
  connection: Connection,
  campaign: Campaign,
  member: Row,
  wanted: string | undefined,
  ifMember: CampaignInput['ifMember'],
): Promise<CampaignOutput> {
  const present = typeof member.Status === 'string' ? member.Status : undefined;
  if (ifMember === 'leave' || wanted === undefined || wanted === present) {
    context.note(`Already a member of “${campaign.name}”${present ? ` (${present})` : ''}; left as it was.`);
    return shown(context, campaign, member.Id, present, false);
  }
  const [written] = await writeAll(connection, [{ type: 'CampaignMember', id: member.Id, fields: { Status: wanted } }]);
  if (!written || 'error' in written) throw written?.error ?? unanswered();
  context.note(`Already a member of “${campaign.name}”: the status ${present ?? 'that it had'} became ${wanted}.`);
  return shown(context, campaign, member.Id, wanted, false);
}

async function add(
  context: Context,
  connection: Connection,
  campaign: Campaign,
  person: Pick<Who, 'id' | 'type'>,
  wanted: string | undefined,
  ifMember: CampaignInput['ifMember'],
): Promise<CampaignOutput> {
  const use = keyUse(await describeObject(context, 'CampaignMember'));
  const fields = {
    CampaignId: campaign.id,
    [person.type === 'Lead' ? 'LeadId' : 'ContactId']: person.id,
    ...(wanted && { Status: wanted }),
    ...(use === 'look-up' && { [KEY_FIELD]: context.stepKey }),
  };
  const [written] = await writeAll(connection, [
    { type: 'CampaignMember', fields, ...(use === 'upsert' && { stepKey: context.stepKey }) },
  ]);
  if (written && 'id' in written) {
    context.note(`Added to “${campaign.name}”.`);
    const byDefault = campaign.statuses.find(status => status.byDefault)?.label;
    return shown(context, campaign, written.id, wanted ?? byDefault, true);
  }
  if (written?.code === 'DUPLICATE_VALUE') {
    const member = await findMember(connection, campaign, person);
    if (member) return keep(context, connection, campaign, member, wanted, ifMember);
  }
  if (isSchemaDrift(written?.code)) forgetObject(context.client, 'CampaignMember');
  throw written?.error ?? unanswered();
}

const unanswered = () => new StepError('uncertain', 'Salesforce gave no answer for the campaign member.');

const shown = (
  { client }: Context,
  campaign: Campaign,
  id: string,
  status: string | undefined,
  created: boolean,
): CampaignOutput => ({
  campaignMemberId: id,
  campaignId: campaign.id,
  campaignName: campaign.name,
  ...(status && { status }),
  created,
  url: `${client.instanceUrl}/${campaign.id}`,
});
