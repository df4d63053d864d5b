import { ApiError } from './errors.ts';
import type { Field, ObjectType } from './fields.ts';
import type { Records, Saver, Saving } from './saving.ts';
import { textOf } from './saving.ts';
import type { Stored, Value } from './validate.ts';

export type ValidationRule = {
  object: string;
  /** The rule looks at records whose fields have these values; at all of them where empty. */
  when: Record<string, Value>;
  /** The field that must be filled then; without it every such record is refused. */
  require?: string | undefined;
  message: string;
  /** Where the message stands; at the page's top where left out. */
  field?: string | undefined;
  /** The name of a trigger that refuses, in the place of a validation rule. */
  trigger?: string | undefined;
};
/** What an administrator has set up in the org. */
export type Rules = {
  duplicateRules: 'off' | 'block' | 'alert';
  duplicateResultName: 'duplicateResult' | 'duplicateResut';
  validationRules: ValidationRule[];
  /** Whom the active assignment rule gives new Leads to; null where there is no active rule. */
  assignmentOwner: string | null;
  /** How many more times a record is locked, by its id. */
  locks: Map<string, number>;
};

const locked = ({ locks }: Rules, { type, next, written }: Saving, references: string[]): void => {
  const touched = [next.Id, ...references.map(name => written[name])].filter(id => typeof id === 'string');
  const id = touched.find(candidate => (locks.get(candidate) ?? 0) > 0);
  if (id === undefined) return;
  locks.set(id, locks.get(id)! - 1);
  throw new ApiError(
    400,
    'UNABLE_TO_LOCK_ROW',
    `unable to obtain exclusive access to this record or 1 records: ${id}`,
    type === 'CampaignMember' ? ['CampaignId'] : [],
  );
};

const validated = ({ validationRules }: Rules, { type, next, before }: Saving): void => {
  for (const rule of validationRules) {
    const meant = Object.entries(rule.when).every(([name, value]) => next[name] === value);
    const filled = rule.require !== undefined && next[rule.require] !== null && next[rule.require] !== undefined;
    if (rule.object !== type || !meant || filled) continue;
    if (rule.trigger) {
      const moment = before ? 'BeforeUpdate' : 'BeforeInsert';
      const message = `${rule.trigger}: execution of ${moment}\n\ncaused by: ${rule.message}`;
      throw new ApiError(400, 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', message, []);
    }
    throw new ApiError(400, 'FIELD_CUSTOM_VALIDATION_EXCEPTION', rule.message, rule.field ? [rule.field] : []);
  }
};

const same = (left: string, right: Value | undefined): boolean =>
  typeof right === 'string' && right.toLowerCase() === left.toLowerCase();

/** The people with a person's e-mail, as the standard matching rules for Lead and Contact find them: open Leads and Contacts. */
const matches = ({ type, next }: Saving, { list }: Records): [string, Stored[]][] => {
  const mail = textOf(next, 'Email');
  if (!mail) return [];
  const others = [type, ...['Lead', 'Contact'].filter(name => name !== type)];
  return others
    .map((name): [string, Stored[]] => [
      name,
      list(name).filter(person => same(mail, person.Email) && person.Id !== next.Id && person.IsConverted !== true),
    ])
    .filter(([, found]) => found.length > 0);
};

const matchResult = ([entityType, found]: [string, Stored[]]) => ({
  entityType,
  errors: [],
  matchEngine: 'FuzzyMatchEngine',
  matchRecords: found.map(({ Id }) => ({
    additionalInformation: [],
    fieldDiffs: [],
    matchConfidence: 100,
    record: { attributes: { type: entityType, url: `/services/data/v64.0/sobjects/${entityType}/${Id}` }, Id },
  })),
  rule: `Standard_${entityType}_Match_Rule_v1_0`,
  size: found.length,
  success: true,
});

/** The standard duplicate rules; an edit counts only where it changes the e-mail. */
const notDuplicate = (rules: Rules, saver: Saver, saving: Saving, records: Records): void => {
  const { type, next, before } = saving;
  if (rules.duplicateRules === 'off' || (type !== 'Lead' && type !== 'Contact')) return;
  const allowSave = rules.duplicateRules === 'alert';
  if ((allowSave && saver.allowSave) || (before && before.Email === next.Email)) return;
  const found = matches(saving, records);
  if (found.length === 0) return;
  const message = 'Use one of these records?';
  throw new ApiError(400, 'DUPLICATES_DETECTED', message, [], {
    [rules.duplicateResultName]: {
      allowSave,
      duplicateRule: `Standard_${type}_Duplicate_Rule`,
      duplicateRuleEntityType: type,
      errorMessage: message,
      matchResults: found.map(matchResult),
    },
  });
};

/** Whether a unique field or external id takes two values for one. */
export const sameKey = ({ caseSensitive, type }: Field, value: string, other: Value | undefined): boolean => {
  if (other === null || other === undefined) return false;
  if (type === 'double') return Number(value) === other;
  return caseSensitive ? value === other : same(value, other);
};

const unique = (type: ObjectType, { next }: Saving, { list }: Records): void => {
  const others = () => list(type.name).filter(({ Id }) => Id !== next.Id);
  for (const field of type.fields.filter(candidate => candidate.unique)) {
    const { name } = field;
    const value = next[name] ?? null;
    const holder = value !== null && others().find(other => sameKey(field, String(value), other[name]));
    if (holder)
      throw new ApiError(
        400,
        'DUPLICATE_VALUE',
        `duplicate value found: ${name} duplicates value on record with id: ${String(holder.Id).slice(0, 15)}`,
        [],
      );
  }
  if (type.name === 'PermissionSetAssignment') {
    const { AssigneeId, PermissionSetId } = next;
    if (others().some(other => other.AssigneeId === AssigneeId && other.PermissionSetId === PermissionSetId))
      throw new ApiError(
        400,
        'DUPLICATE_VALUE',
        `Duplicate PermissionSetAssignment. Assignee: ${AssigneeId}; Permission Set: ${PermissionSetId}`,
        [],
      );
  }
  if (type.name !== 'CampaignMember') return;
  const { CampaignId, LeadOrContactId } = next;
  if (others().some(other => other.CampaignId === CampaignId && other.LeadOrContactId === LeadOrContactId))
    throw new ApiError(400, 'DUPLICATE_VALUE', 'Already a campaign member.', []);
};

/** Everything that may stop a record on its way in, in the vendor's order. Throws its ApiError. */
export const check = (type: ObjectType, rules: Rules, saver: Saver, saving: Saving, records: Records): void => {
  const references = type.fields.filter(field => field.type === 'reference' && field.name !== 'OwnerId');
  locked(
    rules,
    saving,
    references.map(({ name }) => name),
  );
  validated(rules, saving);
  notDuplicate(rules, saver, saving, records);
  unique(type, saving, records);
};
