import type { Connection } from 'jsforce';
import type { StepFacts } from '../../src/sdk/index.ts';

/** The Lead or Contact that a task or event hangs on (its WhoId). `why` is a sentence for the timeline. */
export type Who = { id: string; type: 'Lead' | 'Contact'; why: string };

/** jsforce escapes quotes but not backslashes, so `\'` would end the text: the backslash is doubled here, quotes are left to jsforce. */
export const soqlText = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');

/**
 * Whom the step is about: the record of the last Salesforce push, else the person with the visitor's e-mail, Contact before Lead, a
 * converted Lead followed to its Contact. Only reads. Several matches: the most recently modified one.
 * @returns the person, or why there is none
 */
export async function findWho(connection: Connection, facts: StepFacts): Promise<Who | { why: string }> {
  const pushed = facts.lastPush;
  if (pushed?.connector === 'salesforce' && (pushed.recordType === 'Lead' || pushed.recordType === 'Contact'))
    return { id: pushed.recordId, type: pushed.recordType, why: `The ${pushed.recordType} of the last push was used.` };
  const email = facts.visitor.email?.trim();
  if (!email) return { why: 'The visitor’s e-mail is not known, so no person was linked (WhoId is empty).' };
  return (
    (await findContact(connection, email)) ??
    (await findLead(connection, email)) ?? {
      why: 'No Contact and no Lead has the visitor’s e-mail, so no person was linked (WhoId is empty).',
    }
  );
}

const several = (records: unknown[], what: string): string =>
  records.length > 1 ? ` Several ${what}s have it; the most recently modified one was taken.` : '';

async function findContact(connection: Connection, email: string): Promise<Who | undefined> {
  const contacts = await connection
    .sobject('Contact')
    .find({ Email: soqlText(email) }, ['Id'])
    .sort('-LastModifiedDate')
    .limit(2);
  const id = contacts[0]?.Id;
  if (!id) return undefined;
  return { id, type: 'Contact', why: `The Contact was found by e-mail.${several(contacts, 'Contact')}` };
}

async function findLead(connection: Connection, email: string): Promise<Who | undefined> {
  const leads = await connection
    .sobject('Lead')
    .find({ Email: soqlText(email) }, ['Id', 'IsConverted', 'ConvertedContactId'])
    // Open ones first, so that no number of converted ones hides them.
    .sort('IsConverted -LastModifiedDate')
    .limit(10);
  const open = leads.filter(lead => !lead.IsConverted);
  if (open[0]?.Id)
    return { id: open[0].Id, type: 'Lead', why: `The Lead was found by e-mail.${several(open, 'Lead')}` };
  const contactId = leads.find(lead => lead.ConvertedContactId)?.ConvertedContactId;
  if (typeof contactId !== 'string') return undefined;
  return {
    id: contactId,
    type: 'Contact',
    why: 'A Lead was found by e-mail; it is converted, so its Contact was used.',
  };
}
