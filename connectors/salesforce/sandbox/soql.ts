import { type FieldType, type OrderByClause, parseQuery, type Query } from '@jetstreamapp/soql-parser-js';
import { ApiError, malformedQuery } from './errors.ts';
import type { Field, ObjectType } from './fields.ts';
import { compareValues, filterOf, type Resolve } from './filter.ts';
import { grouped } from './group.ts';
import { fieldOf, nameOfId } from './schema.ts';
import type { Store } from './store.ts';
import type { Stored, Value } from './validate.ts';

export type QueryContext = {
  store: Store;
  /** Whose rights decide on what is there. */
  userId: string;
  now: number;
  /** e.g. v64.0, for the records' urls. */
  version: string;
  /** Deleted records too, as queryAll gives them. */
  deleted?: boolean;
};
/** Records as the vendor writes them, all of them: paging is the caller's. */
export type QueryAnswer = { totalSize: number; records: Record<string, unknown>[] };

const unsupported = (what: string): ApiError =>
  new ApiError(400, 'FUNCTIONALITY_NOT_ENABLED', `This sandbox does not know ${what}`);
const noColumn = (name: string, entity: string): ApiError =>
  new ApiError(
    400,
    'INVALID_FIELD',
    `No such column '${name}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
  );

/** What a path through a relationship to several objects (Who, What) may name. */
const nameFields = ['Id', 'Name', 'FirstName', 'LastName', 'Email', 'Title', 'Phone', 'Username', 'IsActive'];

type Step = { key: string; relationship: Field };
type Path = { steps: Step[]; field: Field };

const readPath = (context: QueryContext, type: ObjectType, names: string[]): Path => {
  const { store, userId } = context;
  const [head = '', ...rest] = names;
  if (rest.length === 0) {
    const field = fieldOf(type, head);
    if (!field) throw noColumn(head, type.name);
    return { steps: [], field };
  }
  const relationship = type.fields.find(field => field.relationshipName?.toLowerCase() === head.toLowerCase());
  if (!relationship)
    throw new ApiError(
      400,
      'INVALID_FIELD',
      `Didn't understand relationship '${head}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.`,
    );
  const targets = relationship.referenceTo.flatMap(name => store.rights.find(name, userId) ?? []);
  const known = targets.find(target => fieldOf(target, rest[0]!) || rest.length > 1);
  if (!known || (targets.length > 1 && !nameFields.some(name => name.toLowerCase() === rest[0]!.toLowerCase())))
    throw noColumn(rest[0]!, targets.length === 1 ? targets[0]!.name : 'Name');
  const inner = readPath(context, known, rest);
  return { steps: [{ key: relationship.relationshipName!, relationship }, ...inner.steps], field: inner.field };
};

const follow = (store: Store, record: Stored, step: Step): Stored | undefined => {
  const id = record[step.relationship.name];
  return typeof id === 'string' ? store.find(id) : undefined;
};
const readAt = (store: Store, record: Stored, path: Path): Value => {
  let current: Stored | undefined = record;
  for (const step of path.steps) current = current && follow(store, current, step);
  return current?.[path.field.name] ?? null;
};

const attributes = (record: Stored, version: string, type?: string) => {
  const own = nameOfId(String(record.Id))!;
  return { attributes: { type: type ?? own, url: `/services/data/${version}/sobjects/${own}/${record.Id}` } };
};

/** Writes one selected path into an answer's record, with an object of its own for every relationship on the way. */
const write = (context: QueryContext, target: Record<string, unknown>, record: Stored, path: Path): void => {
  const [step, ...steps] = path.steps;
  if (!step) {
    target[path.field.name] = record[path.field.name] ?? null;
    return;
  }
  const next = follow(context.store, record, step);
  if (!next) {
    target[step.key] = null;
    return;
  }
  const several = step.relationship.referenceTo.length > 1 || step.key === 'Owner';
  target[step.key] ??= attributes(next, context.version, several ? 'Name' : undefined);
  write(context, target[step.key] as Record<string, unknown>, next, { ...path, steps });
};

const parse = (text: string): Query => {
  try {
    return parseQuery(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw malformedQuery(`unexpected token: ${reason}`);
  }
};

const selected = (context: QueryContext, type: ObjectType, alias: string | undefined, fields: FieldType[]): Path[] =>
  fields.map(field => {
    if (field.type === 'Field') return readPath(context, type, [field.field]);
    if (field.type === 'FieldRelationship') {
      const names = [...field.relationships, field.field];
      return readPath(context, type, alias && names[0]?.toLowerCase() === alias.toLowerCase() ? names.slice(1) : names);
    }
    if (field.type === 'FieldFunctionExpression' && field.functionName.toUpperCase() === 'FIELDS')
      throw unsupported('FIELDS()');
    throw unsupported(field.type === 'FieldSubquery' ? 'subqueries in SELECT' : 'this kind of field in SELECT');
  });

const sorted = (
  store: Store,
  records: Stored[],
  orderBy: Query['orderBy'],
  resolve: (path: string) => Path,
): Stored[] => {
  const clauses = (orderBy === undefined ? [] : Array.isArray(orderBy) ? orderBy : [orderBy]).map(
    (clause: OrderByClause) => {
      if (!('field' in clause)) throw unsupported('functions in ORDER BY');
      const path = resolve(clause.field);
      if (!path.field.filterable) throw malformedQuery(`field '${path.field.name}' can not be sorted in a query call`);
      const down = clause.order === 'DESC';
      return { path, down, nullsLast: clause.nulls === 'LAST' };
    },
  );
  const compare = (left: Stored, right: Stored): number => {
    for (const { path, down, nullsLast } of clauses) {
      const [a, b] = [readAt(store, left, path), readAt(store, right, path)];
      const order = compareValues(path.field, a, b);
      if (order === 0) continue;
      if (a === null || b === null) return nullsLast ? -order : order;
      return down ? -order : order;
    }
    return 0;
  };
  return clauses.length === 0 ? records : records.toSorted(compare);
};

/** Runs one SOQL query. Throws the ApiError that the vendor would answer. */
export const runQuery = (text: string | Query, context: QueryContext): QueryAnswer => {
  const query = typeof text === 'string' ? parse(text) : text;
  const type = context.store.rights.find(query.sObject ?? '', context.userId);
  if (!type)
    throw new ApiError(
      400,
      'INVALID_TYPE',
      `sObject type '${query.sObject ?? ''}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
    );
  const { store, now } = context;
  const resolvePath = (path: string): Path => {
    const names = path.split('.');
    return readPath(
      context,
      type,
      query.sObjectAlias && names[0]?.toLowerCase() === query.sObjectAlias.toLowerCase() ? names.slice(1) : names,
    );
  };
  const resolve: Resolve = path => {
    const resolved = resolvePath(path);
    return { field: resolved.field, read: record => readAt(store, record, resolved) };
  };
  const fields = query.fields ?? [];
  const count = fields.find(
    field => field.type === 'FieldFunctionExpression' && field.functionName.toUpperCase() === 'COUNT',
  );
  const paths = count || query.groupBy ? [] : selected(context, type, query.sObjectAlias, fields);
  const idsOf = (inner: Query): Value[] => {
    const field = inner.fields?.[0];
    if (field?.type !== 'Field') throw unsupported('this kind of subquery in WHERE');
    return runQuery(inner, context).records.map(
      record => record[fieldOf(store.schema.type(inner.sObject ?? '')!, field.field)!.name] as Value,
    );
  };
  const found = (context.deleted ? store.all(type.name) : store.list(type.name)).filter(
    filterOf(query.where, { resolve, now, idsOf }),
  );
  if (query.groupBy) {
    const records = grouped(query, found, path => {
      const resolved = resolvePath(path);
      return record => readAt(store, record, resolved);
    });
    return { totalSize: records.length, records };
  }
  if (count) return counted(count, fields.length, found.length);
  if ((query.offset ?? 0) > 2000)
    throw new ApiError(400, 'NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000');
  const offset = query.offset ?? 0;
  const rows = sorted(store, found, query.orderBy, resolvePath).slice(
    offset,
    query.limit === undefined ? undefined : offset + query.limit,
  );
  const records = rows.map(row => {
    const record: Record<string, unknown> = attributes(row, context.version);
    for (const path of paths) write(context, record, row, path);
    return record;
  });
  return { totalSize: records.length, records };
};

const counted = (count: FieldType, fields: number, size: number): QueryAnswer => {
  if (fields > 1) throw unsupported('COUNT beside other fields');
  if (count.type !== 'FieldFunctionExpression' || count.parameters.length === 0)
    return { totalSize: size, records: [] };
  return { totalSize: 1, records: [{ attributes: { type: 'AggregateResult' }, [count.alias ?? 'expr0']: size }] };
};
