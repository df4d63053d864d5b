import * as z from 'zod';
import type { FieldMapping, MappedField, PushOutput, StepFacts } from './connector.ts';
import { StepError } from './errors.ts';

/** The input that every push takes (PushInput), of this connector's own push. */
export const pushDestination = (connector: string) =>
  z
    .string()
    .optional()
    .meta({ title: 'Destination', description: `${connector}; the workspace’s default where left out` });

/** What every push gives back. */
export const pushOutput: z.ZodType<PushOutput> = z.strictObject({
  connector: z.string().meta({ description: 'Where the person was pushed to' }),
  recordType: z.string().meta({ description: 'What the person is there' }),
  recordId: z.string(),
  created: z.boolean().meta({ description: 'Whether the record is new' }),
  url: z.string().optional(),
  externalIds: z.record(z.string(), z.string()).meta({ description: 'Kept on the person, for later steps' }),
});

/** A line of a default mapping: what is known fills what is empty. */
export const ifBlank = (field: string, from: string): FieldMapping => ({ field, from, update: 'if_blank' });

/** What a push may write into this object of the vendor (`Lead`): the lines of its mapping that have a value. */
export const mappedFor = ({ mapped }: StepFacts, object: string): MappedField[] => mapped?.[object] ?? [];

/** How people are told apart: e-mails are compared without regard to case. */
export const emailKey = (email: string): string => email.trim().toLowerCase();

/** The `exclusive` of a push: no two of the same person at once. */
export const onePersonAtATime = (_input: unknown, { visitor: { email } }: StepFacts): string | undefined =>
  email ? `person ${emailKey(email)}` : undefined;

/** Why nobody was pushed whose e-mail is not known. */
export const noEmail = (): StepError =>
  new StepError(
    'rejected',
    'The visitor’s e-mail is not known, and people are matched by it. Let the workflow start once it is known, or branch on it.',
    { field: 'visitor.email' },
  );

type Result = PushOutput | StepError;

/**
 * The steps of one batch, in rounds in which nobody comes twice: a second push of a person begins once the first is through. `push`
 * takes the e-mail of each step of a round, and answers what became of it. Steps without an e-mail are refused.
 */
export async function pushInRounds<Item extends { facts: StepFacts }>(
  items: Item[],
  push: (people: Map<Item, string>) => Promise<Map<Item, Result>>,
): Promise<Result[]> {
  const results = new Map<Item, Result>();
  let waiting = items;
  while (waiting.length > 0) {
    const people = new Map<string, [Item, string]>();
    const later: Item[] = [];
    for (const item of waiting) {
      const email = item.facts.visitor.email?.trim();
      if (!email) results.set(item, noEmail());
      else if (people.has(emailKey(email))) later.push(item);
      else people.set(emailKey(email), [item, email]);
    }
    if (people.size > 0) for (const [item, result] of await push(new Map(people.values()))) results.set(item, result);
    waiting = later;
  }
  return items.map(item => results.get(item) ?? new StepError('defect', 'A person was left out of the push.'));
}
