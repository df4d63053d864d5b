import type { PardotClient } from './client.ts';

const PAGE = 200;
const MOST_PAGES = 20;

type Asking = { client: PardotClient; signal: AbortSignal };
type Found = Record<string, unknown> & { id: number };

/** One page of a collection by id, up to 200 records with a higher id than `after`. `next` is where the following page begins. */
export async function page(
  { client, signal }: Asking,
  path: string,
  query: Record<string, string>,
  after?: string,
): Promise<{ values: Found[]; next?: string }> {
  const asked = { ...query, orderBy: 'id ASC', ...(after && { idGreaterThan: after }) };
  const { body } = await client.call({ method: 'GET', path, query: asked, signal });
  const values = valuesOf(body);
  const last = values.at(-1);
  const more = (typeof body.nextPageToken === 'string' && body.nextPageToken !== '') || values.length >= PAGE;
  return { values, ...(more && last && { next: String(last.id) }) };
}

/** All records of a collection that is small by nature (custom fields); 4,000 at most. */
export async function all(asking: Asking, path: string, query: Record<string, string>): Promise<Found[]> {
  const found: Found[] = [];
  let after: string | undefined;
  for (let number = 0; number < MOST_PAGES; number += 1) {
    const { values, next } = await page(asking, path, query, after);
    found.push(...values);
    if (next === undefined) break;
    after = next;
  }
  return found;
}

/** What a query found. */
export const valuesOf = ({ values }: Record<string, unknown>): Found[] =>
  Array.isArray(values) ? values.filter(value => typeof value?.id === 'number') : [];
