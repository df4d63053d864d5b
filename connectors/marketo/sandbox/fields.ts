/** A field of a person. `readOnly` ones are Marketo's own. */
export type Field = {
  id: number;
  name: string;
  displayName: string;
  dataType:
    | 'string'
    | 'email'
    | 'phone'
    | 'url'
    | 'integer'
    | 'score'
    | 'float'
    | 'boolean'
    | 'datetime'
    | 'date'
    | 'text';
  length?: number;
  readOnly?: true;
  searchable?: true;
};

const field = (id: number, name: string, displayName: string, over: Partial<Field> = {}): Field => ({
  id,
  name,
  displayName,
  dataType: 'string',
  ...(over.dataType === undefined && { length: 255 }),
  ...over,
});

/** The standard fields that matter here, and two that this instance has made for itself. */
export const fields: Field[] = [
  field(1, 'id', 'Id', { dataType: 'integer', readOnly: true, searchable: true }),
  field(2, 'company', 'Company Name'),
  field(3, 'website', 'Website', { dataType: 'url', length: 255 }),
  field(4, 'industry', 'Industry'),
  field(5, 'numberOfEmployees', 'Num Employees', { dataType: 'integer' }),
  field(6, 'firstName', 'First Name'),
  field(7, 'lastName', 'Last Name'),
  field(8, 'title', 'Job Title'),
  field(9, 'email', 'Email Address', { dataType: 'email', length: 255, searchable: true }),
  field(10, 'phone', 'Phone Number', { dataType: 'phone', length: 255 }),
  field(11, 'country', 'Country'),
  field(12, 'leadSource', 'Person Source'),
  field(13, 'leadScore', 'Person Score', { dataType: 'score' }),
  field(14, 'unsubscribed', 'Unsubscribed', { dataType: 'boolean' }),
  field(15, 'personNotes', 'Person Notes', { dataType: 'text', length: 30_000 }),
  field(16, 'createdAt', 'Created At', { dataType: 'datetime', readOnly: true }),
  field(17, 'updatedAt', 'Updated At', { dataType: 'datetime', readOnly: true }),
  field(101, 'websiteInterest', 'Website Interest', { searchable: true }),
  field(102, 'lastChatAt', 'Last Chat', { dataType: 'datetime' }),
];

export const fieldOf = (name: string): Field | undefined => fields.find(each => each.name === name);

/** As Describe Lead has it. */
export const describe = () =>
  fields.map(({ id, name, displayName, dataType, length, readOnly = false }) => ({
    id,
    displayName,
    dataType,
    ...(length !== undefined && { length }),
    rest: { name, readOnly },
  }));

/** As Describe Lead2 has it. */
export const describe2 = () => [
  {
    name: 'API Lead',
    searchableFields: fields.filter(({ searchable }) => searchable).map(({ name }) => [name]),
    fields: fields.map(({ name, displayName, dataType, length, readOnly = false }) => ({
      name,
      displayName,
      dataType,
      ...(length !== undefined && { length }),
      updateable: !readOnly,
      crmManaged: false,
    })),
  },
];

const fits: Partial<Record<Field['dataType'], (value: unknown) => boolean>> = {
  integer: value => /^-?\d+$/.test(String(value)),
  score: value => /^-?\d+$/.test(String(value)),
  float: value => Number.isFinite(Number(value)),
  boolean: value => /^(true|false|0|1)$/i.test(String(value)),
  datetime: value => !Number.isNaN(Date.parse(String(value))),
  date: value => /^\d{4}-\d{2}-\d{2}/.test(String(value)),
  email: value => /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(String(value)),
};

/** Why a field does not take a value; undefined where it does. Null empties a field. */
export function complaint({ name, dataType, length, readOnly }: Field, value: unknown) {
  if (readOnly) return { code: '1003', message: `Field '${name}' is read only` };
  if (value === null) return undefined;
  if (typeof value === 'object' || fits[dataType]?.(value) === false)
    return {
      code: '1001',
      message: `Invalid value '${String(value)}'. Required of type '${dataType}' for field '${name}'`,
    };
  if (length !== undefined && String(value).length > length)
    return { code: '1003', message: `Value of field '${name}' is longer than ${length} characters` };
  return undefined;
}

const numeric = ['integer', 'score', 'float'];

/** A value as it is kept. */
export const kept = ({ dataType }: Field, value: unknown): unknown => {
  if (value === null || value === '') return null;
  if (numeric.includes(dataType)) return Number(value);
  return dataType === 'boolean' ? /^(true|1)$/i.test(String(value)) : String(value);
};
