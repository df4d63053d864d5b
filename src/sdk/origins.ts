/** How many origins one site key may list. */
export const MAX_ORIGINS = 50;

const WILDCARD = '*.';
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * What is wrong with an entry of a site key's origins, as words that follow its path; undefined where it is right. Right is an origin as
 * browsers send it (`https://www.example.com`, a port only where it is not the usual one), or one with `*.` in front of a name of
 * two labels or more, which stands for every name below that one and not for itself.
 */
export function originMistake(text: string): string | undefined {
  const scheme = /^https?:\/\//.exec(text)?.[0];
  if (!scheme) return 'must begin with https:// (or http://)';
  const wild = text.startsWith(WILDCARD, scheme.length);
  const plain = wild ? scheme + text.slice(scheme.length + WILDCARD.length) : text;
  const parsed = URL.parse(plain);
  if (!parsed || parsed.hostname === '' || text.includes('*', wild ? scheme.length + 1 : 0))
    return 'must be an origin such as https://www.example.com; * may only stand for all that is in front of a name: https://*.example.com';
  if (parsed.origin !== plain) return `must be written as browsers send it: ${withWildcard(parsed.origin, wild)}`;
  if (!wild) return undefined;
  const labels = parsed.hostname.split('.');
  const isName = labels.every(part => label.test(part)) && !/^\d+$/.test(labels.at(-1)!);
  return isName && labels.length >= 2 ? undefined : 'may have * only in front of a name of two parts or more';
}

const withWildcard = (origin: string, wild: boolean) => (wild ? origin.replace('://', `://${WILDCARD}`) : origin);

/** Whether a page of this origin (the Origin header, as the browser sent it) is meant by one of a site key's origins. */
export function originAllowed(origin: string, allowed: readonly string[]): boolean {
  if (URL.parse(origin)?.origin !== origin) return false;
  return allowed.some(entry => {
    const at = entry.indexOf(`://${WILDCARD}`);
    if (at < 0) return entry === origin;
    const scheme = entry.slice(0, at + 3);
    const below = entry.slice(at + 4);
    return origin.startsWith(scheme) && origin.endsWith(below) && origin.length > scheme.length + below.length;
  });
}
