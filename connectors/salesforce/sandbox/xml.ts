export type XmlNode = { name: string; text: string; children: XmlNode[] };

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const decoded = (text: string): string =>
  text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string, decimal: string, name: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal ? String.fromCodePoint(Number(decimal)) : (entities[name] ?? whole);
  });

const tokens =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[(?<raw>[\s\S]*?)\]\]>|<(?<close>\/?)(?:[\w.-]+:)?(?<name>[\w.-]+)(?:\s[^<>]*?)?(?<empty>\/?)>|(?<text>[^<]+)/g;

/** Reads elements and text; attributes and namespaces are left out. Throws an Error for tags that do not pair. */
export const parseXml = (source: string): XmlNode => {
  const root: XmlNode = { name: '', text: '', children: [] };
  const open = [root];
  for (const { groups = {} } of source.matchAll(tokens)) {
    const top = open.at(-1)!;
    if (groups.raw !== undefined) top.text += groups.raw;
    else if (groups.text !== undefined) top.text += decoded(groups.text);
    else if (groups.close) {
      if (open.pop()?.name !== groups.name || open.length === 0) throw new Error(`</${groups.name}> closes nothing`);
    } else if (groups.name) {
      const node: XmlNode = { name: groups.name, text: '', children: [] };
      top.children.push(node);
      if (!groups.empty) open.push(node);
    }
  }
  if (open.length > 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  return root;
};

export const childrenOf = (node: XmlNode | undefined, name: string): XmlNode[] =>
  node?.children.filter(child => child.name === name) ?? [];
/** The trimmed text of the element at the end of a path of names; undefined where there is none. */
export const textAt = (node: XmlNode | undefined, ...path: string[]): string | undefined =>
  path.reduce<XmlNode | undefined>((at, name) => childrenOf(at, name)[0], node)?.text.trim();

export const escapeXml = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, letter => {
    const name = Object.keys(entities).find(key => entities[key] === letter);
    return `&${name};`;
  });
