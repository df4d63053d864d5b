import { type Content, inputOf, pageOf, type Reason, Refusal, skip, stamp } from './answers.ts';
import { complaint, fieldOf, kept } from './fields.ts';

/** A person. `crm`: synchronised with a CRM, which keeps the company. */
export type Lead = {
  id: number;
  partition: string;
  crm: boolean;
  createdAt: number;
  updatedAt: number;
  values: Record<string, unknown>;
};
type Given = { email: string; partition?: string; crm?: boolean } & Record<string, unknown>;

const ACTIONS = ['createOrUpdate', 'createOnly', 'updateOnly', 'createDuplicate'];
const DEFAULT_FIELDS = ['email', 'updatedAt', 'createdAt', 'lastName', 'firstName'];
const MOST = 300;
/** Found by the filter and then refused altogether. */
const MOST_MATCHES = 1_000;
export const partitions = [
  { id: 1, name: 'Default', description: 'Initial system partition' },
  { id: 2, name: 'Europe', description: 'People of the European workspace' },
];
const DEFAULT_PARTITION = 'Default';

export function createLeads(now: () => number, seed: Given[]) {
  let leads: Lead[] = [];
  let nextId = 0;

  function add({ partition = DEFAULT_PARTITION, crm = false, ...values }: Given): Lead {
    const lead = { id: nextId, partition, crm, createdAt: now(), updatedAt: now(), values };
    nextId += 1;
    leads.push(lead);
    return lead;
  }
  function reset(): void {
    leads = [];
    nextId = 318_581;
    for (const lead of seed) add(lead);
  }
  reset();

  const fieldValue = ({ id, createdAt, updatedAt, values }: Lead, name: string): unknown => {
    if (name === 'id') return id;
    if (name === 'createdAt' || name === 'updatedAt') return stamp(name === 'createdAt' ? createdAt : updatedAt);
    return values[name] ?? null;
  };
  const matching = (name: string, value: unknown) =>
    leads.filter(lead => String(fieldValue(lead, name) ?? '').toLowerCase() === String(value).toLowerCase());

  function syncOne(record: Record<string, unknown>, how: { action: string; lookupField: string; partition?: string }) {
    const { action, lookupField, partition } = how;
    const wrong = mistakeIn(record, action);
    if (wrong) return skip(wrong.code, wrong.message);
    const key = record[lookupField];
    if (key === undefined || key === null || key === '')
      return skip('1002', `Missing value for the required parameter '${lookupField}'`);
    const found = action === 'createDuplicate' ? [] : matching(lookupField, key);
    if (found.length > 1) return skip('1007', 'Multiple lead match lookup criteria');
    const [lead] = found;
    if (!lead) {
      if (action === 'updateOnly') return skip('1004', 'Lead not found');
      const made = add({ ...valuesOf(record), email: String(record.email ?? ''), ...(partition && { partition }) });
      return { id: made.id, status: 'created' };
    }
    if (action === 'createOnly') return skip('1005', 'Lead already exists');
    if (partition !== undefined && lead.partition !== partition) return skip('1010', 'Partition update not allowed');
    if (lead.crm && 'company' in record) return skip('1021', 'Company update not allowed');
    Object.assign(lead.values, valuesOf(record));
    lead.updatedAt = now();
    return { id: lead.id, status: 'updated' };
  }

  return {
    add,
    reset,
    all: () => leads,
    byId: (id: number) => leads.find(lead => lead.id === id),
    named: (lead: Lead) => [lead.values.firstName, lead.values.lastName].filter(Boolean).join(' '),
    show: (lead: Lead) => ({
      id: lead.id,
      partition: lead.partition,
      ...lead.values,
      updatedAt: stamp(lead.updatedAt),
    }),

    /** POST /rest/v1/leads.json */
    sync(body: Record<string, unknown>): Content {
      const { action = 'createOrUpdate', lookupField = 'email', partitionName } = body;
      const input = inputOf(body);
      if (!ACTIONS.includes(String(action)))
        throw new Refusal('1001', `Invalid value '${String(action)}'. Required of type 'SyncAction'`);
      const lookup = String(lookupField);
      if (!fieldOf(lookup)?.searchable) throw new Refusal('1011', `Field '${lookup}' not supported`);
      const partition = partitionName === undefined ? undefined : String(partitionName);
      const denied = partition !== undefined && !partitions.some(({ name }) => name === partition);
      const how = { action: String(action), lookupField: lookup, ...(partition !== undefined && { partition }) };
      return {
        result: input.map(record =>
          denied ? skip('1008', `Access denied to partition '${partition}'`) : syncOne(record, how),
        ),
      };
    },

    /** GET /rest/v1/leads.json */
    query(question: URLSearchParams): Content {
      const filterType = question.get('filterType');
      const values = question.getAll('filterValues').flatMap(part => part.split(','));
      if (!filterType) throw new Refusal('1002', "Missing value for the required parameter 'filterType'");
      if (values.length === 0) throw new Refusal('1002', "Missing value for the required parameter 'filterValues'");
      if (!fieldOf(filterType)?.searchable) throw new Refusal('1011', `Field '${filterType}' not supported`);
      if (values.length > MOST) throw new Refusal('1003', `Max number of filterValues is ${MOST}`);
      const named = question.getAll('fields').flatMap(part => part.split(','));
      const asked = named.length > 0 ? named : DEFAULT_FIELDS;
      const unknown = asked.find(name => !fieldOf(name));
      if (unknown !== undefined) throw new Refusal('1006', `Field '${unknown}' not found`);
      const found = [...new Set(values.flatMap(value => matching(filterType, value)))];
      if (found.length > MOST_MATCHES) throw new Refusal('1003', 'Too many results match the filter');
      const { page, next } = pageOf(found, MOST, question.get('nextPageToken'));
      const result = page.map(lead => ({
        id: lead.id,
        ...Object.fromEntries(asked.map(name => [name, fieldValue(lead, name)])),
      }));
      return { result, ...(next && { nextPageToken: next }) };
    },
  };
}
export type Leads = ReturnType<typeof createLeads>;

function mistakeIn(record: Record<string, unknown>, action: string): Reason | undefined {
  for (const [name, value] of Object.entries(record)) {
    const field = fieldOf(name);
    if (!field) return { code: '1006', message: `Field '${name}' not found` };
    if (name === 'id' && action === 'updateOnly') continue;
    const wrong = complaint(field, value);
    if (wrong) return wrong;
  }
  return undefined;
}

const valuesOf = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, kept(fieldOf(name)!, value)]));
