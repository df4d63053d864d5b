export const orgId = '00D5e000000PaRdEAM';
export const orgName = 'Brightline Freight Software';
export const user = { id: '0055e000007MkTgAAK', name: 'Integration User', email: 'integration@brightline.example' };

/** `active: false` is one that was switched off; the vendor answers for it as for one that never was. */
export const businessUnits = [
  {
    id: '0Uv5e0000004CQSCA2',
    accountId: 481232,
    company: 'Brightline Freight Software',
    level: 'Advanced',
    active: true,
  },
  { id: '0Uv5e0000004CQXCA2', accountId: 481233, company: 'Brightline Freight EMEA', level: 'Plus', active: true },
  { id: '0Uv5e0000004CQcCAM', accountId: 481234, company: 'Brightline Pilot', level: 'Growth', active: false },
];

export type CustomField = {
  id: number;
  name: string;
  fieldId: string;
  type: string;
  isRequired: boolean;
  isRecordMultipleResponses: boolean;
  isUseValues: boolean;
  /** What a field with `isUseValues` takes. */
  values?: string[];
};

const field = (id: number, name: string, fieldId: string, type: string, values?: string[]): CustomField => ({
  id,
  name,
  fieldId,
  type,
  isRequired: false,
  isRecordMultipleResponses: false,
  isUseValues: values !== undefined,
  ...(values && { values }),
});

export const customFields = (): CustomField[] => [
  field(9101, 'Fleet size', 'fleet_size', 'Number'),
  field(9102, 'Region', 'region', 'Dropdown', ['Americas', 'EMEA', 'APAC']),
  field(9103, 'Interests', 'interests', 'Multi-Select', ['Routing', 'Telematics', 'Compliance']),
  field(9104, 'Renewal date', 'renewal_date', 'Date'),
  field(9105, 'Last conversation', 'last_conversation', 'Textarea'),
];

export type Prospect = Record<string, unknown> & { id: number };

/** Two people with one e-mail are there because the business unit allows it; the second was active last. */
export const prospects = (): Prospect[] => [
  {
    id: 20230101,
    email: 'hanna.verbeek@northwind-freight.example',
    firstName: 'Hanna',
    lastName: 'Verbeek',
    company: 'Northwind Freight',
    jobTitle: 'Head of Operations',
    phone: null,
    lastActivityAt: '2026-11-02T09:12:00+00:00',
    createdAt: '2026-01-14T08:00:00+00:00',
    updatedAt: '2026-11-02T09:12:00+00:00',
  },
  {
    id: 20230102,
    email: 'noah.becker@cobalt-rail.example',
    firstName: 'Noah',
    lastName: 'Becker',
    company: 'Cobalt Rail',
    lastActivityAt: '2026-03-05T10:00:00+00:00',
    createdAt: '2026-02-01T08:00:00+00:00',
    updatedAt: '2026-03-05T10:00:00+00:00',
  },
  {
    id: 20230103,
    email: 'Noah.Becker@cobalt-rail.example',
    firstName: 'Noah',
    lastName: null,
    company: null,
    lastActivityAt: '2026-10-20T16:40:00+00:00',
    createdAt: '2026-09-11T08:00:00+00:00',
    updatedAt: '2026-10-20T16:40:00+00:00',
  },
];

export type List = { id: number; name: string; title: string; isPublic: boolean; isDynamic: boolean };
export const lists = (): List[] => [
  { id: 33001, name: 'Website Conversations 2026', title: 'Conversations', isPublic: false, isDynamic: false },
  { id: 33002, name: 'Autumn Fleet Webinar', title: 'Autumn Fleet Webinar', isPublic: true, isDynamic: false },
  { id: 33003, name: 'Recently active', title: 'Recently active', isPublic: false, isDynamic: true },
  { id: 33004, name: 'Newsletter', title: 'Newsletter', isPublic: true, isDynamic: false },
  { id: 33005, name: 'Newsletter', title: 'Newsletter (old)', isPublic: false, isDynamic: false },
];

export type Membership = {
  id: number;
  listId: number;
  prospectId: number;
  optedOut: boolean;
  createdAt: string;
  updatedAt: string;
};
