import type { Condition, ConditionWithValueQuery, WhereClause } from '@jetstreamapp/soql-parser-js';
import { DateTime, type DateTimeUnit } from 'luxon';
import { ApiError, malformedQuery } from './errors.ts';
import type { Field } from './fields.ts';
import { fullId } from './ids.ts';
import type { Stored, Value } from './validate.ts';

/** What a condition's field stands for in one record. */
export type Resolve = (path: string) => { field: Field; read(record: Stored): Value };
type Test = (record: Stored) => boolean;
type Subquery = Extract<ConditionWithValueQuery, { valueQuery: unknown }>['valueQuery'];
export type FilterContext = { resolve: Resolve; now: number; idsOf(query: Subquery): Value[] };

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const unquote = (raw: string): string =>
  raw
    .slice(1, -1)
    .replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, code: string) =>
      code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
    );

/** The LIKE pattern of a quoted literal: % is any text, _ one character, a backslash takes both literally. */
const likePattern = (raw: string): RegExp => {
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const parts = raw.slice(1, -1).match(/\\.|[\s\S]/g) ?? [];
  const source = parts.map(part => {
    if (part === '%') return '[\\s\\S]*';
    if (part === '_') return '[\\s\\S]';
    return escaped(part.length === 2 ? (escapes[part[1]!] ?? part[1]!) : part);
  });
  return new RegExp(`^${source.join('')}$`, 'i');
};

const amounts = { LAST: -1, THIS: 0, NEXT: 1 } as const;
/** The span [from, to) in epoch ms that a date literal such as LAST_N_DAYS:3 stands for, in UTC. */
const spanOf = (literal: string, now: number): [number, number] => {
  const today = DateTime.fromMillis(now, { zone: 'utc' }).startOf('day');
  const span = (from: DateTime, to: DateTime): [number, number] => [from.toMillis(), to.toMillis()];
  const day = ['YESTERDAY', 'TODAY', 'TOMORROW'].indexOf(literal);
  if (day >= 0) return span(today.plus({ days: day - 1 }), today.plus({ days: day }));
  const single = /^(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)$/.exec(literal);
  if (single) {
    const unit = single[2]!.toLowerCase() as DateTimeUnit;
    const start = today.startOf(unit).plus({ [`${unit}s`]: amounts[single[1] as keyof typeof amounts] });
    return span(start, start.plus({ [`${unit}s`]: 1 }));
  }
  const days = /^(LAST|NEXT)_(?:N_DAYS:|(?=90_DAYS))(\d+)/.exec(literal);
  if (days) {
    const count = Number(days[2]);
    return days[1] === 'LAST'
      ? span(today.minus({ days: count }), today.plus({ days: 1 }))
      : span(today.plus({ days: 1 }), today.plus({ days: count + 1 }));
  }
  throw new ApiError(400, 'FUNCTIONALITY_NOT_ENABLED', `This sandbox does not know the date literal ${literal}`);
};

const toTime = (value: Value): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);
const ordered = (field: Field): boolean => ['date', 'datetime'].includes(field.type);

const wrongType = (field: Field, value: string): ApiError =>
  new ApiError(
    400,
    'INVALID_FIELD',
    `value of filter criterion for field '${field.name}' must be of type ${field.type} and should not be enclosed in quotes: ${value}`,
  );

