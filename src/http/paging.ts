import * as z from 'zod';
import { Problem } from './problem.ts';

/** The query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'How many at most (1–200).' }),
  after: z.string().min(1).max(1000).optional().meta({ description: '`next` of the page before.' }),
};

/** The answer of every list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    next: z.string().nullable().meta({ description: 'Give it as `after`; null: the end.' }),
  });

const cursorSchema = z.tuple([
  z.int(),
  z
    .string()
    .max(512)
    .regex(/^[^\0]*$/),
]);
/** The place of the last row of a page in its order: a number (a time, a sequence), then the row's id. */
export type Cursor = z.infer<typeof cursorSchema>;

/** @throws Problem `invalid-request` where `after` is not something that a list has handed out */
export function readCursor(after: string | undefined): Cursor | undefined {
  if (after === undefined) return undefined;
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(after, 'base64url').toString()));
  } catch {
    const errors = [{ path: 'after', message: 'is not a cursor that a list has handed out' }];
    throw new Problem('invalid-request', 'after is not a cursor that a list has handed out.', { errors });
  }
}

/**
 * @param rows one more than `limit` where there is more, in their order
 */
export function page<Row, Item>(
  rows: Row[],
  limit: number,
  cursor: (row: Row) => Cursor,
  show: (row: Row) => Item,
): { data: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: shown.map(show),
    next: more ? Buffer.from(JSON.stringify(cursor(last))).toString('base64url') : null,
  };
}
