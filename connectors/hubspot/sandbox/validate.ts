import { type Definition, definitions } from './definitions.ts';
import { invalid } from './errors.ts';
import { owners } from './seed.ts';

export type Properties = Record<string, string>;
export type Complaint = { isValid: false; message: string; error: string; name: string };

const complaint = (name: string, error: string, message: string): Complaint => ({
  isValid: false,
  message,
  error,
  name,
});
const email = /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i;
/** Top-level domains that HubSpot does not take for real ones. */
const unreal = /\.(invalid|local|test)$/i;

const mistakeIn = (definition: Definition, value: string): [code: string, message: string] | undefined => {
  const { name, type, options, fieldType, externalOptions } = definition;
  if (name === 'email' && (!email.test(value) || unreal.test(value)))
    return ['INVALID_EMAIL', `Email address ${value} is invalid`];
  if (name === 'hubspot_owner_id' && !owners.some(({ id, archived }) => id === value && !archived))
    return ['INVALID_OWNER', `${value} is not an owner of this account`];
  if (type === 'enumeration' && !externalOptions && options.length > 0) {
    const wrong = (fieldType === 'checkbox' ? value.split(';') : [value]).find(
      part => !options.some(option => option.value === part),
    );
    const allowed = options.map(option => option.value).join(', ');
    if (wrong !== undefined) return ['INVALID_OPTION', `${wrong} was not one of the allowed options: [${allowed}]`];
  }
  if (type === 'number' && !Number.isFinite(Number(value))) return ['INVALID_LONG', `${value} was not a valid number.`];
  if (type === 'bool' && !/^(true|false)$/.test(value)) return ['INVALID_BOOLEAN', `${value} was not a boolean.`];
  const date = /^\d{4}-\d\d-\d\d$/.test(value) || /^-?\d+$/.test(value);
  if (type === 'date' && !date) return ['INVALID_DATE', `${value} was not a valid date.`];
  if (type === 'datetime' && !/^-?\d+$/.test(value) && Number.isNaN(Date.parse(value)))
    return ['INVALID_DATETIME', `${value} was not a valid datetime.`];
  return value.length > 65_536 ? ['STRING_TOO_LONG', `The value is longer than 65536 characters`] : undefined;
};

/** All that HubSpot would complain about in these properties. An empty text clears a value, so it is always right. */
export const complaintsAbout = (type: string, properties: Properties): Complaint[] =>
  Object.entries(properties).flatMap(([name, value]) => {
    const definition = definitions[type]?.find(each => each.name === name);
    if (!definition) return [complaint(name, 'PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`)];
    if (definition.readOnly || definition.calculated)
      return [complaint(name, 'READ_ONLY_VALUE', `"${name}" is a read only property; its value cannot be set.`)];
    const mistake = value === '' ? undefined : mistakeIn(definition, value);
    return mistake ? [complaint(name, ...mistake)] : [];
  });

/** The refusal that lists them, for a call as a whole. */
export const refusal = (complaints: Complaint[]) =>
  invalid(
    `Property values were not valid: ${JSON.stringify(complaints)}`,
    complaints.map(({ message, error, name }) => ({ message, code: error, context: { propertyName: [name] } })),
  );

/** Throws the refusal where there is anything to complain about. */
export const check = (type: string, properties: Properties): void => {
  const complaints = complaintsAbout(type, properties);
  if (complaints.length > 0) throw refusal(complaints);
};
