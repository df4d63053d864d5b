import { flag, object, pick, system, text } from './fields.ts';

const readOnly = { createable: false, updateable: false } as const;

/** The one record that says which org this is. */
export const organization = object(
  'Organization',
  'Organizations',
  '00D',
  [
    ...system('Organization').filter(({ name }) => name !== 'IsDeleted'),
    text('Name', 'Name', 80, { nillable: false, ...readOnly }),
    pick('OrganizationType', 'Edition', ['Enterprise Edition', 'Developer Edition'], readOnly),
    flag('IsSandbox', 'Is Sandbox', readOnly),
  ],
  { createable: false, updateable: false, deletable: false },
);
