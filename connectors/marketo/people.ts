import { emailKey, type StepError } from '../../src/sdk/index.ts';
import type { BatchContext } from './batch.ts';
import { classify } from './errors.ts';

/** What a person has in the fields that were asked for; `id` always. */
export type Person = Record<string, unknown> & { id: number };

/** A comma would end the value in a question; Marketo keeps ASCII addresses only. */
export const isEmail = (email: string): boolean =>
  /^[\x21-\x2b\x2d-\x3f\x41-\x7e]+@[\x21-\x2b\x2d-\x3f\x41-\x7e]+$/.test(email);

const PAGES_MOST = 10;
const PAGE = 300;

/**
 * The people with these e-mails (300 at most), by `emailKey`; several may have the same.
 * @throws StepError, with the field where Marketo does not know it
 */
export async function findPeople(
  { client, signal }: Pick<BatchContext, 'client' | 'signal'>,
  emails: string[],
  fields: string[],
): Promise<Map<string, Person[]>> {
  const found: Person[] = [];
  let nextPageToken: string | undefined;
  for (let page = 0; page < PAGES_MOST; page += 1) {
    const query = {
      filterType: 'email',
      filterValues: emails.join(','),
      fields: ['id', 'email', ...fields].join(','),
      nextPageToken,
    };
    const answer = await client.read({ path: '/rest/v1/leads.json', query, signal });
    found.push(...(answer.result as Person[]));
    nextPageToken = answer.nextPageToken;
    if (nextPageToken === undefined || answer.result.length < PAGE) break;
  }
  return Map.groupBy(found, ({ email }) => emailKey(String(email)));
}

/**
 * Does the work with the fields that Marketo knows. A field that it does not know is told to `unknown` with Marketo's refusal, and the
 * work is done once more without it.
 */
export async function withoutUnknownFields<Value>(
  fields: string[],
  work: (fields: string[]) => Promise<Value>,
  unknown: (field: string, error: StepError) => void,
): Promise<Value> {
  let left = fields;
  for (;;) {
    try {
      return await work(left);
    } catch (thrown) {
      const error = classify(thrown);
      const name = error.details.schemaDrift ? left.find(field => field === error.details.field) : undefined;
      if (name === undefined) throw error;
      unknown(name, error);
      left = left.filter(field => field !== name);
    }
  }
}
