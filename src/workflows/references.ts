/** One variable that a template reads: its segments, up to the first that is itself an expression (`dynamic`). */
export type VariablePath = { segments: string[]; dynamic: boolean };

/** Whether a string is more than plain text. */
export const isTemplate = (value: unknown): value is string =>
  typeof value === 'string' && (value.includes('{{') || value.includes('{%'));

/** Every template in a JSON value, with the segments that lead to it. */
export function templatesIn(value: unknown): { segments: (string | number)[]; template: string }[] {
  const found: { segments: (string | number)[]; template: string }[] = [];
  const parts: { segments: (string | number)[]; value: unknown }[] = [{ segments: [], value }];
  // The list grows while it is walked.
  for (const { segments, value: part } of parts) {
    if (isTemplate(part)) found.push({ segments, template: part });
    else if (typeof part === 'object' && part !== null) {
      const inner = Array.isArray(part) ? part.entries() : Object.entries(part);
      for (const [key, element] of inner) parts.push({ segments: [...segments, key], value: element });
    }
  }
  return found;
}

/** Whether reading a variable may read something at or under one of these paths. */
export function readsAny(variable: VariablePath, prefixes: readonly string[]): boolean {
  return prefixes.some(prefix => {
    const wanted = prefix.split('.');
    const common = Math.min(wanted.length, variable.segments.length);
    return wanted.slice(0, common).every((segment, index) => segment === variable.segments[index]);
  });
}

/** Segments up to the first computed one; LiquidJS gives that one as a list of its own. */
export function toVariablePath(segments: readonly unknown[]): VariablePath {
  const computed = segments.findIndex(segment => Array.isArray(segment));
  const known = computed === -1 ? segments : segments.slice(0, computed);
  return { segments: known.map(String), dynamic: computed !== -1 };
}
