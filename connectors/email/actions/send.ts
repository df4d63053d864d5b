import * as z from 'zod';
import { type ActionContext, defineAction, roleRecipient, StepError } from '../../../src/sdk/index.ts';
import { aboutOf } from '../about.ts';
import { addressAt, type Mailbox } from '../addresses.ts';
import { readBody } from '../body.ts';
import type { EmailClient } from '../client.ts';
import { bytesOf, messageIdOf, SUBJECT_MAX, subjectOf } from '../message.ts';
import { oneLine } from '../text.ts';
import { isUnanswered } from '../wire.ts';

const MOST_RECIPIENTS = 20;

const address = z.string().trim().min(1).max(320);
const addresses = z.array(address).min(1).max(MOST_RECIPIENTS);

const plain = [
  z.strictObject({ address: address.meta({ title: 'Address', description: 'Such as ann@example.com' }) }),
  addresses.meta({ title: 'Addresses', description: `A list of up to ${MOST_RECIPIENTS}; each sees the others` }),
] as const;

const input = z.strictObject({
  to: z
    .union([
      ...plain,
      z.strictObject({
        user: z
          .string()
          .trim()
          .min(1)
          .max(320)
          .meta({ title: 'User of the CRM', description: 'The user’s id (005… in Salesforce) or e-mail address' }),
      }),
      roleRecipient,
    ])
    .meta({ title: 'To' }),
  fallback: z
    .union(plain)
    .optional()
    .meta({ title: 'Fallback', description: 'Who gets it where nobody is found for a user or a role' }),
  cc: addresses.optional().meta({ title: 'Copy to', description: `Up to ${MOST_RECIPIENTS} addresses` }),
  replyTo: address.optional().meta({ title: 'Answers go to', description: 'The sender (MAIL_FROM) where left out' }),
  subject: z
    .string()
    .trim()
    .min(1)
    .meta({ title: 'Subject', description: `One line; cut at ${SUBJECT_MAX} characters` }),
  body: z.string().trim().min(1).meta({
    title: 'Text',
    description: 'An empty line begins a paragraph, “- ” a list, **bold** is bold and addresses become links; no HTML',
  }),
  includeConversation: z.boolean().default(false).meta({
    title: 'Include the conversation',
    description: 'Below the text: who the visitor is, the page, and a link to the conversation. For colleagues only',
  }),
  lifeMinutes: z
    .int()
    .min(1)
    .optional()
    .meta({ title: 'Life in minutes', description: 'Not sent any more once older than this' }),
});
export type EmailInput = z.output<typeof input>;

const output = z.object({
  messageId: z.string().meta({ description: 'The mail’s Message-ID' }),
  recipients: z.array(z.string()).meta({ description: 'Whom the mail server took it for' }),
  refused: z.array(z.string()).meta({ description: 'Whom it refused, while it took the others' }),
});
export type EmailOutput = z.infer<typeof output>;
type Context = ActionContext<EmailClient>;

export const send = defineAction<EmailInput, EmailOutput, EmailClient>({
  id: 'email.send',
  title: 'Send an e-mail',
  description: 'A mail to addresses, to a user of the CRM, or to the record’s owner, the rep or the meeting’s owner.',
  input,
  output,
  fits: {},
  notification: true,
  recipients: 'users',
  // A mail server cannot be asked, and by repeating one that always hangs up late would be sent twenty of the same.
  replay: { whenUnsure: 'park' },
  async run(context, asked) {
    const { client, stepKey, facts, signal } = context;
    if (!client)
      throw new StepError('forbidden', 'SMTP_URL and MAIL_FROM are not set, so no mail can be sent.', { park: true });
    const to = recipientsOf(context, asked);
    const cc = (asked.cc ?? []).map((each, index) => ({ address: addressAt(`cc[${index}]`, each) }));
    if (subjectOf(asked.subject) !== oneLine(asked.subject))
      context.note(`The subject was longer than ${SUBJECT_MAX} characters and was cut.`);
    const messageId = messageIdOf(stepKey, client.from);
    const message = await bytesOf({
      from: client.from,
      to,
      cc,
      ...(asked.replyTo && { replyTo: { address: addressAt('replyTo', asked.replyTo) } }),
      subject: asked.subject,
      content: { blocks: readBody(asked.body), ...(asked.includeConversation && { about: aboutOf(facts) }) },
      messageId,
      date: context.now(),
    });
    const all = [...new Set([...to, ...cc].map(each => each.address))];
    const { refused } = await client
      .deliver({ from: client.from.address, to: all, message }, signal)
      .catch((error: unknown) => {
        if (isUnanswered(error)) context.note(`To look for the mail: its Message-ID is ${messageId}.`);
        throw error;
      });
    for (const each of refused)
      context.note(`The mail server refused ${each.address}, and took the mail for the others: ${oneLine(each.reply)}`);
    const without = refused.map(each => each.address);
    return { messageId, recipients: all.filter(each => !without.includes(each)), refused: without };
  },
});

/** @throws StepError `rejected` where an address is none, or nobody was found */
function recipientsOf({ facts: { recipient }, note }: Context, { to, fallback }: EmailInput): Mailbox[] {
  if (Array.isArray(to) || 'address' in to) return named('to', to);
  const field = 'role' in to ? 'to.role' : 'to.user';
  const email = recipient?.email ?? ('user' in to && to.user.includes('@') ? to.user : undefined);
  if (email !== undefined)
    return [{ address: addressAt(field, email), ...(recipient?.name && { name: recipient.name }) }];
  const why = nobody(to);
  if (!fallback) throw new StepError('rejected', why, { field });
  note(`${why} It went to the fallback.`);
  return named('fallback', fallback);
}

const named = (field: string, asked: NonNullable<EmailInput['fallback']>): Mailbox[] =>
  'address' in asked
    ? [{ address: addressAt(`${field}.address`, asked.address) }]
    : asked.map((each, index) => ({ address: addressAt(`${field}[${index}]`, each) }));

const whom = {
  record_owner: 'the owner of the person’s record',
  rep: 'the rep of the conversation',
  meeting_owner: 'the owner of the meeting',
};

const nobody = (to: { user: string } | { role: keyof typeof whom }) =>
  'role' in to
    ? `The e-mail address of ${whom[to.role]} is not known.`
    : `No active user with the id ${oneLine(to.user).slice(0, 40)} and an e-mail address was found in a connected CRM.`;
