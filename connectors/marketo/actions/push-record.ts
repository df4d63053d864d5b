import * as z from 'zod';
import {
  type BatchItem,
  defineAction,
  emailKey,
  type MappedField,
  manyAtOnce,
  onePersonAtATime,
  type PushOutput,
  pushDestination,
  pushInRounds,
  pushOutput,
  StepError,
} from '../../../src/sdk/index.ts';
import { type BatchContext, MOST_RECORDS } from '../batch.ts';
import type { MarketoClient } from '../client.ts';
import { classify } from '../errors.ts';
import { dependsOnPerson, fieldsToWrite, linesOf } from '../mapping.ts';
import { findPeople, isEmail, type Person, withoutUnknownFields } from '../people.ts';
import { type Lead, syncLeads, type Written } from '../sync.ts';

const input = z.strictObject({
  destination: pushDestination('marketo'),
  partition: z
    .string()
    .optional()
    .meta({ title: 'Partition', description: 'Where the person is written; that of the connection where left out' }),
});
type Input = z.infer<typeof input>;
type Result = PushOutput | StepError;

/** One step of a batch: whom it writes, and by which lines. */
type Push = { item: BatchItem<Input>; email: string; lines: MappedField[]; result?: Result };

/** How long Marketo may still work on a call that was given up: two upserts of a new person at once would make two people. */
const GRACE_SECONDS = 30;

export const pushRecord = defineAction<Input, PushOutput, MarketoClient>({
  id: 'marketo.push_record',
  title: 'Push to Marketo',
  description: 'Creates or updates the person with the visitor’s e-mail.',
  input,
  output: pushOutput,
  fits: {},
  // There is nothing to look for: once the first call can no longer land, the same upsert by e-mail comes to the same person.
  replay: { graceSeconds: GRACE_SECONDS, findMany: async (_context, items) => items.map(() => undefined) },
  exclusive: onePersonAtATime,
  ...manyAtOnce(MOST_RECORDS, pushAll, ({ partition = '' }) => partition),
});

function pushAll(context: BatchContext, items: BatchItem<Input>[]): Promise<Result[]> {
  return pushInRounds(items, people => pushPeople(context, people));
}

const wrongEmail = () =>
  new StepError(
    'rejected',
    'Marketo keeps no such e-mail: it must be an address of plain characters without a comma.',
    { field: 'visitor.email' },
  );

async function pushPeople(
  context: BatchContext,
  people: Map<BatchItem<Input>, string>,
): Promise<Map<BatchItem<Input>, Result>> {
  const pushes = [...people].map(([item, email]): Push => {
    const lines = linesOf(item.facts);
    return { item, email, lines, ...(!isEmail(email) && { result: wrongEmail() }) };
  });
  const there = await readPeople(context, pushes);
  const leads = new Map<Push, Lead>();
  for (const push of pushes) {
    if (push.result) continue;
    try {
      const found = there.get(emailKey(push.email)) ?? [];
      // Who is there keeps the e-mail as it is written there.
      const email = found.length === 1 ? String(found[0]!.email) : push.email;
      leads.set(push, { email, ...fieldsToWrite(push.lines, found) });
    } catch (error) {
      push.result = classify(error);
    }
  }
  const partition = pushes[0]?.item.input.partition ?? context.client.partition;
  const written = await syncLeads(context, [...leads.values()], partition);
  for (const [index, push] of [...leads.keys()].entries()) {
    push.result = resultOf(push, written[index]!, there.get(emailKey(push.email)) ?? []);
  }
  return new Map(pushes.flatMap(({ item, result }) => (result ? [[item, result]] : [])));
}

/** Who is there already, as far as the rules ask for it. A step that reads a field which Marketo does not know fails alone. */
async function readPeople(context: BatchContext, pushes: Push[]): Promise<Map<string, Person[]>> {
  const asking = () => pushes.filter(({ lines, result }) => !result && lines.some(dependsOnPerson));
  const fields = asking().flatMap(({ lines }) => lines.filter(dependsOnPerson).map(({ field }) => field));
  if (fields.length === 0) return new Map();
  return withoutUnknownFields(
    [...new Set(fields)],
    async known => {
      const emails = asking().map(({ email }) => email);
      return emails.length === 0 ? new Map<string, Person[]>() : findPeople(context, emails, known);
    },
    (field, error) => {
      for (const push of asking()) if (push.lines.some(line => line.field === field)) push.result = error;
    },
  );
}

function resultOf({ item, lines }: Push, written: Written, there: Person[]): Result {
  if ('error' in written) return several(written, there);
  const { record, status } = written;
  const id = String(record.id);
  const created = status === 'created';
  item.note(created ? 'Nobody in Marketo had the visitor’s e-mail: the person was created.' : changesOf(lines, there));
  return {
    connector: 'marketo',
    recordType: 'Lead',
    recordId: id,
    created,
    externalIds: { marketoLeadId: id },
  };
}

function changesOf(lines: MappedField[], there: Person[]): string {
  const names = Object.keys(fieldsToWrite(lines, there));
  return names.length > 0
    ? `The person with the visitor’s e-mail was updated: ${names.join(', ')}.`
    : 'The person with the visitor’s e-mail holds all of it already.';
}

function several(written: { error: StepError }, there: Person[]): StepError {
  const { error } = written;
  if (error.details.vendorCode !== '1007' || there.length < 2) return error;
  const ids = there.map(({ id }) => id).join(', ');
  return new StepError(error.kind, `${error.message} They have the ids ${ids}.`, error.details);
}
