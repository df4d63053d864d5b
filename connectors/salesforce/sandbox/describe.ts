import type { Field, ObjectType } from './fields.ts';

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

/** What is the same for every field of this org: no formulas, no encryption, no dependent picklists. */
const plainField = {
  aiPredictionField: false,
  autoNumber: false,
  calculated: false,
  calculatedFormula: null,
  cascadeDelete: false,
  compoundFieldName: null,
  controllerName: null,
  defaultValueFormula: null,
  dependentPicklist: false,
  deprecatedAndHidden: false,
  displayLocationInDecimal: false,
  encrypted: false,
  filteredLookupInfo: null,
  formulaTreatNullNumberAsZero: false,
  highScaleNumber: false,
  htmlFormatted: false,
  inlineHelpText: null,
  mask: null,
  maskType: null,
  queryByDistance: false,
  referenceTargetField: null,
  relationshipOrder: null,
  restrictedDelete: false,
  scale: 0,
  searchPrefilterable: false,
  writeRequiresMasterRead: false,
};

const describeField = (field: Field) => ({
  ...plainField,
  name: field.name,
  label: field.label,
  type: field.type,
  soapType: soapTypes[field.type] ?? 'xsd:string',
  extraTypeInfo: field.type === 'textarea' ? 'plaintextarea' : null,
  length: field.length,
  byteLength: field.length * 3,
  createable: field.createable,
  updateable: field.updateable,
  permissionable: field.nillable && field.createable,
  nillable: field.nillable,
  aggregatable: field.filterable && field.type !== 'boolean',
  filterable: field.filterable,
  sortable: field.filterable,
  groupable: field.filterable && !['datetime', 'currency', 'double'].includes(field.type),
  custom: field.name.endsWith('__c'),
  defaultValue: field.type === 'boolean' ? field.initial === true : null,
  defaultedOnCreate: field.initial !== undefined || field.name === 'OwnerId' || !field.createable,
  nameField: field.name === 'Name' || field.name === 'Subject',
  namePointing: field.referenceTo.length > 1,
  polymorphicForeignKey: field.referenceTo.length > 1,
  externalId: field.externalId,
  unique: field.unique,
  caseSensitive: field.caseSensitive,
  idLookup: field.name === 'Id' || field.type === 'email' || field.externalId,
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
  precision: field.type === 'currency' || field.type === 'double' ? 18 : 0,
  digits: field.type === 'int' ? 8 : 0,
});

/** What is the same for every object of this org, on the list and alone. */
const plainObject = {
  activateable: false,
  associateEntityType: null,
  associateParentEntity: null,
  custom: false,
  customSetting: false,
  deepCloneable: false,
  deprecatedAndHidden: false,
  feedEnabled: true,
  hasSubtypes: false,
  isInterface: false,
  isSubtype: false,
  layoutable: true,
  mergeable: false,
  mruEnabled: true,
  queryable: true,
  replicateable: true,
  retrieveable: true,
  searchable: true,
  triggerable: true,
};
/** What only an object's own describe tells. */
const plainDetails = {
  actionOverrides: [],
  childRelationships: [],
  compactLayoutable: true,
  defaultImplementation: null,
  extendedBy: null,
  extendsInterfaces: null,
  implementedBy: null,
  implementsInterfaces: null,
  listviewable: null,
  lookupLayoutable: null,
  namedLayoutInfos: [],
  networkScopeFieldName: null,
  recordTypeInfos: [],
  searchLayoutable: true,
  sobjectDescribeOption: 'FULL',
  supportedScopes: [{ label: 'All records', name: 'everything' }],
};

const describeShort = (type: ObjectType, version: string) => ({
  ...plainObject,
  name: type.name,
  label: type.label,
  labelPlural: type.plural,
  keyPrefix: type.prefix,
  createable: type.createable,
  updateable: type.updateable,
  deletable: type.deletable,
  undeletable: type.deletable,
  urls: {
    sobject: `/services/data/${version}/sobjects/${type.name}`,
    describe: `/services/data/${version}/sobjects/${type.name}/describe`,
    rowTemplate: `/services/data/${version}/sobjects/${type.name}/{ID}`,
  },
});

/** What `/sobjects/<name>/describe` answers. */
export const describeObject = (type: ObjectType, version: string) => ({
  ...describeShort(type, version),
  ...plainDetails,
  fields: type.fields.map(describeField),
});

/** What `/sobjects` answers. */
export const describeGlobal = (types: ObjectType[], version: string) => ({
  encoding: 'UTF-8',
  maxBatchSize: 200,
  sobjects: types.map(type => describeShort(type, version)),
});
