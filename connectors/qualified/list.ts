import * as z from 'zod';
import { StepError } from '../../src/sdk/index.ts';
import type { QualifiedClient } from './client.ts';

const list = z.looseObject({
  data: z.array(z.unknown()),
  pageInfo: z.looseObject({ hasNextPage: z.boolean().default(false), endCursor: z.string().nullish() }).optional(),
});

/** How reading is done within one poll. */
export type Reading = { client: QualifiedClient; signal: AbortSignal };
/** `next`: the cursor of the page after it. Pages may be smaller than 1,000 records and still have one. */
export type Page = { records: unknown[]; next: string | undefined };

/** One page of a list, newest first. @throws what `get` throws; StepError `transient` where the answer is no list */
export async function readPage(
  { client, signal }: Reading,
  path: string,
  query: Record<string, string> = {},
): Promise<Page> {
  const answer = list.safeParse(await client.get(path, query, signal));
  if (!answer.success)
    throw new StepError('transient', `Qualified answered ${path} with something that is no list. It is asked again.`);
  const { data, pageInfo } = answer.data;
  return { records: data, next: pageInfo?.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined };
}

/** One record by its id; undefined where it is not there (any more). Reads by id are not held back. */
export async function readOne({ client, signal }: Reading, path: string, id: string): Promise<unknown> {
  const answer = await client.get(`${path}/${encodeURIComponent(id)}`, {}, signal).catch(unlessGone);
  return answer?.data;
}

/** Takes "not found" for an answer. */
export function unlessGone(error: unknown): undefined {
  if (error instanceof Error && 'status' in error && error.status === 404) return undefined;
  throw error;
}

/** Epoch ms as the API takes it. */
export const stamp = (at: number): string => new Date(at).toISOString();
