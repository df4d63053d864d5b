import type { FieldType, Query } from '@jetstreamapp/soql-parser-js';
import { ApiError, malformedQuery } from './errors.ts';
import type { Stored, Value } from './validate.ts';

/** Reads the value at a path such as Campaign.Name. Throws INVALID_FIELD for one that is none. */
export type ReaderAt = (path: string) => (record: Stored) => Value;
type Column = { name: string; of(group: Stored[]): Value };

const unsupported = (what: string): ApiError =>
  new ApiError(400, 'FUNCTIONALITY_NOT_ENABLED', `This sandbox does not know ${what}`);

const columns = (fields: FieldType[], paths: string[], readerAt: ReaderAt): Column[] => {
  let unnamed = 0;
  return fields.map(field => {
    if (field.type === 'Field' || field.type === 'FieldRelationship') {
      const path = field.type === 'Field' ? field.field : [...field.relationships, field.field].join('.');
      if (!paths.some(grouped => grouped.toLowerCase() === path.toLowerCase()))
        throw malformedQuery(`Field must be grouped or aggregated: ${path}`);
      const read = readerAt(path);
      return { name: ('alias' in field && field.alias) || field.field, of: group => read(group[0]!) };
    }
    if (field.type !== 'FieldFunctionExpression' || field.functionName.toUpperCase() !== 'COUNT')
      throw unsupported('this kind of field beside GROUP BY');
    const [counted] = field.parameters;
    const read = typeof counted === 'string' ? readerAt(counted) : () => true;
    const name = field.alias ?? `expr${unnamed++}`;
    return { name, of: group => group.filter(record => read(record) !== null).length };
  });
};

/** What GROUP BY makes of the records that were found: plain fields and COUNT. */
export const grouped = (query: Query, records: Stored[], readerAt: ReaderAt): Record<string, unknown>[] => {
  if (query.having || query.orderBy) throw unsupported('HAVING and ORDER BY beside GROUP BY');
  const clauses = [query.groupBy ?? []].flat();
  const paths = clauses.map(clause => {
    if ('field' in clause) return clause.field;
    throw unsupported('functions in GROUP BY');
  });
  const own = columns(query.fields ?? [], paths, readerAt);
  const keys = paths.map(readerAt);
  const groups = Map.groupBy(records, record => JSON.stringify(keys.map(read => read(record))));
  return [...groups.values()].slice(0, query.limit).map(group => ({
    attributes: { type: 'AggregateResult' },
    ...Object.fromEntries(own.map(({ name, of }) => [name, of(group)])),
  }));
};
