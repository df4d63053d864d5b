import type { EloquaClient } from './client.ts';

type Asking = { client: EloquaClient; signal: AbortSignal };
export type Element = Record<string, unknown> & { id: string };

const PAGE = 200;
const MOST_PAGES = 25;

/**
 * A search by one term. Eloqua says nothing of how to escape a value: what has a meaning of its own in a search (quotes, and the star that
 * stands for anything) is written as that star, so the answer may hold more than was meant, and whoever asks compares.
 */
export const searchFor = (term: string, value: string): string => `${term}='${value.replace(/['"*\\]/g, '*')}'`;

/** Part of a name, anywhere in it. */
export const searchPart = (term: string, part: string): string => `${term}='*${part.trim().replace(/['"*\\]/g, '*')}*'`;

/** One page of a collection; `next` is the number of the following page. */
export async function page(
  { client, signal }: Asking,
  path: string,
  query: Record<string, string>,
  number = 1,
): Promise<{ elements: Element[]; next?: number }> {
  const asked = { ...query, count: String(PAGE), page: String(number) };
  const { elements, total } = await client.call({ method: 'GET', path, query: asked, signal });
  const found = Array.isArray(elements) ? elements.filter(element => typeof element?.id === 'string') : [];
  const more = typeof total === 'number' ? total > number * PAGE : found.length >= PAGE;
  return { elements: found, ...(more && { next: number + 1 }) };
}

/** All elements of a collection; 5,000 at most. */
export async function all(asking: Asking, path: string, query: Record<string, string>): Promise<Element[]> {
  const found: Element[] = [];
  for (let number: number | undefined = 1; number !== undefined && number <= MOST_PAGES; ) {
    const { elements, next }: Awaited<ReturnType<typeof page>> = await page(asking, path, query, number);
    found.push(...elements);
    number = next;
  }
  return found;
}
