/** The account that the sandbox starts with. All people are invented; every domain ends in .example. */
export const hub = { id: 48_211_733, domain: 'brightline-freight.example' };
export const appId = 3_141_592;
export const installer = { userId: 9_001, email: 'owen.price@brightline.example' };
export const templateId = '1001298';
/** The tokens of the app's event template. */
export const templateTokens = ['title', 'conversation_url', 'rep'];

export type Owner = {
  id: string;
  userId: number;
  firstName: string;
  lastName: string;
  email: string;
  archived: boolean;
};
const owner = (id: number, firstName: string, lastName: string, more: Partial<Owner> = {}): Owner => ({
  id: String(71_000 + id),
  userId: 9_000 + id,
  firstName,
  lastName,
  email: `${firstName}.${lastName}@brightline.example`.toLowerCase(),
  archived: false,
  ...more,
});
export const owners: Owner[] = [
  owner(1, 'Owen', 'Price'),
  owner(2, 'Dana', 'Whitfield'),
  owner(3, 'Luis', 'Ortega'),
  owner(4, 'Priya', 'Raman'),
  owner(5, 'Milo', 'Hart', { archived: true }),
];

type Seed = Record<string, string>;
export const companies: Seed[] = [
  { name: 'Northwind Freight', domain: 'northwind-freight.example', industry: 'LOGISTICS_AND_SUPPLY_CHAIN' },
  { name: 'Harbor & Pine Logistics', domain: 'harborpine.example', industry: 'LOGISTICS_AND_SUPPLY_CHAIN' },
];
export const contacts: Seed[] = [
  {
    email: 'hanna.verbeek@northwind-freight.example',
    firstname: 'Hanna',
    lastname: 'Verbeek',
    jobtitle: 'VP Operations',
    company: 'Northwind Freight',
    lifecyclestage: 'opportunity',
    hubspot_owner_id: '71002',
  },
  {
    email: 'tomas.lindqvist@northwind-freight.example',
    firstname: 'Tomas',
    lastname: 'Lindqvist',
    jobtitle: 'Fleet Director',
    company: 'Northwind Freight',
  },
  {
    email: 'ellen.marsh@harborpine.example',
    hs_additional_emails: 'ellen@marsh-consulting.example;e.marsh@harborpine.example',
    firstname: 'Ellen',
    lastname: 'Marsh',
    company: 'Harbor & Pine Logistics',
    hubspot_owner_id: '71004',
  },
  { email: 'amara.diallo@lumen-robotics.example', firstname: 'Amara', lastname: "D'Iallo", lifecyclestage: 'lead' },
];
