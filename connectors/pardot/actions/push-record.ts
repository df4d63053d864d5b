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
import type { PardotClient } from '../client.ts';
import { classify } from '../errors.ts';
import { forgetFields, isCustom, knownFields } from '../fields.ts';
import { fieldsToSend, linesOf } from '../mapping.ts';
import { type Prospect, prospectsByEmail, severalNote } from '../prospects.ts';

type Context = ActionContext<PardotClient>;

export const pushRecord = defineAction<PushInput, PushOutput, PardotClient>({
  id: 'pardot.push_record',
  title: 'Push to Account Engagement',
  description: 'Updates the prospect with the visitor’s e-mail that was active last, or creates one.',
  input: z.strictObject({
    destination: pushDestination('pardot'),
  }),
  output: pushOutput,
  fits: {},
  // One call upserts by e-mail.
  replay: 'safe',
  exclusive: onePersonAtATime,
  async run(context) {
    const email = context.facts.visitor.email?.trim();
    if (!email) throw noEmail();
    const { fields, current } = await planned(context, email);
    if (current && Object.keys(fields).length === 0) {
      context.note('The prospect holds all of it already; nothing was changed.');
      return pushed(context, current.id, false);
    }
    const answer = await upsert(context, email, fields, current);
    context.note(`${found(answer.status, current)} Sent: ${Object.keys(fields).join(', ') || 'the e-mail'}.`);
    const created = answer.status === 201 || !current;
    return pushed(context, await idOf(context, answer.body, email, current), created);
  },
});

function found(status: number, current: Prospect | undefined): string {
  if (status === 201) return 'No prospect had the visitor’s e-mail: one was created.';
  if (current) return 'The prospect was found by e-mail.';
  return 'No prospect with the visitor’s e-mail was shown: it was created, or updated if it came into being within the last minute.';
}

/** What is to be sent, after a look at what is there. */
async function planned(
  context: Context,
  email: string,
): Promise<{ fields: Record<string, unknown>; current: Prospect | undefined }> {
  const mapped = linesOf(context.facts, context.note);
  const named = mapped.map(({ field }) => field);
  const known = await knownFields(context, named);
  if (known.custom === 'hidden')
    context.note(
      'The connected user may not see the custom fields (ability “Configure Fields”), so their values were sent as they are.',
    );
  const schema = { find: known.find, strict: (name: string) => known.custom !== 'hidden' || !isCustom(name) };
  // Mistakes are found before anything is asked or sent.
  const names = Object.keys(fieldsToSend(mapped, schema, undefined));
  const [current, ...others] = await drifting(context, () => prospectsByEmail(context, email, names));
  if (others.length > 0) context.note(severalNote(others.length).trim());
  return { fields: fieldsToSend(mapped, schema, current), current };
}

async function upsert(
  context: Context,
  email: string,
  fields: Record<string, unknown>,
  current: Prospect | undefined,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const prospect = current ? fields : { ...fields, email };
  return drifting(
    context,
    () =>
      context.client.call({
        method: 'POST',
        path: 'prospects/do/upsertLatestByEmail',
        body: { matchEmail: email, prospect, fields: ['id', 'email'] },
        signal: context.signal,
      }),
    Object.keys(fields),
  );
}

/** Names the field that the vendor complains of, where its words name one; a complaint about fields makes us look at them anew. */
async function drifting<Value>(context: Context, work: () => Promise<Value>, sent: string[] = []): Promise<Value> {
  try {
    return await work();
  } catch (thrown) {
    const error = classify(thrown);
    if (error.details.schemaDrift) forgetFields(context.client);
    const words = error.details.vendorMessage ?? '';
    const field = sent.find(name => new RegExp(`(^|\\W)${name}(\\W|$)`).test(words));
    throw field ? new StepError(error.kind, error.message, { ...error.details, field }) : error;
  }
}

/** A role that may write prospects but not see them gets no id back. */
async function idOf(
  context: Context,
  answer: Record<string, unknown>,
  email: string,
  current: Prospect | undefined,
): Promise<number> {
  if (typeof answer.id === 'number') return answer.id;
  const [found] = current ? [current] : await prospectsByEmail(context, email, []);
  if (found) return found.id;
  throw new StepError(
    'forbidden',
    'The prospect was written, but the connected user may not see it, so its id is not known. Give the user’s role the ability to view prospects, and run the step again.',
  );
}

function pushed({ client }: Context, id: number, created: boolean): PushOutput {
  return {
    connector: 'pardot',
    recordType: 'Prospect',
    recordId: String(id),
    created,
    url: `${client.apiUrl}/prospect/read/id/${id}`,
    externalIds: { pardotProspectId: String(id) },
  };
}
