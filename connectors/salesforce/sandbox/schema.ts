/** One field of an object, with the defaults of most: nillable, writable, filterable. */
export type Field = {
  name: string;
  label: string;
  type:
    | 'id'
    | 'string'
    | 'textarea'
    | 'email'
    | 'phone'
    | 'url'
    | 'picklist'
    | 'reference'
    | 'boolean'
    | 'int'
    | 'double'
    | 'currency'
    | 'date'
    | 'datetime';
  length: number;
  nillable: boolean;
  createable: boolean;
  updateable: boolean;
  filterable: boolean;
  values: string[];
  restricted: boolean;
  referenceTo: string[];
  relationshipName?: string;
  /** The value of a new record that does not name one. */
  initial?: string | number | boolean;
};
export type ObjectType = {
  name: string;
  label: string;
  plural: string;
  prefix: string;
  fields: Field[];
};

type Options = Partial<Omit<Field, 'name' | 'label' | 'type'>>;
const field = (name: string, label: string, type: Field['type'], options: Options = {}): Field => ({
  name,
  label,
  type,
  length: 0,
  nillable: true,
  createable: true,
  updateable: true,
  filterable: type !== 'textarea',
  values: [],
  restricted: false,
  referenceTo: [],
  ...options,
});
const readOnly = { createable: false, updateable: false } as const;
const text = (name: string, label: string, length: number, options: Options = {}) =>
  field(name, label, 'string', { length, ...options });
const long = (name: string, label: string, length = 32_000) => field(name, label, 'textarea', { length });
const pick = (name: string, label: string, values: string[], options: Options = {}) =>
  field(name, label, 'picklist', { length: 255, values, ...options });
const flag = (name: string, label: string, options: Options = {}) =>
  field(name, label, 'boolean', { nillable: false, initial: false, ...options });
const lookup = (name: string, label: string, referenceTo: string[], options: Options = {}) =>
  field(name, label, 'reference', { length: 18, referenceTo, relationshipName: name.replace(/Id$/, ''), ...options });
const phone = (name: string, label: string) => field(name, label, 'phone', { length: 40 });
const email = (name: string, label: string) => field(name, label, 'email', { length: 80 });
const url = (name: string, label: string) => field(name, label, 'url', { length: 255 });

const system = (label: string): Field[] => [
  field('Id', `${label} ID`, 'id', { length: 18, nillable: false, ...readOnly }),
  flag('IsDeleted', 'Deleted', readOnly),
  field('CreatedDate', 'Created Date', 'datetime', { nillable: false, ...readOnly }),
  lookup('CreatedById', 'Created By ID', ['User'], { nillable: false, ...readOnly }),
  field('LastModifiedDate', 'Last Modified Date', 'datetime', { nillable: false, ...readOnly }),
  lookup('LastModifiedById', 'Last Modified By ID', ['User'], { nillable: false, ...readOnly }),
  field('SystemModstamp', 'System Modstamp', 'datetime', { nillable: false, ...readOnly }),
];
const owner = (label: string) => lookup('OwnerId', label, ['User'], { nillable: false });
const personName = (): Field[] => [
  text('LastName', 'Last Name', 80, { nillable: false }),
  text('FirstName', 'First Name', 40),
  text('Name', 'Full Name', 121, { nillable: false, ...readOnly }),
];
const sources = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other'];
const industries = [
  'Agriculture',
  'Banking',
  'Biotechnology',
  'Construction',
  'Consulting',
  'Education',
  'Electronics',
  'Energy',
  'Engineering',
  'Environmental',
  'Finance',
  'Food & Beverage',
  'Government',
  'Healthcare',
  'Hospitality',
  'Insurance',
  'Machinery',
  'Manufacturing',
  'Media',
  'Retail',
  'Shipping',
  'Technology',
  'Telecommunications',
  'Transportation',
  'Utilities',
  'Other',
];

const task: ObjectType = {
  name: 'Task',
  label: 'Task',
  plural: 'Tasks',
  prefix: '00T',
  fields: [
    ...system('Activity'),
    lookup('WhoId', 'Name ID', ['Contact', 'Lead']),
    lookup('WhatId', 'Related To ID', ['Account']),
    text('Subject', 'Subject', 255),
    field('ActivityDate', 'Due Date Only', 'date'),
    pick('Status', 'Status', ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'], {
      nillable: false,
      initial: 'Not Started',
    }),
    pick('Priority', 'Priority', ['High', 'Normal', 'Low'], { nillable: false, initial: 'Normal' }),
    flag('IsHighPriority', 'High Priority', readOnly),
    owner('Assigned To ID'),
    long('Description', 'Description'),
    lookup('AccountId', 'Account ID', ['Account'], readOnly),
    flag('IsClosed', 'Closed', readOnly),
    flag('IsArchived', 'Archived', readOnly),
    field('CallDurationInSeconds', 'Call Duration', 'int'),
    pick('CallType', 'Call Type', ['Internal', 'Inbound', 'Outbound'], { restricted: true }),
    text('CallDisposition', 'Call Result', 255),
    text('CallObject', 'Call Object Identifier', 255),
    field('ReminderDateTime', 'Reminder Date/Time', 'datetime'),
    flag('IsReminderSet', 'Reminder Set'),
    pick('TaskSubtype', 'Task Subtype', ['Task', 'Email', 'Call', 'List Email', 'Cadence', 'LinkedIn'], {
      restricted: true,
      updateable: false,
      initial: 'Task',
    }),
    url('Website_Conversation__c', 'Website Conversation'),
  ],
};

