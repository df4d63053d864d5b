import type { Connection } from 'jsforce';
import { StepError } from '../../src/sdk/index.ts';
import { classify, fromFailure } from './errors.ts';
import { KEY_FIELD } from './schema.ts';
import { complaintsOf, type DuplicateRecord, SalesforceFailure } from './transport.ts';

const MOST_IN_ONE_CALL = 200;

/** One record to be written: with `id` an update, with `stepKey` an upsert on the key field, else a create. */
export type Write = { type: string; id?: string; stepKey?: string; fields: Record<string, unknown> };
/** `duplicates` are the records that a duplicate rule named as the reason; `code` is Salesforce's own. */
export type Refused = { error: StepError; code?: string; duplicates: DuplicateRecord[] };
export type Written = { id: string; created: boolean } | Refused;
type Saved = { id?: string; success: boolean; created?: boolean; errors: unknown[] };

/**
 * Writes records, each on its own (allOrNone is off), in as few calls as there are kinds of writes: one record by its own address,
 * several as collections of 200. Answers one result per record, in order; never throws for what Salesforce answers. Assignment rules,
 * which Salesforce also runs on updates, change no owner unless `headers` says so.
 */
export async function writeAll(
  connection: Connection,
  writes: Write[],
  headers: Record<string, string> = {},
): Promise<Written[]> {
  const results = new Map<Write, Written>();
  const groups = Map.groupBy(writes, groupOf);
  for (const group of groups.values()) {
    for (let from = 0; from < group.length; from += MOST_IN_ONE_CALL) {
      const part = group.slice(from, from + MOST_IN_ONE_CALL);
      const written = await writePart(connection, part, { 'Sforce-Auto-Assign': 'FALSE', ...headers });
      part.forEach((write, index) => {
        results.set(write, written[index] ?? unanswered());
      });
    }
  }
  return writes.map(write => results.get(write) ?? unanswered());
}

// Creates and updates of several objects may share a call; an upsert names its object in the address.
const groupOf = ({ type, id, stepKey }: Write): string =>
  id !== undefined ? 'update' : stepKey !== undefined ? `upsert ${type}` : 'create';

async function writePart(connection: Connection, part: Write[], headers: Record<string, string>): Promise<Written[]> {
  try {
    const [first] = part;
    if (first && part.length === 1) return [await writeOne(connection, first, headers)];
    return await writeCollection(connection, part, headers);
  } catch (error) {
    return part.map(write => withoutKeyField(write, refusedBy(error)));
  }
}

async function writeOne(
  connection: Connection,
  { type, id, stepKey, fields }: Write,
  headers: Record<string, string>,
): Promise<Written> {
  const url = [`/sobjects/${type}`, ...(id !== undefined ? [id] : stepKey !== undefined ? [KEY_FIELD, stepKey] : [])];
  const saved = await connection.request<Saved>(
    {
      method: id === undefined && stepKey === undefined ? 'POST' : 'PATCH',
      url: url.map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/'),
      body: JSON.stringify(fields),
      headers: { ...headers, 'content-type': 'application/json' },
    },
    { noContentResponse: { id, success: true, created: false, errors: [] } },
  );
  return resultOf(saved, id);
}

async function writeCollection(
  connection: Connection,
  part: Write[],
  headers: Record<string, string>,
): Promise<Written[]> {
  const [first] = part;
  const upsert = first?.stepKey !== undefined && first.id === undefined;
  const records = part.map(({ type, id, stepKey, fields }) => ({
    attributes: { type },
    ...(id !== undefined && { id }),
    ...(upsert && { [KEY_FIELD]: stepKey }),
    ...fields,
  }));
  const saved = await connection.request<Saved[]>({
    method: upsert || first?.id !== undefined ? 'PATCH' : 'POST',
    url: upsert ? `/composite/sobjects/${first?.type}/${KEY_FIELD}` : '/composite/sobjects',
    body: JSON.stringify({ allOrNone: false, records }),
    headers: { ...headers, 'content-type': 'application/json' },
  });
  return part.map(({ id }, index) => {
    const one = saved[index];
    return one ? resultOf(one, id) : unanswered();
  });
}

function resultOf(saved: Saved, id: string | undefined): Written {
  if (!saved.success) return refusedWith(complaintsOf(saved.errors));
  const recordId = saved.id ?? id;
  return recordId === undefined ? unanswered() : { id: recordId, created: saved.created ?? id === undefined };
}

/** An upsert that is not found is one on a key field that was deleted since we looked. Nothing was written. */
function withoutKeyField({ id, stepKey }: Write, refused: Refused): Refused {
  if (id !== undefined || stepKey === undefined || refused.code !== 'NOT_FOUND') return refused;
  const sentence = `The field ${KEY_FIELD} is not there any more, or was taken from the connected user. It goes on without.`;
  const error = new StepError('transient', sentence, { ...refused.error.details, schemaDrift: true });
  return { ...refused, error, code: 'INVALID_FIELD' };
}

function refusedBy(error: unknown): Refused {
  const complaints = error instanceof SalesforceFailure ? (error.failure.complaints ?? []) : [];
  return { ...refusedWith(complaints), error: classify(error) };
}

function refusedWith(complaints: ReturnType<typeof complaintsOf>): Refused {
  const error = fromFailure({ write: true, sent: true, status: 400, complaints });
  const duplicates = complaints.find(({ code }) => code === 'DUPLICATES_DETECTED')?.duplicates ?? [];
  return { error, duplicates, ...(complaints[0] && { code: complaints[0].code }) };
}

const unanswered = (): Refused => ({
  error: new StepError('uncertain', 'Salesforce answered without the id of the record.'),
  duplicates: [],
});
