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
    | 'multipicklist'
    | 'combobox'
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
  externalId: boolean;
  unique: boolean;
  /** For unique fields and external ids: whether ABC and abc are two values. */
  caseSensitive: boolean;
  /** The value of a new record that does not name one. */
  initial?: string | number | boolean;
};
/** An object as one user meets it: what the user may not do or see is taken off a copy (see rights.ts). */
export type ObjectType = {
  name: string;
  label: string;
  plural: string;
  prefix: string;
  createable: boolean;
  updateable: boolean;
  deletable: boolean;
  fields: Field[];
};

type Options = Partial<Omit<Field, 'name' | 'label' | 'type'>>;
export const field = (name: string, label: string, type: Field['type'], options: Options = {}): Field => ({
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
  externalId: false,
  unique: false,
  caseSensitive: false,
  ...options,
});
export const readOnly = { createable: false, updateable: false } as const;
export const text = (name: string, label: string, length: number, options: Options = {}) =>
  field(name, label, 'string', { length, ...options });
export const long = (name: string, label: string, length = 32_000) => field(name, label, 'textarea', { length });
export const pick = (name: string, label: string, values: string[], options: Options = {}) =>
  field(name, label, 'picklist', { length: 255, values, ...options });
export const flag = (name: string, label: string, options: Options = {}) =>
  field(name, label, 'boolean', { nillable: false, initial: false, ...options });
export const lookup = (name: string, label: string, referenceTo: string[], options: Options = {}) =>
  field(name, label, 'reference', { length: 18, referenceTo, relationshipName: name.replace(/Id$/, ''), ...options });
export const phone = (name: string, label: string) => field(name, label, 'phone', { length: 40 });
export const email = (name: string, label: string, length = 80) => field(name, label, 'email', { length });
export const url = (name: string, label: string) => field(name, label, 'url', { length: 255 });
export const number = (name: string, label: string, options: Options = {}) => field(name, label, 'int', options);
export const money = (name: string, label: string) => field(name, label, 'currency');
export const date = (name: string, label: string, options: Options = {}) => field(name, label, 'date', options);
export const time = (name: string, label: string, options: Options = {}) => field(name, label, 'datetime', options);

/** Street, city, state, postal code and country; `prefix` is e.g. Mailing, or empty. */
export const address = (prefix: string): Field[] => {
  const label = (word: string) => (prefix ? `${prefix} ${word}` : word);
  return [
    field(`${prefix}Street`, label('Street'), 'textarea', { length: 255 }),
    text(`${prefix}City`, label('City'), 40),
    text(`${prefix}State`, label('State/Province'), 80),
    text(`${prefix}PostalCode`, label('Zip/Postal Code'), 20),
    text(`${prefix}Country`, label('Country'), 80),
  ];
};

export const system = (label: string): Field[] => [
  field('Id', `${label} ID`, 'id', { length: 18, nillable: false, ...readOnly }),
  flag('IsDeleted', 'Deleted', readOnly),
  time('CreatedDate', 'Created Date', { nillable: false, ...readOnly }),
  lookup('CreatedById', 'Created By ID', ['User'], { nillable: false, ...readOnly }),
  time('LastModifiedDate', 'Last Modified Date', { nillable: false, ...readOnly }),
  lookup('LastModifiedById', 'Last Modified By ID', ['User'], { nillable: false, ...readOnly }),
  time('SystemModstamp', 'System Modstamp', { nillable: false, ...readOnly }),
];
export const owner = (label: string) => lookup('OwnerId', label, ['User'], { nillable: false });

export const object = (
  name: string,
  plural: string,
  prefix: string,
  fields: Field[],
  options: Partial<ObjectType> = {},
): ObjectType => ({
  name,
  label: name.replace(/(?<=[a-z])(?=[A-Z])/g, ' '),
  plural,
  prefix,
  createable: true,
  updateable: true,
  deletable: true,
  fields,
  ...options,
});