const lead: ObjectType = {
  name: 'Lead',
  label: 'Lead',
  plural: 'Leads',
  prefix: '00Q',
  fields: [
    ...system('Lead'),
    ...personName(),
    text('Title', 'Title', 128),
    text('Company', 'Company', 255, { nillable: false }),
    field('Street', 'Street', 'textarea', { length: 255 }),
    text('City', 'City', 40),
    text('State', 'State/Province', 80),
    text('PostalCode', 'Zip/Postal Code', 20),
    text('Country', 'Country', 80),
    phone('Phone', 'Phone'),
    phone('MobilePhone', 'Mobile Phone'),
    email('Email', 'Email'),
    url('Website', 'Website'),
    long('Description', 'Description'),
    pick('LeadSource', 'Lead Source', sources),
    pick(
      'Status',
      'Status',
      ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted', 'Closed - Not Converted'],
      { nillable: false, initial: 'Open - Not Contacted' },
    ),
    pick('Industry', 'Industry', industries),
    pick('Rating', 'Rating', ['Hot', 'Warm', 'Cold']),
    field('NumberOfEmployees', 'Employees', 'int'),
    field('AnnualRevenue', 'Annual Revenue', 'currency'),
    owner('Owner ID'),
    flag('IsConverted', 'Converted', readOnly),
    lookup('ConvertedContactId', 'Converted Contact ID', ['Contact'], readOnly),
  ],
};

const contact: ObjectType = {
  name: 'Contact',
  label: 'Contact',
  plural: 'Contacts',
  prefix: '003',
  fields: [
    ...system('Contact'),
    lookup('AccountId', 'Account ID', ['Account']),
    ...personName(),
    text('Title', 'Title', 128),
    text('Department', 'Department', 80),
    email('Email', 'Email'),
    phone('Phone', 'Business Phone'),
    phone('MobilePhone', 'Mobile Phone'),
    text('MailingCity', 'Mailing City', 40),
    text('MailingCountry', 'Mailing Country', 80),
    pick('LeadSource', 'Lead Source', sources),
    long('Description', 'Contact Description'),
    owner('Owner ID'),
  ],
};

const account: ObjectType = {
  name: 'Account',
  label: 'Account',
  plural: 'Accounts',
  prefix: '001',
  fields: [
    ...system('Account'),
    text('Name', 'Account Name', 255, { nillable: false }),
    pick('Type', 'Account Type', ['Prospect', 'Customer - Direct', 'Customer - Channel', 'Partner', 'Other']),
    url('Website', 'Website'),
    phone('Phone', 'Account Phone'),
    pick('Industry', 'Industry', industries),
    field('NumberOfEmployees', 'Employees', 'int'),
    field('AnnualRevenue', 'Annual Revenue', 'currency'),
    text('BillingCity', 'Billing City', 40),
    text('BillingCountry', 'Billing Country', 80),
    long('Description', 'Account Description'),
    owner('Owner ID'),
  ],
};

const user: ObjectType = {
  name: 'User',
  label: 'User',
  plural: 'Users',
  prefix: '005',
  fields: [
    ...system('User').filter(({ name }) => name !== 'IsDeleted'),
    text('Username', 'Username', 80, { nillable: false }),
    ...personName(),
    field('Email', 'Email', 'email', { length: 128, nillable: false }),
    text('Alias', 'Alias', 8, { nillable: false }),
    text('Title', 'Title', 80),
    text('Department', 'Department', 80),
    phone('Phone', 'Phone'),
    flag('IsActive', 'Active', { initial: true }),
    pick('UserType', 'User Type', ['Standard'], { ...readOnly, restricted: true, initial: 'Standard' }),
    pick('TimeZoneSidKey', 'Time Zone', ['America/Los_Angeles', 'America/New_York', 'Europe/London', 'UTC'], {
      nillable: false,
      restricted: true,
      initial: 'America/Los_Angeles',
    }),
    pick('LocaleSidKey', 'Locale', ['en_US', 'en_GB'], { nillable: false, restricted: true, initial: 'en_US' }),
    pick('LanguageLocaleKey', 'Language', ['en_US'], { nillable: false, restricted: true, initial: 'en_US' }),
    pick('EmailEncodingKey', 'Email Encoding', ['UTF-8', 'ISO-8859-1'], {
      nillable: false,
      restricted: true,
      initial: 'UTF-8',
    }),
  ],
};

/** Every object of the org, by name. */
export const objectTypes: ReadonlyMap<string, ObjectType> = new Map(
  [task, lead, contact, account, user].map(type => [type.name, type]),
);

/** An object by its name in any case, as the vendor takes it. */
export const objectType = (name: string): ObjectType | undefined =>
  objectTypes.get(name) ?? [...objectTypes.values()].find(type => type.name.toLowerCase() === name.toLowerCase());

/** A field by its name in any case. */
export const fieldOf = (type: ObjectType, name: string): Field | undefined =>
  type.fields.find(candidate => candidate.name.toLowerCase() === name.toLowerCase());

/** The object that an id belongs to, by its key prefix. */
export const typeOfId = (id: string): ObjectType | undefined =>
  [...objectTypes.values()].find(type => id.startsWith(type.prefix));
