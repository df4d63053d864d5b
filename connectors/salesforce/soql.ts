import type { Connection } from 'jsforce';

// Address and headers together may hold 16,384 bytes.
const LIST_MAX_BYTES = 8_000;
const MOST_ROWS = 20_000;

/** jsforce escapes quotes but not backslashes, so `\'` would end the text: the backslash is doubled here, quotes are left to jsforce. */
export const soqlText = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');

/** Texts in lists that each fit into one address; each text once. */
export function chunksOf(texts: string[]): string[][] {
  const chunks: string[][] = [];
  let size = 0;
  for (const text of new Set(texts)) {
    const bytes = encodeURIComponent(text).length + 10;
    const last = chunks.at(-1);
    if (last && size + bytes <= LIST_MAX_BYTES) {
      last.push(text);
      size += bytes;
    } else {
      chunks.push([text]);
      size = bytes;
    }
  }
  return chunks;
}

export type Row = { Id: string } & Record<string, unknown>;

/**
 * The records whose field is one of these texts, over all pages: one query for as many texts as an address holds.
 * @param sort e.g. `-LastModifiedDate`, jsforce's own way to write an order
 */
export async function findIn(
  connection: Connection,
  from: { object: string; field: string; fields: string[]; where?: Record<string, unknown>; sort?: string },
  texts: string[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const chunk of chunksOf(texts.map(soqlText))) {
    const query = connection
      .sobject(from.object)
      .find({ ...from.where, [from.field]: { $in: chunk } }, [...new Set(['Id', ...from.fields])]);
    const sorted = from.sort ? query.sort(from.sort) : query;
    for (const row of await sorted.autoFetch(true).maxFetch(MOST_ROWS)) rows.push(row as Row);
  }
  return rows;
}
