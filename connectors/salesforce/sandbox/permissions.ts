import { flag, lookup, object, system, text } from './fields.ts';

const withoutDeleted = (label: string) => system(label).filter(({ name }) => name !== 'IsDeleted');

/** Permission sets come in by deployment only. */
export const permissionSet = object(
  'PermissionSet',
  'Permission Sets',
  '0PS',
  [
    ...withoutDeleted('Permission Set'),
    text('Name', 'Permission Set Name', 80, { nillable: false }),
    text('Label', 'Permission Set Label', 80, { nillable: false }),
    text('Description', 'Description', 255),
    flag('IsOwnedByProfile', 'Owned By Profile', { createable: false, updateable: false }),
  ],
  { createable: false, updateable: false, deletable: false },
);

const once = { nillable: false, updateable: false } as const;
export const permissionSetAssignment = object(
  'PermissionSetAssignment',
  'Permission Set Assignments',
  '0Pa',
  [
    ...withoutDeleted('PermissionSetAssignment'),
    lookup('PermissionSetId', 'PermissionSet ID', ['PermissionSet'], once),
    lookup('AssigneeId', 'Assignee ID', ['User'], once),
  ],
  { updateable: false },
);
