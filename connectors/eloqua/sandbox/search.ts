import { parameterError } from './errors.ts';

type Row = Record<string, unknown>;

/** A search such as `name='Fleet*'`: one term, an operator, and a value in which a star stands for anything. */
export const searched = <R>(rows: R[], search: string | null, termOf: (row: R, term: string) => unknown): R[] => {
  if (search === null) return rows;
  const [, term = 'name', operator = '=', raw = ''] = /^(?:(\w+)(!=|=))?(.*)$/s.exec(search) ?? [];
  const quoted = /^'(.*)'$/s.exec(raw)?.[1];
  const value = quoted ?? raw;
  // A quote inside of quotes ends the value, and what follows cannot be read.
  if (value.includes("'")) throw parameterError('search', 'SyntaxRequirement', search);
  const pattern = value.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const matches = new RegExp(`^${pattern.join('.*')}$`, 'is');
  return rows.filter(row => {
    const found = termOf(row, term);
    if (found === undefined) throw parameterError('search', 'SyntaxRequirement', search);
    return matches.test(String(found)) === (operator === '=');
  });
};

/** One page of a list, as `page` and `count` say. */
export const paged = (rows: Row[], query: URLSearchParams): Row => {
  const whole = (name: string, otherwise: number, most: number): number => {
    const given = query.get(name);
    if (given === null) return otherwise;
    if (!/^\d+$/.test(given) || Number(given) < 1 || Number(given) > most)
      throw parameterError(name, 'IntegerRequirement', given);
    return Number(given);
  };
  const page = whole('page', 1, Number.MAX_SAFE_INTEGER);
  const pageSize = whole('count', 1000, 1000);
  return { elements: rows.slice((page - 1) * pageSize, page * pageSize), page, pageSize, total: rows.length };
};
