import type { Connection } from 'jsforce';
import {
  type BatchItem,
  defineAction,
  emailKey,
  manyAtOnce,
  mappedFor,
  onePersonAtATime,
  type PushOutput,
  pushInRounds,
  pushOutput,
  StepError,
} from '../../../src/sdk/index.ts';
import { type BatchContext, MOST_IN_ONE_CALL, settled } from '../batch.ts';
import type { SalesforceClient } from '../client.ts';
import { findNamedByRule } from '../duplicates.ts';
import { isSchemaDrift } from '../error-codes.ts';
import { readable } from '../mapping.ts';
import { findPeople, type Person, type PersonFields } from '../people.ts';
import { creationOf, type PeopleObjects, pushed, pushInput, type SalesforcePushInput, updateOf } from '../push.ts';
import { describeObject, doubtObject, forgetObject, KEY_FIELD, keyUse } from '../schema.ts';
import { findIn } from '../soql.ts';
import { type Refused, type Write, type Written, writeAll } from '../write.ts';

type PushItem = BatchItem<SalesforcePushInput>;
type Result = PushOutput | StepError;

export const pushRecord = defineAction<SalesforcePushInput, PushOutput, SalesforceClient>({
  id: 'salesforce.push_record',
  title: 'Push to Salesforce',
  description: 'Updates the Contact or Lead with the visitor’s e-mail, or creates a Lead.',
  input: pushInput,
  output: pushOutput,
  fits: {},
  // A Lead whose answer was lost may still land: so it is waited for, and the match by e-mail that stands before every creation finds it.
  replay: {
    graceSeconds: 10,
    findMany: async (context, items) => findCreated(context, items),
  },
  exclusive: onePersonAtATime,
  ...manyAtOnce(MOST_IN_ONE_CALL, pushAll),
});

async function findCreated(
  context: Pick<BatchContext, 'client' | 'signal' | 'now'>,
  items: { stepKey: string }[],
): Promise<(PushOutput | undefined)[]> {
  if (keyUse(await describeObject(context, 'Lead')) === undefined) return items.map(() => undefined);
  const connection = context.client.connection(context.signal);
  const from = { object: 'Lead', field: KEY_FIELD, fields: [KEY_FIELD], where: { IsConverted: false } };
  const keys = items.map(({ stepKey }) => stepKey);
  const leads = await findIn(connection, from, keys);
  const byKey = new Map(leads.map(lead => [lead[KEY_FIELD], lead.Id]));
  return keys.map(key => {
    const id = byKey.get(key);
    return id === undefined ? undefined : pushed(context.client, { type: 'Lead', id }, true);
  });
}

async function pushAll(context: BatchContext, items: PushItem[]): Promise<Result[]> {
  const results = await pushInRounds(items, people => pushPeople(context, people));
  const doubtful = results.some(result => result instanceof StepError && result.details.schemaDrift);
  if (doubtful) for (const object of ['Lead', 'Contact']) doubtObject(context, object);
  return results;
}

/** A Lead to be created, with what is to be said once it is. */
type Creation = { write: Write; notes: string[] };

async function pushPeople(context: BatchContext, emails: Map<PushItem, string>): Promise<Map<PushItem, Result>> {
  const results = new Map<PushItem, Result>();
  const connection = context.client.connection(context.signal);
  const [Lead, Contact] = await Promise.all([describeObject(context, 'Lead'), describeObject(context, 'Contact')]);
  const objects = { Lead, Contact };
  const fields = fieldsRead([...emails.keys()], objects);
  const people = await drifting(context, () => findPeople(connection, [...emails.values()], fields));
  const creations = new Map<PushItem, Creation>();
  const updates = new Map<PushItem, Person>();
  for (const [item, email] of emails) {
    const person = people.get(emailKey(email));
    if (person) {
      updates.set(item, person);
      continue;
    }
    const notes: string[] = [];
    const planned = { ...item, note: (sentence: string) => void notes.push(sentence) };
    const write = await settled(() => creationOf(planned, email, objects));
    if (write instanceof StepError) results.set(item, write);
    else creations.set(item, { write, notes });
  }
  const refused = await createAll(context, connection, creations, results);
  const named = await findNamedByRule(connection, [...refused], fields);
  for (const [item, { error }] of refused) {
    const person = named.get(item);
    if (person) updates.set(item, person);
    else results.set(item, error);
  }
  await updateAll(context, connection, updates, objects, results);
  return results;
}

