import { ApiError, invalidFields, invalidProperty } from './errors.ts';
import type { CustomField } from './seed.ts';

type Kind = 'text' | 'boolean' | 'integer';
const text = (...names: string[]): [string, Kind][] => names.map(name => [name, 'text']);
const writable = new Map<string, Kind>([
  ...text('email', 'salutation', 'firstName', 'lastName', 'jobTitle', 'department', 'company', 'website', 'phone'),
  ...text('fax', 'addressOne', 'addressTwo', 'city', 'state', 'territory', 'zip', 'country', 'industry', 'employees'),
  ...text('annualRevenue', 'yearsInBusiness', 'source', 'comments', 'notes'),
  ['score', 'integer'],
  ['campaignId', 'integer'],
  ['profileId', 'integer'],
  ['prospectAccountId', 'integer'],
  ['isDoNotEmail', 'boolean'],
  ['isDoNotCall', 'boolean'],
  ['optedOut', 'boolean'],
]);
const readOnly = ['id', 'createdAt', 'updatedAt', 'lastActivityAt', 'salesforceId', 'grade'];

const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
export const checkEmail = (value: unknown): string => {
  if (typeof value !== 'string' || value.length > 255 || !email.test(value))
    throw new ApiError(400, 4, 'Invalid prospect email address');
  return value;
};

const customOf = (fields: CustomField[], name: string): CustomField | undefined =>
  fields.find(({ fieldId }) => `${fieldId}__c` === name);

/** True for a field that a query may ask for. */
export const readable = (fields: CustomField[], name: string): boolean =>
  writable.has(name) || readOnly.includes(name) || customOf(fields, name) !== undefined;

const checkCustom = ({ fieldId, type, values }: CustomField, value: unknown): ApiError | undefined => {
  const name = `${fieldId}__c`;
  if (type === 'Number')
    return typeof value === 'number' ? undefined : new ApiError(400, 56, `Invalid number entered for field ${name}`);
  if (type === 'Date')
    return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value)
      ? undefined
      : new ApiError(400, 57, `Invalid date entered for field ${name}`);
  const several = type === 'Multi-Select' || type === 'Checkbox';
  const given = several ? value : [value];
  if (!Array.isArray(given) || given.some(each => typeof each !== 'string'))
    return invalidProperty(name, several ? 'must be a list of texts' : 'must be a text');
  const strange = values && given.find(each => !values.includes(each));
  return strange === undefined ? undefined : invalidProperty(name, `must be one of ${values?.join(', ')}`);
};

/** Throws what the vendor answers to a prospect that it does not take. null clears a field. */
export const checkProspect = (fields: CustomField[], prospect: Record<string, unknown>): void => {
  for (const [name, value] of Object.entries(prospect)) {
    const custom = customOf(fields, name);
    const kind = writable.get(name);
    if (!custom && !kind) throw invalidFields(name);
    if (value === null) continue;
    if (name === 'email') checkEmail(value);
    const refusal = custom ? checkCustom(custom, value) : undefined;
    if (refusal) throw refusal;
    if (kind === 'text' && typeof value !== 'string') throw invalidProperty(name, 'must be a text');
    if (kind === 'integer' && !Number.isInteger(value)) throw invalidProperty(name, 'must be a whole number');
    if (kind === 'boolean' && typeof value !== 'boolean') throw invalidProperty(name, 'must be true or false');
  }
};
