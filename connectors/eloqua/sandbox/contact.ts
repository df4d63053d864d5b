import { objectError } from './errors.ts';
import { type Contact, type Field, fields } from './seed.ts';

const properties = new Set(fields.flatMap(({ property }) => property ?? []));
/** Properties that are no contact field. */
const further = ['isSubscribed', 'isBounceback', 'emailFormatPreference', 'description'];
const contactKey = (id?: string) => ({ objectType: 'Contact', ...(id !== undefined && { objectId: id }) });
const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** A contact as the API shows it. Fields without a value are in `fieldValues` with their id alone. */
export const shown = ({ id, createdAt, updatedAt, properties, values }: Contact, depth: string) => {
  const common = {
    type: 'Contact',
    id,
    createdAt: String(createdAt),
    depth,
    name: properties.emailAddress,
    updatedAt: String(updatedAt),
    emailAddress: properties.emailAddress,
  };
  if (depth === 'minimal') return common;
  const filled = Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== ''));
  const fieldValues = fields
    .filter(({ property }) => property === undefined)
    .map(field => ({ type: 'FieldValue', id: field.id, ...(values[field.id] && { value: values[field.id] }) }));
  return { ...common, currentStatus: 'Awaiting action', ...filled, fieldValues };
};

const checkValue = ({ id, dataType }: Field, value: string): void => {
  const about = { objectType: 'ContactField', objectId: id };
  const most = dataType === 'largeText' ? 32_000 : 100;
  if (value.length > most) throw objectError(about, 'value', 'ValidTextLengthRequirement', value.slice(0, 40));
  if (value === '') return;
  if (dataType === 'date' && !/^-?\d{1,12}$/.test(value)) throw objectError(about, 'value', 'DateRequirement', value);
  if (dataType === 'number' && Number.isNaN(Number(value)))
    throw objectError(about, 'value', 'IntegerRequirement', value);
};

const valuesOf = (given: unknown, id: string | undefined): Record<string, string> => {
  if (given === undefined) return {};
  if (!Array.isArray(given)) throw objectError(contactKey(id), 'fieldValues', 'SyntaxRequirement', given);
  return Object.fromEntries(
    given.map(each => {
      const field = fields.find(one => one.id === each?.id && one.property === undefined);
      if (!field) throw objectError(contactKey(id), 'fieldValues', 'IdRequirement', each?.id);
      const { value = '' } = each as { value?: unknown };
      if (typeof value !== 'string')
        throw objectError({ objectType: 'ContactField', objectId: field.id }, 'value', 'SyntaxRequirement', value);
      checkValue(field, value);
      return [field.id, value];
    }),
  );
};

/**
 * What a body makes of a contact: everything that it does not name is blank afterwards. Throws what the vendor answers to a body that it
 * does not take.
 */
export const contactFrom = (body: Record<string, unknown>, id?: string): Pick<Contact, 'properties' | 'values'> => {
  const { emailAddress } = body;
  if (typeof emailAddress !== 'string' || !email.test(emailAddress))
    throw objectError(contactKey(id), 'emailAddress', 'EmailAddressRequirement', emailAddress);
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!properties.has(name) && !further.includes(name)) continue;
    if (typeof value !== 'string') throw objectError(contactKey(id), name, 'SyntaxRequirement', value);
    if (value.length > 100) throw objectError(contactKey(id), name, 'ValidTextLengthRequirement', value.slice(0, 40));
    given[name] = value;
  }
  return {
    properties: { isSubscribed: 'true', isBounceback: 'false', ...given },
    values: valuesOf(body.fieldValues, id),
  };
};