/** The fields of both objects that any of these steps may change. */
const fieldsRead = (items: PushItem[], objects: PeopleObjects): PersonFields => ({
  Lead: [...new Set(items.flatMap(({ facts }) => readable(mappedFor(facts, 'Lead'), objects.Lead)))],
  Contact: [...new Set(items.flatMap(({ facts }) => readable(mappedFor(facts, 'Contact'), objects.Contact)))],
});

/** Creates Leads. Answers those that a duplicate rule of the org held back. */
async function createAll(
  context: BatchContext,
  connection: Connection,
  creations: Map<PushItem, Creation>,
  results: Map<PushItem, Result>,
): Promise<Map<PushItem, Refused>> {
  const heldBack = new Map<PushItem, Refused>();
  for (const [assign, group] of Map.groupBy(creations, ([{ input }]) => input.assignmentRules === true)) {
    const headers = { 'Sforce-Auto-Assign': assign ? 'TRUE' : 'FALSE' };
    const written = await writeAll(
      connection,
      group.map(([, { write }]) => write),
      headers,
    );
    for (const [index, [item, { write, notes }]] of group.entries()) {
      const first = written[index]!;
      // The result of a collection may leave out whom the rule named; the answer to a single create never does.
      const again = group.length > 1 && isUnnamedDuplicate(first);
      const one = again ? (await writeAll(connection, [write], headers))[0]! : first;
      if ('id' in one) {
        for (const sentence of ['No Contact and no Lead had the visitor’s e-mail: a Lead was created.', ...notes])
          item.note(sentence);
        results.set(item, pushed(context.client, { type: 'Lead', id: one.id }, true));
      } else if (one.code === 'DUPLICATES_DETECTED') heldBack.set(item, one);
      else results.set(item, remembered(context, 'Lead', one));
    }
  }
  return heldBack;
}

const isUnnamedDuplicate = (written: Written): boolean =>
  'error' in written && written.code === 'DUPLICATES_DETECTED' && written.duplicates.length === 0;

async function updateAll(
  context: BatchContext,
  connection: Connection,
  updates: Map<PushItem, Person>,
  objects: PeopleObjects,
  results: Map<PushItem, Result>,
): Promise<void> {
  const writes: { item: PushItem; person: Person; write: Write }[] = [];
  for (const [item, person] of updates) {
    item.note(person.why);
    const write = await settled(() => updateOf(item, person, objects));
    if (write instanceof StepError) results.set(item, write);
    else if (write) writes.push({ item, person, write });
    else {
      item.note(`The ${person.type} holds all of it already; nothing was changed.`);
      results.set(item, pushed(context.client, person, false));
    }
  }
  // The record is there already, so a rule that only warns of duplicates has nothing to say.
  const headers = { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' };
  const written = await writeAll(
    connection,
    writes.map(({ write }) => write),
    headers,
  );
  for (const [index, { item, person, write }] of writes.entries()) {
    const one = written[index]!;
    if ('id' in one) {
      item.note(`Changed: ${Object.keys(write.fields).join(', ')}.`);
      results.set(item, pushed(context.client, person, false));
    } else results.set(item, remembered(context, person.type, one));
  }
}

/** A record that was deleted or converted since the match is no mistake of anybody: the next try matches anew. */
function remembered(context: BatchContext, object: string, { error, code }: Refused): StepError {
  if (isSchemaDrift(code)) forgetObject(context.client, object);
  if (code !== 'ENTITY_IS_DELETED' && code !== 'CANNOT_UPDATE_CONVERTED_LEAD') return error;
  return new StepError(
    'transient',
    `The ${object} was deleted or converted just now. It is matched anew.`,
    error.details,
  );
}

/** Reading a field that is gone says that what we know of the two objects is old. */
async function drifting<Value>(context: BatchContext, work: () => Promise<Value>): Promise<Value> {
  const value = await settled(work);
  if (!(value instanceof StepError)) return value;
  if (isSchemaDrift(value.details.vendorCode))
    for (const object of ['Lead', 'Contact']) forgetObject(context.client, object);
  throw value;
}
