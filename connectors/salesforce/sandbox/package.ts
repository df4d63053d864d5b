import { type Field, field } from './fields.ts';
import { fieldOf, type Schema } from './schema.ts';
import { childrenOf, parseXml, textAt, type XmlNode } from './xml.ts';

/** What one component of a package came to. */
export type Component = { type: string; fullName: string; fileName: string; problem?: string };
export type GrantedField = { object: string; field: string; editable: boolean };
/** What a package would put into the org. */
export type Unpacked = {
  components: Component[];
  fields: { object: string; field: Field }[];
  permissionSets: { name: string; label: string; description: string | undefined; granted: GrantedField[] }[];
};

const fieldTypes: Record<string, Field['type']> = {
  Text: 'string',
  Email: 'email',
  Phone: 'phone',
  Url: 'url',
  Number: 'double',
  Checkbox: 'boolean',
  Date: 'date',
  DateTime: 'datetime',
  TextArea: 'textarea',
};
const lengths: Record<string, number> = { Email: 80, Phone: 40, Url: 255, TextArea: 255 };
/** A custom field of Activity is one of tasks and of events. */
export const objectsOf = (name: string): string[] => (name === 'Activity' ? ['Task', 'Event'] : [name]);

class Problem extends Error {}

const readField = (node: XmlNode): Field => {
  const fullName = textAt(node, 'fullName') ?? '';
  const kind = textAt(node, 'type') ?? '';
  const type = fieldTypes[kind];
  const is = (name: string) => textAt(node, name) === 'true';
  if (!/^[A-Za-z]\w{0,39}__c$/.test(fullName)) throw new Problem(`Custom field names end in __c: ${fullName}`);
  if (!type) throw new Problem(`This sandbox does not know fields of type ${kind || '(none)'}`);
  const label = textAt(node, 'label');
  if (!label) throw new Problem('Required field is missing: label');
  const length = kind === 'Text' ? Number(textAt(node, 'length')) : (lengths[kind] ?? 0);
  if (kind === 'Text' && !(length >= 1 && length <= 255))
    throw new Problem('Value too long or missing for field: length, at most 255');
  if ((is('unique') || is('externalId')) && !['Text', 'Email', 'Number'].includes(kind))
    throw new Problem(`A field of type ${kind} can not be unique or an external ID`);
  return field(fullName, label, type, {
    length,
    nillable: type !== 'boolean' && !is('required'),
    unique: is('unique'),
    externalId: is('externalId'),
    caseSensitive: is('caseSensitive'),
    ...(type === 'boolean' && { initial: textAt(node, 'defaultValue') === 'true' }),
  });
};

const readPermissionSet = (root: XmlNode, name: string) => {
  const granted = childrenOf(root, 'fieldPermissions').flatMap(node => {
    const [object = '', fieldName = ''] = (textAt(node, 'field') ?? '').split('.');
    const editable = textAt(node, 'editable') === 'true';
    return textAt(node, 'readable') === 'true' || editable ? [{ object, field: fieldName, editable }] : [];
  });
  return { name, label: textAt(root, 'label') ?? name, description: textAt(root, 'description'), granted };
};

/** Reads the files of a package that its package.xml names. What is wrong with a component stands beside it. */
export const unpack = (files: Map<string, Buffer>, schema: Schema): Unpacked => {
  const unpacked: Unpacked = { components: [], fields: [], permissionSets: [] };
  const root = (path: string, element: string): XmlNode | undefined => {
    const content = files.get(path);
    return content && childrenOf(parseXml(content.toString('utf8')), element)[0];
  };
  const attempt = (type: string, fullName: string, fileName: string, work: () => void): void => {
    const component: Component = { type, fullName, fileName };
    unpacked.components.push(component);
    try {
      work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      component.problem = error.message;
    }
  };
  const absent = (type: string, name: string) =>
    new Problem(`An object '${name}' of type ${type} was named in package.xml, but was not found in zipped directory`);

  const customField = (fullName: string): void => {
    const [objectName = '', fieldName = ''] = fullName.split('.');
    const fileName = `objects/${objectName}.object`;
    attempt('CustomField', fullName, fileName, () => {
      const nodes = childrenOf(root(fileName, 'CustomObject'), 'fields');
      const node = nodes.find(candidate => textAt(candidate, 'fullName') === fieldName);
      if (!node) throw absent('CustomField', fullName);
      const read = readField(node);
      for (const object of objectsOf(objectName)) {
        if (!schema.type(object)) throw new Problem(`Entity Enumeration Or ID: no object named ${objectName} found`);
        unpacked.fields.push({ object, field: read });
      }
    });
  };
  const permissionSet = (name: string): void => {
    const fileName = `permissionsets/${name}.permissionset`;
    attempt('PermissionSet', name, fileName, () => {
      const node = root(fileName, 'PermissionSet');
      if (!node) throw absent('PermissionSet', name);
      const read = readPermissionSet(node, name);
      for (const { object, field: wanted } of read.granted) {
        const type = schema.type(object);
        const known = unpacked.fields.some(({ object: own, field: { name: its } }) => own === object && its === wanted);
        if (!known && !(type && fieldOf(type, wanted)))
          throw new Problem(`In field: field - no CustomField named ${object}.${wanted} found`);
      }
      unpacked.permissionSets.push(read);
    });
  };

  attempt('', 'package.xml', 'package.xml', () => {
    if (!files.has('package.xml')) throw new Problem('No package.xml found');
  });
  const types = childrenOf(root('package.xml', 'Package'), 'types');
  // Fields first, so that permission sets may name them.
  for (const kind of ['CustomField', 'PermissionSet'])
    for (const type of types.filter(node => textAt(node, 'name') === kind))
      for (const { text } of childrenOf(type, 'members'))
        (kind === 'CustomField' ? customField : permissionSet)(text.trim());
  for (const type of types.filter(node => !['CustomField', 'PermissionSet'].includes(textAt(node, 'name') ?? '')))
    attempt(textAt(type, 'name') ?? '', '*', 'package.xml', () => {
      throw new Problem('This sandbox takes custom fields and permission sets only');
    });
  return unpacked;
};
