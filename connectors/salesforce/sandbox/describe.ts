import { type Field, type ObjectType, objectTypes } from './schema.ts';

const soapTypes: Partial<Record<Field['type'], string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
};

const describeField = (field: Field) => ({
  name: field.name,
  label: field.label,
  type: field.type,
  soapType: soapTypes[field.type] ?? 'xsd:string',
  length: field.length,
  byteLength: field.length * 3,
  createable: field.createable,
  updateable: field.updateable,
  nillable: field.nillable,
  filterable: field.filterable,
  sortable: field.filterable,
  groupable: field.filterable && !['datetime', 'currency', 'double'].includes(field.type),
  custom: field.name.endsWith('__c'),
  defaultedOnCreate: field.initial !== undefined || field.name === 'OwnerId',
  nameField: field.name === 'Name' || field.name === 'Subject',
  externalId: false,
  unique: false,
  idLookup: field.name === 'Id' || field.type === 'email',
  restrictedPicklist: field.restricted,
  picklistValues: field.values.map(value => ({
    active: true,
    defaultValue: value === field.initial,
    label: value,
    validFor: null,
    value,
  })),
  referenceTo: field.referenceTo,
  relationshipName: field.relationshipName ?? null,
  precision: field.type === 'currency' ? 18 : 0,
  scale: 0,
  digits: field.type === 'int' ? 8 : 0,
});

const describeShort = (type: ObjectType, version: string) => ({
  name: type.name,
  label: type.label,
  labelPlural: type.plural,
  keyPrefix: type.prefix,
  custom: false,
  createable: type.createable,
  updateable: true,
  deletable: type.name !== 'User',
  queryable: true,
  retrieveable: true,
  searchable: true,
  urls: {
    sobject: `/services/data/${version}/sobjects/${type.name}`,
    describe: `/services/data/${version}/sobjects/${type.name}/describe`,
    rowTemplate: `/services/data/${version}/sobjects/${type.name}/{ID}`,
  },
});

/** What `/sobjects/<name>/describe` answers. */
export const describeObject = (type: ObjectType, version: string) => ({
  ...describeShort(type, version),
  fields: type.fields.map(describeField),
  childRelationships: [],
  recordTypeInfos: [],
});

/** What `/sobjects` answers. */
export const describeGlobal = (version: string) => ({
  encoding: 'UTF-8',
  maxBatchSize: 200,
  sobjects: [...objectTypes.values()].map(type => describeShort(type, version)),
});
