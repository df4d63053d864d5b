/** Nested deeper than this is no event and no workflow; what walks such a value could run out of stack. */
export const MAX_DEPTH = 64;

/** A text that both databases can keep: NUL and half of a surrogate pair become U+FFFD. */
export const storableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.toWellFormed().replaceAll('\0', '\uFFFD');

/**
 * Makes freshly parsed JSON safe to keep and to copy, in place: storable texts, no `__proto__` members.
 * @returns the value, or undefined where it is nested deeper than `maxDepth`
 */
export function safeJson(value: unknown, maxDepth = MAX_DEPTH): { value: unknown } | undefined {
  if (typeof value === 'string') return { value: storableText(value) };
  let level = isContainer(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return undefined;
    level = level.flatMap(tidy);
  }
  return { value };
}

type Container = Record<string, unknown>;
const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Tidies one object or array and answers those inside it. */
function tidy(node: Container): Container[] {
  const inside: Container[] = [];
  for (const name of Object.keys(node)) {
    const value = node[name];
    const safeName = storableText(name);
    if (name === '__proto__' || safeName !== name) delete node[name];
    if (name === '__proto__') continue;
    if (typeof value === 'string' || safeName !== name)
      node[safeName] = typeof value === 'string' ? storableText(value) : value;
    if (isContainer(value)) inside.push(value);
  }
  return inside;
}