/** One literal as the field's own kind of value. Throws INVALID_FIELD where the two do not go together. */
const literalValue = (field: Field, raw: string, literalType: string | undefined): Value => {
  if (literalType === 'NULL') return null;
  if (literalType === 'STRING') {
    if (['boolean', 'int', 'double', 'currency', 'date', 'datetime'].includes(field.type)) throw wrongType(field, raw);
    const text = unquote(raw);
    if (field.type !== 'id' && field.type !== 'reference') return text;
    const id = fullId(text);
    if (!id) throw new ApiError(400, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`);
    return id;
  }
  if (literalType === 'BOOLEAN' && field.type === 'boolean') return raw.toUpperCase() === 'TRUE';
  if ((literalType === 'INTEGER' || literalType === 'DECIMAL') && ['int', 'double', 'currency'].includes(field.type))
    return Number(raw);
  if ((literalType === 'DATETIME' && field.type === 'datetime') || (literalType === 'DATE' && field.type === 'date'))
    return raw;
  throw wrongType(field, raw);
};

const equal = (field: Field, left: Value, right: Value): boolean => {
  if (ordered(field) && left !== null && right !== null) return toTime(left) === toTime(right);
  // Texts are compared without regard to case; ids are not.
  if (typeof left === 'string' && typeof right === 'string' && field.type !== 'id' && field.type !== 'reference')
    return left.toLowerCase() === right.toLowerCase();
  return left === right;
};
const compare = (field: Field, left: Value, right: Value): number => {
  if (ordered(field)) return toTime(left) - toTime(right);
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return String(left).localeCompare(String(right), 'en', { sensitivity: 'base' });
};

const byOperator = (operator: string, order: number): boolean => {
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>') return order > 0;
  return order >= 0;
};

const spanTest = (operator: string, [from, to]: [number, number], read: (record: Stored) => Value): Test => {
  const inside = (time: number) => time >= from && time < to;
  return record => {
    const time = toTime(read(record));
    if (Number.isNaN(time)) return operator === '!=';
    if (operator === '=') return inside(time);
    if (operator === '!=') return !inside(time);
    if (operator === '<') return time < from;
    if (operator === '<=') return time < to;
    return operator === '>' ? time >= to : time >= from;
  };
};

const conditionTest = (condition: ConditionWithValueQuery, context: FilterContext): Test => {
  if (!('field' in condition))
    throw new ApiError(400, 'FUNCTIONALITY_NOT_ENABLED', 'This sandbox does not know functions in WHERE');
  const { field, read } = context.resolve(condition.field);
  if (!field.filterable)
    throw new ApiError(400, 'INVALID_FIELD', `field '${field.name}' can not be filtered in a query call`);
  const { operator } = condition;
  if ('valueQuery' in condition) return listTest(operator, field, read, context.idsOf(condition.valueQuery));
  const type = Array.isArray(condition.literalType) ? condition.literalType[0] : condition.literalType;
  const raws = Array.isArray(condition.value) ? condition.value : [condition.value];
  if (type === 'DATE_LITERAL' || type === 'DATE_N_LITERAL') {
    if (!ordered(field)) throw wrongType(field, raws[0]!);
    return spanTest(operator, spanOf(raws[0]!, context.now), read);
  }
  if (operator === 'LIKE') {
    const pattern = likePattern(raws[0]!);
    return record => pattern.test(String(read(record) ?? ''));
  }
  const values = raws.map((raw, index) =>
    literalValue(field, raw, Array.isArray(condition.literalType) ? condition.literalType[index] : type),
  );
  if (operator === 'IN' || operator === 'NOT IN') return listTest(operator, field, read, values);
  if (operator === 'INCLUDES' || operator === 'EXCLUDES') return includesTest(operator, field, read, values);
  const value = values[0] ?? null;
  if (operator === '=') return record => equal(field, read(record), value);
  if (operator === '!=') return record => !equal(field, read(record), value);
  return record => {
    const own = read(record);
    return own !== null && value !== null && byOperator(operator, compare(field, own, value));
  };
};

const listTest = (operator: string, field: Field, read: (record: Stored) => Value, values: Value[]): Test => {
  const inside = (record: Stored) => values.some(value => equal(field, read(record), value));
  return operator === 'NOT IN' ? record => !inside(record) : inside;
};

/** A multi-select picklist holds its values with semicolons between them; A;B asks for both. */
const includesTest = (operator: string, field: Field, read: (record: Stored) => Value, values: Value[]): Test => {
  if (field.type !== 'multipicklist')
    throw new ApiError(
      400,
      'INVALID_QUERY_FILTER_OPERATOR',
      `invalid operator on ${field.name}: it is no multi-select picklist`,
    );
  const wanted = values.map(value => String(value).toLowerCase().split(';'));
  const inside = (record: Stored) => {
    const own = String(read(record) ?? '')
      .toLowerCase()
      .split(';');
    return wanted.some(all => all.every(value => own.includes(value)));
  };
  return operator === 'INCLUDES' ? inside : record => !inside(record);
};

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | { test: Test };
const brackets = (bracket: '(' | ')', count: number | undefined): Token[] =>
  Array.from({ length: count ?? 0 }, () => bracket);

/** The parser gives a chain with counts of brackets: this is the same chain as a flat list of tokens. */
const tokensOf = (where: WhereClause, context: FilterContext): Token[] => {
  const { left } = where;
  const rest = 'right' in where ? tokensOf(where.right, context) : [];
  const operator: Token[] = 'operator' in where ? [where.operator] : [];
  if (left === null || !('operator' in left)) return [...brackets('(', left?.openParen), ...operator, ...rest];
  const condition = left as ConditionWithValueQuery &
    Pick<Extract<Condition, { closeParen?: number }>, 'openParen' | 'closeParen'>;
  return [
    ...brackets('(', condition.openParen),
    { test: conditionTest(condition, context) },
    ...brackets(')', condition.closeParen),
    ...operator,
    ...rest,
  ];
};

/** The test that a WHERE clause makes of a record. Throws the ApiError that the vendor would answer. */
export const filterOf = (where: WhereClause | undefined, context: FilterContext): Test => {
  if (!where) return () => true;
  const tokens = tokensOf(where, context);
  let at = 0;
  const operand = (): Test => {
    const token = tokens[at++];
    if (token === 'NOT') {
      const inner = operand();
      return record => !inner(record);
    }
    if (token === '(') {
      const inner = chain();
      if (tokens[at++] !== ')') throw malformedQuery("expecting a right parentheses, found '<EOF>'");
      return inner;
    }
    if (typeof token !== 'object') throw malformedQuery(`unexpected token: '${token ?? '<EOF>'}'`);
    return token.test;
  };
  const chain = (): Test => {
    const tests = [operand()];
    const joint = tokens[at];
    while (tokens[at] === 'AND' || tokens[at] === 'OR') {
      if (tokens[at] !== joint)
        throw malformedQuery(`unexpected token: '${String(tokens[at])}': AND and OR need parentheses to go together`);
      at += 1;
      tests.push(operand());
    }
    return joint === 'OR' ? record => tests.some(test => test(record)) : record => tests.every(test => test(record));
  };
  return chain();
};

/** Orders two values of a field; null goes first. */
export const compareValues = (field: Field, left: Value, right: Value): number => {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  return compare(field, left, right);
};
