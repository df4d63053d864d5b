/** A property of an object, as the properties API shows it. */
export type Definition = {
  name: string;
  label: string;
  type: 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool' | 'phone_number';
  fieldType: string;
  groupName: string;
  options: { label: string; value: string; hidden: boolean; displayOrder: number }[];
  readOnly?: boolean;
  calculated?: boolean;
  hidden?: boolean;
  externalOptions?: boolean;
};

const field = (name: string, label: string, more: Partial<Definition> = {}): Definition => ({
  name,
  label,
  type: 'string',
  fieldType: 'text',
  groupName: 'contactinformation',
  options: [],
  ...more,
});
const choice = (name: string, label: string, values: Record<string, string>, more: Partial<Definition> = {}) =>
  field(name, label, {
    type: 'enumeration',
    fieldType: 'select',
    options: Object.entries(values).map(([value, text], index) => ({
      label: text,
      value,
      hidden: false,
      displayOrder: index,
    })),
    ...more,
  });
const readOnly = (name: string, label: string, type: Definition['type']): Definition =>
  field(name, label, { type, readOnly: true });
const owner = field('hubspot_owner_id', 'Contact owner', {
  type: 'enumeration',
  fieldType: 'select',
  externalOptions: true,
});
const record = [
  readOnly('hs_object_id', 'Record ID', 'number'),
  readOnly('createdate', 'Create Date', 'datetime'),
  readOnly('lastmodifieddate', 'Last Modified Date', 'datetime'),
];
const html = { fieldType: 'html' };
const time = (name: string, label: string) => field(name, label, { type: 'datetime', fieldType: 'date' });

/** The properties of each object of the account, HubSpot's own and two that somebody has made. */
export const definitions: Record<string, Definition[]> = {
  contacts: [
    field('email', 'Email'),
    field('hs_additional_emails', 'Additional email addresses', {
      type: 'enumeration',
      fieldType: 'checkbox',
      readOnly: true,
    }),
    field('firstname', 'First Name'),
    field('lastname', 'Last Name'),
    field('company', 'Company Name'),
    field('jobtitle', 'Job Title'),
    field('phone', 'Phone Number', { type: 'phone_number', fieldType: 'phonenumber' }),
    field('website', 'Website URL'),
    field('industry', 'Industry'),
    field('country', 'Country/Region'),
    field('message', 'Message', { fieldType: 'textarea' }),
    owner,
    choice('lifecyclestage', 'Lifecycle Stage', {
      subscriber: 'Subscriber',
      lead: 'Lead',
      marketingqualifiedlead: 'Marketing Qualified Lead',
      salesqualifiedlead: 'Sales Qualified Lead',
      opportunity: 'Opportunity',
      customer: 'Customer',
      evangelist: 'Evangelist',
      other: 'Other',
    }),
    choice('hs_lead_status', 'Lead Status', {
      NEW: 'New',
      OPEN: 'Open',
      IN_PROGRESS: 'In Progress',
      UNQUALIFIED: 'Unqualified',
    }),
    choice(
      'product_interest',
      'Product interest',
      { routing: 'Route planning', tracking: 'Live tracking', billing: 'Billing' },
      { fieldType: 'checkbox' },
    ),
    field('fleet_size', 'Fleet size', { type: 'number', fieldType: 'number' }),
    field('renewal_date', 'Renewal date', { type: 'date', fieldType: 'date' }),
    time('last_chat_at', 'Last chat'),
    field('is_partner', 'Is partner', { type: 'bool', fieldType: 'booleancheckbox' }),
    field('hs_email_domain', 'Email Domain', { calculated: true }),
    field('hs_secret_score', 'Internal score', { hidden: true, type: 'number', fieldType: 'number' }),
    ...record,
  ],
  companies: [
    field('name', 'Company name', { groupName: 'companyinformation' }),
    field('domain', 'Company Domain Name', { groupName: 'companyinformation' }),
    choice('industry', 'Industry', { LOGISTICS_AND_SUPPLY_CHAIN: 'Logistics and Supply Chain', RETAIL: 'Retail' }),
    owner,
    ...record,
  ],
  notes: [field('hs_note_body', 'Body', html), time('hs_timestamp', 'Activity date'), owner, ...record],
  meetings: [
    time('hs_timestamp', 'Activity date'),
    field('hs_meeting_title', 'Meeting name'),
    field('hs_meeting_body', 'Meeting description', html),
    field('hs_internal_meeting_notes', 'Internal meeting notes', html),
    field('hs_meeting_external_url', 'Meeting external URL'),
    field('hs_meeting_location', 'Meeting location'),
    time('hs_meeting_start_time', 'Meeting start time'),
    time('hs_meeting_end_time', 'Meeting end time'),
    choice('hs_meeting_outcome', 'Meeting outcome', {
      SCHEDULED: 'Scheduled',
      COMPLETED: 'Completed',
      RESCHEDULED: 'Rescheduled',
      NO_SHOW: 'No Show',
      CANCELED: 'Canceled',
    }),
    field('hs_attendee_owner_ids', 'Attendee owners', {
      type: 'enumeration',
      fieldType: 'checkbox',
      externalOptions: true,
    }),
    owner,
    ...record,
  ],
};

const since = '2024-01-15T09:00:00.000Z';

/** A property as `GET /crm/v3/properties/{objectType}` answers it. */
export const definitionShape = ({ readOnly, calculated, hidden, externalOptions, ...more }: Definition) => ({
  ...more,
  description: '',
  displayOrder: -1,
  calculated: calculated === true,
  externalOptions: externalOptions === true,
  archived: false,
  hasUniqueValue: more.name === 'email',
  hidden: hidden === true,
  hubspotDefined: true,
  formField: readOnly !== true,
  createdAt: since,
  updatedAt: since,
  modificationMetadata: {
    archivable: false,
    readOnlyDefinition: true,
    readOnlyValue: readOnly === true || calculated === true,
  },
});
