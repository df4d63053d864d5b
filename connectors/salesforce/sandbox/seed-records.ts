import { makeId } from './ids.ts';
import { accounts, assignmentOwner, convertedLead, leads, organizationName, users } from './seed.ts';
import { campaigns } from './seed-campaigns.ts';
import type { Stored } from './validate.ts';

/** The user who connects: the first of the seed. */
export const integrationUserId = makeId('005', 1);
export const organizationId = makeId('00D', 1);

/** Puts a record into the org and answers its id. */
type Put = (name: string, fields: Stored) => string;

const plantUsers = (put: Put): Map<string, string> =>
  new Map(
    users.map(({ Email, ...user }) => [
      Email,
      put('User', { ...user, Email, Username: `${Email}.sandbox`, Alias: user.LastName.slice(0, 8).toLowerCase() }),
    ]),
  );

const plantCampaigns = (put: Put, ownerId: (email: string) => string, people: Map<string, string>): void => {
  for (const { statuses, members, owner, ...campaign } of campaigns) {
    const CampaignId = put('Campaign', { ...campaign, OwnerId: ownerId(owner) });
    for (const [index, status] of statuses.entries())
      put('CampaignMemberStatus', { ...status, CampaignId, SortOrder: index + 1 });
    for (const { email, Status } of members) {
      const id = people.get(email)!;
      put('CampaignMember', { CampaignId, [id.startsWith('003') ? 'ContactId' : 'LeadId']: id, Status });
    }
  }
};

/** Fills an empty org. The order decides on the ids: what is new goes behind what was there. */
export const plant = (put: Put): { assignmentOwner: string } => {
  const ids = plantUsers(put);
  put('Organization', { Name: organizationName, OrganizationType: 'Enterprise Edition' });
  const ownerId = (email: string): string => ids.get(email) ?? integrationUserId;
  const people = new Map<string, string>();
  const accountIds = new Map<string, string>();
  for (const { contacts, owner, ...account } of accounts) {
    const AccountId = put('Account', { ...account, OwnerId: ownerId(owner) });
    accountIds.set(account.Name, AccountId);
    for (const contact of contacts)
      people.set(contact.Email, put('Contact', { ...contact, AccountId, OwnerId: ownerId(owner) }));
  }
  for (const { owner, ...lead } of leads) {
    const id = put('Lead', { ...lead, OwnerId: ownerId(owner) });
    if (!people.has(lead.Email)) people.set(lead.Email, id);
  }
  const { owner, ...converted } = convertedLead;
  put('Lead', {
    ...converted,
    OwnerId: ownerId(owner),
    Status: 'Closed - Converted',
    IsConverted: true,
    ConvertedDate: '2026-10-05',
    ConvertedAccountId: accountIds.get(converted.Company)!,
    ConvertedContactId: people.get(converted.Email)!,
  });
  plantCampaigns(put, ownerId, people);
  return { assignmentOwner: ownerId(assignmentOwner) };
};
