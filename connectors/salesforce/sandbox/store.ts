import { check, type Rules, sameKey } from './checks.ts';
import { derive } from './derive.ts';
import { ApiError, convertedLead } from './errors.ts';
import type { Field, ObjectType } from './fields.ts';
import { fullId, makeId } from './ids.ts';
import { createRights, demand } from './rights.ts';
import type { Records, Saver } from './saving.ts';
import { createSchema, fieldOf, nameOfId } from './schema.ts';
import { integrationUserId, plant } from './seed-records.ts';
import { readFields, requireFields, type Stored, writeTime } from './validate.ts';

type Tables = Map<string, Map<string, Stored>>;

/** One org: its objects, records, rules and rights. Ids rise from 1 in every object, so that the seed has the same ids at every start. */
export const createStore = (now: () => number) => {
  const schema = createSchema();
  const rights = createRights(schema, userId =>
    list('PermissionSetAssignment').flatMap(({ AssigneeId, PermissionSetId }) =>
      AssigneeId === userId ? String(PermissionSetId) : [],
    ),
  );
  const rules: Rules = {
    duplicateRules: 'off',
    duplicateResultName: 'duplicateResult',
    validationRules: [],
    assignmentOwner: null,
    locks: new Map(),
  };
  const tables: Tables = new Map();
  const sequences = new Map<string, number>();

  const table = (name: string): Map<string, Stored> => {
    const own = tables.get(name) ?? new Map<string, Stored>();
    tables.set(name, own);
    return own;
  };
  const find = (id: string): Stored | undefined => {
    const full = fullId(id);
    const name = full && nameOfId(full);
    return name ? table(name).get(full) : undefined;
  };
  /** Records of one object in the order of their making, without deleted ones. */
  const list = (name: string): Stored[] => [...table(name).values()].filter(record => record.IsDeleted !== true);
  const records: Records = { find, list, now };

  const stamp = (record: Stored, userId: string): void => {
    const at = writeTime(now());
    Object.assign(record, { LastModifiedDate: at, LastModifiedById: userId, SystemModstamp: at });
  };
  const assign = (type: ObjectType, record: Stored, saver: Saver): void => {
    if (type.name === 'Lead' && saver.autoAssign && rules.assignmentOwner) record.OwnerId = rules.assignmentOwner;
  };

  const insert = (type: ObjectType, fields: Stored, saver: Saver): Stored => {
    const sequence = (sequences.get(type.name) ?? 0) + 1;
    const next: Stored = Object.fromEntries(type.fields.map(field => [field.name, field.initial ?? null]));
    if ('OwnerId' in next) next.OwnerId = saver.userId;
    for (const [name, value] of Object.entries(fields)) next[name] = value ?? next[name] ?? null;
    assign(type, next, saver);
    Object.assign(next, {
      Id: makeId(type.prefix, sequence),
      CreatedDate: writeTime(now()),
      CreatedById: saver.userId,
    });
    stamp(next, saver.userId);
    requireFields(type, next);
    const saving = { type: type.name, next, before: undefined, written: fields };
    derive(saving, records);
    check(type, rules, saver, saving, records);
    sequences.set(type.name, sequence);
    table(type.name).set(String(next.Id), next);
    recount(next);
    return next;
  };

  const live = (type: ObjectType, id: string): Stored => {
    const full = fullId(id);
    const record = full?.startsWith(type.prefix) ? table(type.name).get(full) : undefined;
    if (!record)
      throw new ApiError(
        404,
        'NOT_FOUND',
        full
          ? 'The requested resource does not exist'
          : `Provided external ID field does not exist or is not accessible: ${id}`,
      );
    if (record.IsDeleted === true) throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted', []);
    return record;
  };

  const recount = (member: Stored): void => {
    const campaign = typeof member.LeadOrContactId === 'string' && find(String(member.CampaignId));
    if (!campaign) return;
    const members = list('CampaignMember').filter(({ CampaignId }) => CampaignId === campaign.Id);
    campaign.NumberOfLeads = members.filter(({ LeadId }) => LeadId !== null).length;
    campaign.NumberOfContacts = members.filter(({ ContactId }) => ContactId !== null).length;
    campaign.NumberOfResponses = members.filter(({ HasResponded }) => HasResponded === true).length;
  };

  const campaignStatuses = (campaign: Stored, saver: Saver): void => {
    const type = schema.type('CampaignMemberStatus')!;
    const own = { CampaignId: campaign.Id ?? null };
    insert(type, { ...own, Label: 'Sent', SortOrder: 1, IsDefault: true }, saver);
    insert(type, { ...own, Label: 'Responded', SortOrder: 2, HasResponded: true }, saver);
  };
  const oneDefault = (status: Stored): void => {
    if (status.IsDefault !== true || !('SortOrder' in status)) return;
    for (const other of list('CampaignMemberStatus'))
      if (other.CampaignId === status.CampaignId && other.Id !== status.Id) other.IsDefault = false;
  };

  const store = {
    schema,
    rights,
    rules,
    find,
    list,
    /** One record; throws NOT_FOUND or ENTITY_IS_DELETED. */
    get: live,
    /** Records of one object with deleted ones. */
    all: (name: string): Stored[] => [...table(name).values()],
    /** The external id of this name. Throws NOT_FOUND where there is none. */
    externalId(type: ObjectType, name: string): Field {
      const field = fieldOf(type, name);
      if (field && (field.externalId || field.name === 'Id')) return field;
      throw new ApiError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`);
    },
    /** The records with this value of an external id. */
    byExternalId(type: ObjectType, field: Field, value: string): Stored[] {
      if (field.name === 'Id') return [live(type, value)];
      return list(type.name).filter(record => sameKey(field, value, record[field.name]));
    },
    /** Puts a record in, with no look at rights. */
    put: (name: string, fields: Stored, userId: string): Stored =>
      insert(schema.type(name)!, fields, { userId, autoAssign: false, allowSave: true }),
    create(type: ObjectType, body: unknown, saver: Saver): Stored {
      demand(type, 'create');
      const full = schema.type(type.name)!;
      const record = insert(full, readFields(type, body, 'createable', find), saver);
      if (full.name === 'Campaign') campaignStatuses(record, saver);
      oneDefault(record);
      return record;
    },
    update(type: ObjectType, id: string, body: unknown, saver: Saver): void {
      demand(type, 'edit');
      const full = schema.type(type.name)!;
      const before = live(type, id);
      if (before.IsConverted === true) throw convertedLead();
      const written = readFields(type, body, 'updateable', find);
      const next = { ...before, ...written };
      assign(full, next, saver);
      requireFields(full, next);
      const saving = { type: full.name, next, before, written };
      derive(saving, records);
      check(full, rules, saver, saving, records);
      stamp(next, saver.userId);
      Object.assign(before, next);
      recount(before);
      oneDefault(before);
    },
    remove(type: ObjectType, id: string, saver: Saver): void {
      demand(type, 'delete');
      const record = live(type, id);
      record.IsDeleted = true;
      stamp(record, saver.userId);
      for (const member of list('CampaignMember'))
        if (member.LeadOrContactId === record.Id || member.CampaignId === record.Id) member.IsDeleted = true;
      recount(record);
    },
    snapshot: () => ({ tables: structuredClone(tables), sequences: new Map(sequences) }),
    restore(snapshot: { tables: Tables; sequences: Map<string, number> }): void {
      tables.clear();
      for (const [name, rows] of snapshot.tables) tables.set(name, rows);
      for (const { name } of schema.types()) sequences.set(name, snapshot.sequences.get(name) ?? 0);
    },
    reset(): void {
      sequences.clear();
      tables.clear();
      schema.reset();
      rights.reset();
      Object.assign(rules, { duplicateRules: 'off', duplicateResultName: 'duplicateResult', validationRules: [] });
      rules.locks.clear();
      rules.assignmentOwner = null;
      const ids = plant((name, fields) => {
        const saver = { userId: integrationUserId, autoAssign: false, allowSave: true };
        return String(insert(schema.type(name)!, fields, saver).Id);
      });
      rules.assignmentOwner = ids.assignmentOwner;
    },
  };
  store.reset();
  return store;
};
export type Store = ReturnType<typeof createStore>;
