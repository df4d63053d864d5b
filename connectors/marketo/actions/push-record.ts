import * as z from 'zod';
import { defineAction, type MappedField, type PushOutput, StepError } from '../../../src/sdk/index.ts';
import { type BatchContext, type Item, manyAtOnce } from '../batch.ts';
import type { MarketoClient } from '../client.ts';
import { classify } from '../errors.ts';
import { dependsOnPerson, fieldsToWrite, mappedFor } from '../mapping.ts';
import { emailKey, findPeople, isEmail, type Person, withoutUnknownFields } from '../people.ts';
import { type Lead, syncLeads, type Written } from '../sync.ts';

const input = z.strictObject({
  destination: z
    .string()
    .optional()
    .meta({ title: 'Destination', description: 'marketo; the workspace’s default where left out' }),
  partition: z
    .string()
    .optional()
    .meta({ title: 'Partition', description: 'Where the person is written; that of the connection where left out' }),
});
type Input = z.infer<typeof input>;
type Result = PushOutput | StepError;

/** One step of a batch: whom it writes, and by which lines. */
type Push = { item: Item<Input>; email: string; lines: MappedField[]; result?: Result };

/** How long Marketo may still work on a call that was given up: two upserts of a new person at once would make two people. */
const GRACE_SECONDS = 30;

export const pushRecord = defineAction<Input, PushOutput, MarketoClient>({
  id: 'marketo.push_record',
  title: 'Push to Marketo',
  description: 'Creates or updates the person with the visitor’s e-mail.',
  input,
  output: z.object({
    connector: z.string(),
    recordType: z.string(),
    recordId: z.string(),
    created: z.boolean(),
    url: z.string().optional(),
    externalIds: z.record(z.string(), z.string()),
  }),
  fits: {},
  // There is nothing to look for: once the first call can no longer land, the same upsert by e-mail comes to the same person.
  replay: { graceSeconds: GRACE_SECONDS, findMany: async (_context, items) => items.map(() => undefined) },
  exclusive: (_input, { visitor: { email } }) => (email ? `person ${emailKey(email)}` : undefined),
  ...manyAtOnce<Input, PushOutput>(({ partition = '' }) => partition, pushAll),
});

async function pushAll(context: BatchContext, items: Item<Input>[]): Promise<Result[]> {
  const pushes = items.map(pushOf);
  const seen = new Set<string>();
  const first = pushes.filter(({ email, result }) => {
    const isNew = result === undefined && !seen.has(emailKey(email));
    seen.add(emailKey(email));
    return isNew;
  });
  await pushPeople(context, first);
  // The same person once more, in a call of its own.
  const later = pushes.filter(({ result }) => result === undefined);
  const again =
    later.length > 0
      ? await pushAll(
          context,
          later.map(({ item }) => item),
        )
      : [];
  for (const [index, push] of later.entries()) push.result = again[index];
  return pushes.map(({ result }) => result ?? new StepError('defect', 'A person was left out of the call.'));
}

function pushOf(item: Item<Input>): Push {
  const email = item.facts.visitor.email?.trim() ?? '';
  const push: Push = { item, email, lines: mappedFor(item.facts) };
  if (email === '')
    push.result = wrongEmail(
      'The visitor’s e-mail is not known, and people are matched by it. Let the workflow start once it is known, or branch on it.',
    );
  else if (!isEmail(email))
    push.result = wrongEmail(
      'Marketo keeps no such e-mail: it must be an address of plain characters without a comma.',
    );
  return push;
}

const wrongEmail = (sentence: string) => new StepError('rejected', sentence, { field: 'visitor.email' });

async function pushPeople(context: BatchContext, pushes: Push[]): Promise<void> {
  if (pushes.length === 0) return;
  const there = await readPeople(context, pushes);
  const leads = new Map<Push, Lead>();
  for (const push of pushes) {
    if (push.result) continue;
    try {
      const people = there.get(emailKey(push.email)) ?? [];
      // Who is there keeps the e-mail as it is written there.
      const email = people.length === 1 ? String(people[0]!.email) : push.email;
      leads.set(push, { email, ...fieldsToWrite(push.lines, people) });
    } catch (error) {
      push.result = classify(error);
    }
  }
  const partition = pushes[0]?.item.input.partition ?? context.client.partition;
  const written = await syncLeads(context, [...leads.values()], partition);
  for (const [index, push] of [...leads.keys()].entries()) {
    push.result = resultOf(push, written[index]!, there.get(emailKey(push.email)) ?? []);
  }
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
