export const site = { id: 4242, name: 'BrightlineFreight' };
export const user = {
  id: 77,
  username: 'integration.user',
  displayName: 'Integration User',
  firstName: 'Integration',
  lastName: 'User',
  emailAddress: 'integration@brightline.example',
};
/** The data centre of the site at the start. */
export const firstPod = 'p03';

export type Field = {
  id: string;
  internalName: string;
  name: string;
  dataType: 'text' | 'largeText' | 'date' | 'number';
  displayType: 'text' | 'textArea' | 'singleSelect' | 'multiSelect' | 'checkbox';
  isRequired: boolean;
  isReadOnly: boolean;
  isStandard: boolean;
  /** The property of a contact that holds it; absent where `fieldValues` do. */
  property?: string;
  checkedValue?: string;
  uncheckedValue?: string;
};

const standard = (id: number, internalName: string, name: string, property: string): Field => ({
  id: String(id),
  internalName,
  name,
  dataType: 'text',
  displayType: 'text',
  isRequired: internalName === 'C_EmailAddress',
  isReadOnly: false,
  isStandard: true,
  property,
});
const own = (id: number, internalName: string, name: string, more: Partial<Field> = {}): Field => ({
  id: String(id),
  internalName,
  name,
  dataType: 'text',
  displayType: 'text',
  isRequired: false,
  isReadOnly: false,
  isStandard: false,
  ...more,
});

export const fields: Field[] = [
  standard(100001, 'C_EmailAddress', 'Email Address', 'emailAddress'),
  standard(100002, 'C_FirstName', 'First Name', 'firstName'),
  standard(100003, 'C_LastName', 'Last Name', 'lastName'),
  standard(100004, 'C_Company', 'Company', 'accountName'),
  standard(100006, 'C_Address1', 'Address 1', 'address1'),
  standard(100007, 'C_Address2', 'Address 2', 'address2'),
  standard(100008, 'C_Address3', 'Address 3', 'address3'),
  standard(100009, 'C_City', 'City', 'city'),
  standard(100010, 'C_State_Prov', 'State or Province', 'province'),
  standard(100011, 'C_Zip_Postal', 'Zip or Postal Code', 'postalCode'),
  standard(100012, 'C_Country', 'Country', 'country'),
  standard(100013, 'C_BusPhone', 'Business Phone', 'businessPhone'),
  standard(100014, 'C_MobilePhone', 'Mobile Phone', 'mobilePhone'),
  standard(100015, 'C_Fax', 'Fax', 'fax'),
  standard(100017, 'C_Title', 'Title', 'title'),
  standard(100023, 'C_Salesperson', 'Salesperson', 'salesPerson'),
  own(100041, 'C_DateCreated', 'Date Created', { dataType: 'date', isReadOnly: true, isStandard: true }),
  own(100190, 'C_Industry1', 'Industry', { displayType: 'singleSelect' }),
  own(100191, 'C_Interests1', 'Interests', { displayType: 'multiSelect' }),
  own(100192, 'C_Fleet_Size1', 'Fleet Size', { dataType: 'number' }),
  own(100193, 'C_Renewal_Date1', 'Renewal Date', { dataType: 'date' }),
  own(100194, 'C_Trial1', 'In Trial', { displayType: 'checkbox', checkedValue: 'Yes', uncheckedValue: 'No' }),
  own(100195, 'C_Last_Conversation1', 'Last Conversation', { dataType: 'largeText', displayType: 'textArea' }),
];

/** `properties` as a contact carries them, `values` by field id. */
export type Contact = {
  id: string;
  createdAt: number;
  updatedAt: number;
  properties: Record<string, string>;
  values: Record<string, string>;
};

export const contacts = (): Contact[] => [
  {
    id: '201',
    createdAt: 1_750_000_000,
    updatedAt: 1_760_000_000,
    properties: {
      emailAddress: 'hanna.verbeek@northwind-freight.example',
      firstName: 'Hanna',
      lastName: 'Verbeek',
      accountName: 'Northwind Freight',
      city: 'Utrecht',
      isSubscribed: 'false',
      isBounceback: 'false',
      emailFormatPreference: 'unspecified',
    },
    values: { '100190': 'Logistics', '100193': '1798675200' },
  },
  {
    id: '202',
    createdAt: 1_751_000_000,
    updatedAt: 1_751_000_000,
    properties: {
      emailAddress: "shane.o'neil@cobalt-rail.example",
      firstName: 'Shane',
      lastName: 'O’Neil',
      isSubscribed: 'true',
      isBounceback: 'false',
    },
    values: {},
  },
];

export type List = {
  id: string;
  name: string;
  description: string;
  scope: string;
  updatedAt: number;
  members: string[];
};
export const lists = (): List[] => [
  {
    id: '51',
    name: 'Website Conversations 2026',
    description: 'From the website',
    scope: 'global',
    updatedAt: 1_760_000_000,
    members: [],
  },
  {
    id: '52',
    name: 'Autumn Fleet Webinar',
    description: 'Registered',
    scope: 'global',
    updatedAt: 1_760_000_000,
    members: ['202'],
  },
  { id: '53', name: 'Newsletter', description: '', scope: 'global', updatedAt: 1_760_000_000, members: [] },
  { id: '54', name: 'Newsletter', description: 'old', scope: 'local', updatedAt: 1_700_000_000, members: [] },
];
