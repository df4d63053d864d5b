/** The people and companies that the org starts with. All are invented; every domain ends in .example. */
export const organizationName = 'Brightline Freight Software';

export type SeedUser = { FirstName: string; LastName: string; Email: string; Title: string; IsActive: boolean };
/** The first one is who connects; the last one has left. */
export const users: SeedUser[] = [
  {
    FirstName: 'Integration',
    LastName: 'User',
    Email: 'integration@brightline.example',
    Title: 'Integration',
    IsActive: true,
  },
  {
    FirstName: 'Dana',
    LastName: 'Whitfield',
    Email: 'dana.whitfield@brightline.example',
    Title: 'Account Executive',
    IsActive: true,
  },
  {
    FirstName: 'Luis',
    LastName: 'Ortega',
    Email: 'luis.ortega@brightline.example',
    Title: 'Sales Development Representative',
    IsActive: true,
  },
  {
    FirstName: 'Priya',
    LastName: 'Raman',
    Email: 'priya.raman@brightline.example',
    Title: 'Enterprise Account Executive',
    IsActive: true,
  },
  {
    FirstName: 'Milo',
    LastName: 'Hart',
    Email: 'milo.hart@brightline.example',
    Title: 'Account Executive',
    IsActive: false,
  },
];

type SeedContact = { FirstName: string; LastName: string; Email: string; Title: string };
export type SeedAccount = {
  Name: string;
  Website: string;
  Industry: string;
  NumberOfEmployees: number;
  BillingCity: string;
  BillingCountry: string;
  owner: string;
  contacts: SeedContact[];
};
export const accounts: SeedAccount[] = [
  {
    Name: 'Northwind Freight',
    Website: 'https://northwind-freight.example',
    Industry: 'Transportation',
    NumberOfEmployees: 4200,
    BillingCity: 'Rotterdam',
    BillingCountry: 'Netherlands',
    owner: 'dana.whitfield@brightline.example',
    contacts: [
      {
        FirstName: 'Hanna',
        LastName: 'Verbeek',
        Email: 'hanna.verbeek@northwind-freight.example',
        Title: 'VP Operations',
      },
      {
        FirstName: 'Tomas',
        LastName: 'Lindqvist',
        Email: 'tomas.lindqvist@northwind-freight.example',
        Title: 'Head of IT',
      },
      {
        FirstName: 'Grace',
        LastName: 'Okafor',
        Email: 'grace.okafor@northwind-freight.example',
        Title: 'Procurement Manager',
      },
    ],
  },
  {
    Name: 'Harbor & Pine Logistics',
    Website: 'https://harborpine.example',
    Industry: 'Shipping',
    NumberOfEmployees: 380,
    BillingCity: 'Portland',
    BillingCountry: 'United States',
    owner: 'luis.ortega@brightline.example',
    contacts: [
      {
        FirstName: 'Ellen',
        LastName: 'Marsh',
        Email: 'ellen.marsh@harborpine.example',
        Title: 'Director of Logistics',
      },
      { FirstName: 'Joaquin', LastName: 'Reyes', Email: 'joaquin.reyes@harborpine.example', Title: 'Fleet Manager' },
    ],
  },
  {
    Name: 'Alpenglow Foods',
    Website: 'https://alpenglow-foods.example',
    Industry: 'Food & Beverage',
    NumberOfEmployees: 1250,
    BillingCity: 'Innsbruck',
    BillingCountry: 'Austria',
    owner: 'priya.raman@brightline.example',
    contacts: [
      {
        FirstName: 'Katrin',
        LastName: 'Moser',
        Email: 'katrin.moser@alpenglow-foods.example',
        Title: 'Supply Chain Lead',
      },
    ],
  },
  {
    Name: 'Cobalt Rail',
    Website: 'https://cobalt-rail.example',
    Industry: 'Transportation',
    NumberOfEmployees: 9800,
    BillingCity: 'Lyon',
    BillingCountry: 'France',
    owner: 'priya.raman@brightline.example',
    contacts: [
      { FirstName: 'Ines', LastName: 'Duarte', Email: 'ines.duarte@cobalt-rail.example', Title: 'Head of Digital' },
      { FirstName: 'Noah', LastName: 'Becker', Email: 'noah.becker@cobalt-rail.example', Title: 'Depot Manager' },
    ],
  },
];

export type SeedLead = {
  FirstName: string;
  LastName: string;
  Email: string;
  Title: string;
  Company: string;
  LeadSource: string;
  owner: string;
};
export const leads: SeedLead[] = [
  {
    FirstName: 'Amara',
    LastName: 'Diallo',
    Email: 'amara.diallo@lumen-robotics.example',
    Title: 'Operations Manager',
    Company: 'Lumen Robotics',
    LeadSource: 'Web',
    owner: 'luis.ortega@brightline.example',
  },
  {
    FirstName: 'Ben',
    LastName: 'Castellano',
    Email: 'ben.castellano@oakridge-health.example',
    Title: 'IT Director',
    Company: 'Oakridge Health',
    LeadSource: 'Web',
    owner: 'dana.whitfield@brightline.example',
  },
  {
    FirstName: 'Chiara',
    LastName: 'Fontana',
    Email: 'chiara.fontana@vela-marine.example',
    Title: 'CFO',
    Company: 'Vela Marine',
    LeadSource: 'Partner Referral',
    owner: 'priya.raman@brightline.example',
  },
  {
    FirstName: 'Derek',
    LastName: 'Nyström',
    Email: 'derek.nystrom@tundra-tools.example',
    Title: 'Warehouse Lead',
    Company: 'Tundra Tools',
    LeadSource: 'Web',
    owner: 'luis.ortega@brightline.example',
  },
  {
    FirstName: 'Farah',
    LastName: 'Siddiqui',
    Email: 'farah.siddiqui@meridian-textiles.example',
    Title: 'Head of Sourcing',
    Company: 'Meridian Textiles',
    LeadSource: 'Phone Inquiry',
    owner: 'dana.whitfield@brightline.example',
  },
  {
    FirstName: 'George',
    LastName: "O'Malley",
    Email: 'george.omalley@copperfield.example',
    Title: 'Founder',
    Company: 'Copperfield Brewing',
    LeadSource: 'Web',
    owner: 'priya.raman@brightline.example',
  },
  // Twice the same person, who is a Contact already.
  {
    FirstName: 'Noah',
    LastName: 'Becker',
    Email: 'noah.becker@cobalt-rail.example',
    Title: 'Depot Manager',
    Company: 'Cobalt Rail',
    LeadSource: 'Web',
    owner: 'luis.ortega@brightline.example',
  },
  {
    FirstName: 'N.',
    LastName: 'Becker',
    Email: 'Noah.Becker@cobalt-rail.example',
    Title: 'Manager',
    Company: 'Cobalt',
    LeadSource: 'Purchased List',
    owner: 'dana.whitfield@brightline.example',
  },
];

/** Whom the org's active assignment rule gives a new Lead to. */
export const assignmentOwner = 'luis.ortega@brightline.example';

/** A Lead of last month that has become a Contact of Cobalt Rail. */
export const convertedLead: SeedLead = {
  FirstName: 'Ines',
  LastName: 'Duarte',
  Email: 'ines.duarte@cobalt-rail.example',
  Title: 'Head of Digital',
  Company: 'Cobalt Rail',
  LeadSource: 'Web',
  owner: 'priya.raman@brightline.example',
};
