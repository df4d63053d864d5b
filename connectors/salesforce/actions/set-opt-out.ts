import * as z from 'zod';
import { type ActionContext, defineAction, emailKey, StepError } from '../../../src/sdk/index.ts';
import type { SalesforceClient } from '../client.ts';
import { isSchemaDrift } from '../error-codes.ts';
import { describeObject, forgetObject } from '../schema.ts';
import { findIn } from '../soql.ts';
import { type Write, writeAll } from '../write.ts';

const input = z.strictObject({
  email: z
    .string()
    .optional()
    .meta({ title: 'E-mail', description: 'Whose Contacts and Leads are opted out; the visitor’s where left out' }),
  field: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, 'must be the API name of a field')
    .default('HasOptedOutOfEmail')
    .meta({ title: 'Field', description: 'A checkbox that Contact and Lead both have, e.g. HasOptedOutOfEmail' }),
});
type OptOutInput = z.output<typeof input>;
const output = z.object({ recordIds: z.array(z.string()), changed: z.number() });
type OptOutOutput = z.infer<typeof output>;
type Context = ActionContext<SalesforceClient>;

export const setOptOut = defineAction<OptOutInput, OptOutOutput, SalesforceClient>({
  id: 'salesforce.set_opt_out',
  title: 'Opt out of e-mail in Salesforce',
  description: 'Ticks the opt-out of every Contact and open Lead with this e-mail.',
  input,
  output,
  fits: {},
  replay: 'safe',
  async run(context, { email, field }) {
    const address = email?.trim() || context.facts.visitor.email?.trim();
    if (!address) throw new StepError('rejected', 'The e-mail that unsubscribed is not known.', { field: 'email' });
    const found = [
      ...(await recordsOf(context, 'Contact', address, field)),
      ...(await recordsOf(context, 'Lead', address, field)),
    ];
    const due = found.filter(({ already }) => !already).map(({ write }) => write);
    if (found.length === 0) context.note('No Contact and no open Lead has this e-mail; nothing was changed.');
    else context.note(`${due.length} of ${found.length} records with this e-mail were opted out now.`);
    const written = await writeAll(context.client.connection(context.signal), due);
    const failed = written.find(one => 'error' in one);
    if (failed && 'error' in failed) throw failed.error;
    return { recordIds: found.map(({ write }) => write.id ?? ''), changed: due.length };
  },
});

async function recordsOf(
  context: Context,
  type: 'Contact' | 'Lead',
  email: string,
  field: string,
): Promise<{ write: Write; already: boolean }[]> {
  const info = await describeObject(context, type);
  const known = info.field(field);
  if (!known?.updateable || known.type !== 'boolean')
    throw new StepError(
      'forbidden',
      `The connected user cannot tick \`${field}\` on ${info.label}. Show the field to the user and let them edit it (field-level security), or name another checkbox in the step.`,
      { field: 'field' },
    );
  const where = type === 'Lead' ? { IsConverted: false } : {};
  const from = { object: type, field: 'Email', fields: [known.name], where };
  try {
    const rows = await findIn(context.client.connection(context.signal), from, [emailKey(email)]);
    return rows.map(row => ({
      write: { type, id: row.Id, fields: { [known.name]: true } },
      already: row[known.name] === true,
    }));
  } catch (error) {
    if (isSchemaDrift((error as Error).message)) forgetObject(context.client, type);
    throw error;
  }
}
