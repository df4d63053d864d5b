import * as z from 'zod';
import {
  type ActionContext,
  defineAction,
  noEmail,
  onePersonAtATime,
  type PushInput,
  type PushOutput,
  pushDestination,
  pushOutput,
  StepError,
} from '../../../src/sdk/index.ts';
import { CallFailure } from '../../../src/sdk/json-call.ts';
import type { EloquaClient } from '../client.ts';
import { type Contact, changedContact, contactByEmail, newContact } from '../contacts.ts';
import { classify } from '../errors.ts';
import { complaintsOf } from '../failure.ts';
import { contactFields, forgetFields, properties } from '../fields.ts';
import { type Change, changesOf, linesOf, valuesFor } from '../mapping.ts';

type Context = ActionContext<EloquaClient>;
type Values = ReturnType<typeof valuesFor>;

export const pushRecord = defineAction<PushInput, PushOutput, EloquaClient>({
  id: 'eloqua.push_record',
  title: 'Push to Eloqua',
  description: 'Updates the contact with the visitor’s e-mail, or creates one.',
  input: z.strictObject({
    destination: pushDestination('eloqua'),
  }),
  output: pushOutput,
  fits: {},
  // Eloqua keeps each e-mail once, and a repeat begins with a look.
  replay: 'safe',
  exclusive: onePersonAtATime,
  async run(context) {
    const email = context.facts.visitor.email?.trim();
    if (!email) throw noEmail();
    const values = await wanted(context);
    const contact = await contactByEmail(context, email);
    if (contact) return update(context, contact, values);
    const created = await create(context, email, values);
    if (created) return created;
    const now = await contactByEmail(context, email);
    if (!now) throw hidden();
    context.note('The contact was made by somebody else at this moment.');
    return update(context, now, values);
  },
});

const hidden = () =>
  new StepError(
    'forbidden',
    'Eloqua has a contact with this e-mail already, but does not show it to the connected user. Give the user access to it (label-based contact security), and run the step again.',
    { vendorCode: 'HTTP 409' },
  );

/** What the mapping comes to in this site's fields. A name that is not among them makes the next step look anew. */
async function wanted(context: Context): Promise<Values> {
  const mapped = linesOf(context.facts, context.note);
  try {
    return valuesFor(mapped, await contactFields(context), context.note);
  } catch (error) {
    if (error instanceof StepError && error.details.schemaDrift) forgetFields(context.client);
    throw error;
  }
}

/** Undefined where Eloqua says that the e-mail is taken. */
async function create(context: Context, email: string, values: Values): Promise<PushOutput | undefined> {
  try {
    const body = newContact(email, values);
    const answer = await write(context, values, { method: 'POST', path: '1.0/data/contact', body });
    context.note('No contact had the visitor’s e-mail: one was created.');
    return pushed(context, answer, true);
  } catch (thrown) {
    if (thrown instanceof CallFailure && thrown.facts.answer?.status === 409) return undefined;
    throw thrown;
  }
}

async function update(context: Context, contact: Contact, values: Values): Promise<PushOutput> {
  const changes = changesOf(values, contact);
  context.note('The contact was found by e-mail.');
  if (changes.length === 0) {
    context.note('It holds all of it already; nothing was changed.');
    return pushed(context, contact, false);
  }
  const body = changedContact(contact, changes);
  const path = `1.0/data/contact/${encodeURIComponent(contact.id)}`;
  await write(context, changes, { method: 'PUT', path, body });
  context.note(`Changed: ${changes.map(({ field }) => field.name).join(', ')}.`);
  return pushed(context, contact, false);
}

/** One write; where Eloqua complains of a value, the error names the field as the mapping does. */
async function write(
  context: Context,
  changes: Change[],
  call: { method: 'POST' | 'PUT'; path: string; body: Record<string, unknown> },
): Promise<Record<string, unknown>> {
  try {
    return await context.client.call({ ...call, signal: context.signal });
  } catch (thrown) {
    if (!(thrown instanceof CallFailure) || thrown.facts.answer?.status === 409) throw thrown;
    // Deleted or merged since the look: nobody's mistake.
    if (call.method === 'PUT' && thrown.facts.answer?.status === 404)
      throw new StepError('transient', 'The contact was deleted just now. It is matched anew.', {
        vendorCode: 'HTTP 404',
      });
    const [complaint] = complaintsOf(thrown.facts);
    const meant = changes.find(
      ({ field }) => complaint?.objectId === field.id || complaint?.name === properties[field.name],
    );
    const error = classify(thrown);
    throw meant ? new StepError(error.kind, error.message, { ...error.details, field: meant.field.name }) : error;
  }
}

function pushed({ client }: Context, { id }: Record<string, unknown>, created: boolean): PushOutput {
  if (typeof id !== 'string') throw new StepError('uncertain', 'Eloqua answered without the id of the contact.');
  return {
    connector: 'eloqua',
    recordType: 'Contact',
    recordId: id,
    created,
    url: `${client.instanceUrl}/Main.aspx#contacts&id=${id}`,
    externalIds: { eloquaContactId: id },
  };
}
