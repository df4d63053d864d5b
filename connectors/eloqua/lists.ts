import { type PickList, StepError } from '../../src/sdk/index.ts';
import type { EloquaClient } from './client.ts';
import { all, type Element, page, searchFor, searchPart } from './search.ts';

type Asking = { client: EloquaClient; signal: AbortSignal };

const wrong = (sentence: string) => new StepError('rejected', sentence, { field: 'listId' });

/** A shared contact list, whole, by its id or its exact name. @throws StepError `rejected` where there is none, or several have the name */
export async function findList({ client, signal }: Asking, named: string): Promise<Element> {
  const depth = 'complete';
  if (/^\d+$/.test(named)) {
    const path = `1.0/assets/contact/list/${named}`;
    return { ...(await client.call({ method: 'GET', path, query: { depth }, signal })), id: named };
  }
  const query = { search: searchFor('name', named), depth };
  const found = (await all({ client, signal }, '1.0/assets/contact/lists', query)).filter(({ name }) => name === named);
  const [list, ...others] = found;
  if (!list) throw wrong(`No contact list of this Eloqua site is called “${named}”. Choose one of its lists.`);
  if (others.length > 0)
    throw wrong(
      `${found.length} contact lists are called “${named}” (${found.map(({ id }) => id).join(', ')}). Name the one that is meant by its id.`,
    );
  return list;
}

/** Shared contact lists by any part of their name, 200 at a time. */
export const lists: PickList<EloquaClient> = async (asking, { search, after }) => {
  const query = { depth: 'minimal', orderBy: 'name', ...(search && { search: searchPart('name', search) }) };
  const { elements, next } = await page(asking, '1.0/assets/contact/lists', query, Number(after ?? 1));
  const options = elements.map(({ id, name }) => ({ value: id, label: String(name ?? id) }));
  return { options, ...(next !== undefined && { next: String(next) }) };
};
