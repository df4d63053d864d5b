import {
  date,
  email,
  field,
  flag,
  long,
  lookup,
  money,
  number,
  object,
  owner,
  phone,
  pick,
  readOnly,
  system,
  text,
} from './fields.ts';

const count = (name: string, label: string) => number(name, label, { nillable: false, initial: 0, ...readOnly });

export const campaign = object('Campaign', 'Campaigns', '701', [
  ...system('Campaign'),
  text('Name', 'Name', 80, { nillable: false }),
  lookup('ParentId', 'Parent Campaign ID', ['Campaign']),
  pick('Type', 'Type', ['Conference', 'Webinar', 'Trade Show', 'Email', 'Advertisement', 'Website', 'Other']),
  pick('Status', 'Status', ['Planned', 'In Progress', 'Completed', 'Aborted'], { initial: 'Planned' }),
  date('StartDate', 'Start Date'),
  date('EndDate', 'End Date'),
  money('ExpectedRevenue', 'Expected Revenue in Campaign'),
  money('BudgetedCost', 'Budgeted Cost in Campaign'),
  money('ActualCost', 'Actual Cost in Campaign'),
  field('NumberSent', 'Num Sent in Campaign', 'double'),
  flag('IsActive', 'Active'),
  long('Description', 'Description'),
  count('NumberOfLeads', 'Leads in Campaign'),
  count('NumberOfContacts', 'Contacts in Campaign'),
  count('NumberOfResponses', 'Responses in Campaign'),
  owner('Owner ID'),
]);

const once = { updateable: false } as const;
export const campaignMember = object('CampaignMember', 'Campaign Members', '00v', [
  ...system('Campaign Member'),
  lookup('CampaignId', 'Campaign ID', ['Campaign'], { nillable: false, ...once }),
  lookup('LeadId', 'Lead ID', ['Lead'], once),
  lookup('ContactId', 'Contact ID', ['Contact'], once),
  pick('Status', 'Status', ['Sent', 'Responded'], { length: 40 }),
  flag('HasResponded', 'Responded', readOnly),
  date('FirstRespondedDate', 'First Responded Date', readOnly),
  text('Name', 'Name', 121, readOnly),
  text('FirstName', 'First Name', 40, readOnly),
  text('LastName', 'Last Name', 80, readOnly),
  text('Title', 'Title', 128, readOnly),
  { ...email('Email', 'Email'), ...readOnly },
  { ...phone('Phone', 'Phone'), ...readOnly },
  text('CompanyOrAccount', 'Company (Account)', 255, readOnly),
  pick('Type', 'Type', ['Lead', 'Contact'], { length: 40, ...readOnly }),
  lookup('LeadOrContactId', 'Related Record ID', ['Contact', 'Lead'], { ...readOnly, relationshipName: undefined }),
]);

export const campaignMemberStatus = object('CampaignMemberStatus', 'Campaign Member Statuses', '01Y', [
  ...system('Campaign Member Status'),
  lookup('CampaignId', 'Campaign ID', ['Campaign'], { nillable: false, ...once, relationshipName: undefined }),
  text('Label', 'Label', 765, { nillable: false }),
  number('SortOrder', 'Sort Order'),
  flag('IsDefault', 'Is Default'),
  flag('HasResponded', 'Responded'),
]);
