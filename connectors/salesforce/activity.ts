import * as z from 'zod';
import { type BatchItem, StepError } from '../../src/sdk/index.ts';
import { DESCRIPTION_MAX, describe, SUBJECT_MAX, subjectLine } from './activity-text.ts';
import { type BatchContext, settled } from './batch.ts';
import { isSchemaDrift } from './error-codes.ts';
import { findOwners, type OwnerInput, ownerInputs } from './owners.ts';
import { findWhos, type Who } from './people.ts';
import { describeObject, doubtObject, forgetObject, KEY_FIELD, keyUse, type ObjectInfo } from './schema.ts';
import { valueFor } from './values.ts';
import { type Write, writeAll } from './write.ts';

/** What tasks and events have in common. */
export const activityInputs = {
  subject: z.string().trim().min(1).meta({ title: 'Subject', description: 'Cut at 255 characters' }),
  description: z.string().optional().meta({
    title: 'Description',
    description: 'The conversation’s transcript where left out; cut at what the field holds',
  }),
  ...ownerInputs,
  whoEmail: z.string().optional().meta({
    title: 'About the person with this e-mail',
    description: 'The record of the last push, else the visitor, where left out',
  }),
  whatId: z.string().optional().meta({
    title: 'Related to',
    description: 'The id of an account, an opportunity or another record; none where left out',
  }),
  fields: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, 'must be the API name of a field'),
      z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]),
    )
    .optional()
    .meta({
      title: 'Other fields',
      description:
        'Any field of the org’s layout by its API name, e.g. {"Region__c": "EMEA"}. They win over what the step fills by itself, within the same sizes, and a Description still ends in the step’s key',
    }),
};
export type ActivityInput = OwnerInput & {
  subject?: string;
  description?: string;
  whoEmail?: string;
  whatId?: string;
  fields?: Record<string, unknown>;
};

/** One kind of activity: its object, our names for its fields, and what it fills beside the common ones. */
export type ActivityKind<Input> = {
  object: 'Task' | 'Event';
  ourNames: Record<string, string>;
  fieldsOf(item: BatchItem<Input>, context: BatchContext, info: ObjectInfo): Record<string, unknown>;
};
export type CreatedActivity = { id: string; whoId?: string };

/**
 * Creates one activity per item: whom it is about and who owns it are looked up for all of them together.
 * @param findAll how the people are found; by the last push, else by e-mail where left out
 */
export async function createActivities<Input extends ActivityInput>(
  kind: ActivityKind<Input>,
  context: BatchContext,
  items: BatchItem<Input>[],
  findAll: typeof findWhos = findWhos,
): Promise<(CreatedActivity | StepError)[]> {
  const info = await describeObject(context, kind.object);
  const connection = context.client.connection(context.signal);
  const whos = new Map<BatchItem<Input>, { id?: string; type?: Who['type'] }>();
  const asking = items.filter(({ input }) => !namesWho(input));
  const found = await findAll(
    connection,
    asking.map(({ facts, input }) => ({ facts, whoEmail: input.whoEmail })),
  );
  for (const [index, item] of asking.entries()) {
    const who = found[index]!;
    item.note(who.why);
    if ('id' in who) whos.set(item, who);
  }
  const owners = await findOwners(
    connection,
    items.map(item => ({ item, who: whos.get(item) })),
  );
  const writes = await Promise.all(
    items.map((item, index) => settled(() => writeOf(kind, context, info, item, whos.get(item)?.id, owners[index]))),
  );
  return write(kind, context, writes);
}

/** A WhoId under `fields` wins over every look-up. */
function namesWho(input: ActivityInput): boolean {
  return Object.keys(input.fields ?? {}).some(name => name.toLowerCase() === 'whoid');
}

function writeOf<Input extends ActivityInput>(
  kind: ActivityKind<Input>,
  context: BatchContext,
  info: ObjectInfo,
  item: BatchItem<Input>,
  whoId: string | undefined,
  ownerId: string | undefined,
): Write {
  const { input, stepKey, note } = item;
  if (namesWho(input)) note('WhoId is the one that the step names under `fields`.');
  const named = fieldsAsked(info, input.fields ?? {});
  const { Subject, Description, ...others } = named;
  const values = {
    ...(whoId && { WhoId: whoId }),
    ...(ownerId && { OwnerId: ownerId }),
    ...(input.whatId && { WhatId: input.whatId }),
    ...kind.fieldsOf(item, context, info),
    ...others,
    ...textsOf(item, info, subjectAsked(input), String(Description ?? input.description ?? '')),
  };
  const use = keyUse(info);
  return {
    type: kind.object,
    fields: use === 'look-up' ? { ...values, [KEY_FIELD]: stepKey } : values,
    ...(use === 'upsert' && { stepKey }),
  };
}

function textsOf({ stepKey, note }: BatchItem<unknown>, info: ObjectInfo, asked: string, text: string) {
  const subject = subjectLine(asked);
  if (subject.endsWith('…') && subject.length < asked.length)
    note(`The subject was longer than ${SUBJECT_MAX} characters and was cut.`);
  const most = info.field('Description')?.length || DESCRIPTION_MAX;
  const description = describe(text, stepKey, most);
  if (!description.startsWith(text.trimEnd()))
    note(`The description was longer than ${most.toLocaleString('en')} characters and was cut.`);
  return { Subject: subject, Description: description };
}

/** The subject that the step asks for, before it is cut. */
export const subjectAsked = ({ subject = '', fields = {} }: ActivityInput): string =>
  String(Object.entries(fields).find(([name]) => name.toLowerCase() === 'subject')?.[1] ?? subject);

/**
 * Fields that the step names by themselves, under the org's own names and types.
 * @throws StepError `rejected` naming `fields.<name>`: not in this org, not writable, too long, outside of a restricted picklist
 */
function fieldsAsked(info: ObjectInfo, asked: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(asked).map(([name, value]) => {
      const called = `fields.${name}`;
      const field = info.field(name);
      if (!field?.createable) {
        const why = field
          ? 'the connected user may not fill it'
          : 'this org has no such field that the connected user may see';
        throw new StepError(
          'rejected',
          `\`${called}\` is no field of ${info.label} that can be written: ${why}. Check its API name, and the user’s access to it.`,
          { field: called, schemaDrift: true },
        );
      }
      // These two are cut to their size further on, and say so.
      const free = field.name === 'Subject' || field.name === 'Description';
      return [field.name, free ? value : valueFor(field, value, called)];
    }),
  );
}

async function write<Input>(
  kind: ActivityKind<Input>,
  context: BatchContext,
  writes: (Write | StepError)[],
): Promise<(CreatedActivity | StepError)[]> {
  const ready = writes.filter((each): each is Write => !(each instanceof StepError));
  const written = await writeAll(context.client.connection(context.signal), ready);
  return writes.map(each => {
    if (each instanceof StepError) {
      if (each.details.schemaDrift) doubtObject(context, kind.object);
      return each;
    }
    const one = written[ready.indexOf(each)]!;
    if ('id' in one) return { id: one.id, ...whoOf(each) };
    if (isSchemaDrift(one.code)) forgetObject(context.client, kind.object);
    return inOurWords(kind.ourNames, one.error);
  });
}

const whoOf = ({ fields: { WhoId } }: Write) => (typeof WhoId === 'string' ? { whoId: WhoId } : {});

function inOurWords(ourNames: Record<string, string>, error: StepError): StepError {
  const { field } = error.details;
  if (!field) return error;
  return new StepError(error.kind, error.message, { ...error.details, field: ourNames[field] ?? `fields.${field}` });
}
