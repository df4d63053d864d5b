/** Reads `visitor.fields.employees` or `conversation.messages[0].text` into its segments; undefined where it is no such path. */
export function parsePath(path: string): string[] | undefined {
  const segments: string[] = [];
  const pattern = /(?:^|\.)([^.[\]\s"']+)|\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]/y;
  while (pattern.lastIndex < path.length) {
    const found = pattern.exec(path);
    if (!found) return undefined;
    segments.push(found[1] ?? found[2] ?? found[3] ?? found[4] ?? '');
  }
  return segments.length > 0 && path[0] !== '[' && path[0] !== '.' ? segments : undefined;
}

/** Writes segments (after `base`, where given) as a person would type them: `steps[2].input.subject`, `input["First name"]`. */
export function formatPath(segments: readonly (string | number)[], base = ''): string {
  return segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number' || /^\d+$/.test(segment)) return `${path}[${segment}]`;
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(segment)) return `${path}[${JSON.stringify(segment)}]`;
    return path === '' ? segment : `${path}.${segment}`;
  }, base);
}

/**
 * What stands at a path in plain JSON: own properties only (so `constructor` and `__proto__` are as missing as any other name),
 * array indexes, and, as in templates, `size`, `first` and `last`. Undefined where there is nothing.
 */
export function readPath(scope: object, segments: readonly string[]): unknown {
  return segments.reduce<unknown>(readProperty, scope);
}

function readProperty(value: unknown, name: string): unknown {
  if (typeof value === 'string') return name === 'size' ? value.length : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    if (name === 'size') return value.length;
    if (name === 'first') return value[0];
    if (name === 'last') return value.at(-1);
    return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  }
  if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
  return name === 'size' ? Object.keys(value).length : undefined;
}

/** Missing, as templates and conditions understand it: undefined, null or an empty text. */
export const isMissing = (value: unknown): value is undefined | null | '' =>
  value === undefined || value === null || value === '';
