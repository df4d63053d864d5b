/** A mail as its reader sees it. `headers` are in order, unfolded, with their encoded words read. */
export type ParsedMail = {
  headers: { name: string; value: string }[];
  from: string;
  to: string;
  cc?: string;
  replyTo?: string;
  subject: string;
  date: string;
  messageId: string;
  text?: string;
  html?: string;
};

type Part = { headers: ParsedMail['headers']; body: string };

const decoderFor = (charset: string) => {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder('latin1');
  }
};

const bytesOfQuotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text
      .replace(/[ \t]+(?=\r?$)/gm, '')
      .replace(/=\r?\n/g, '')
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** Encoded words (RFC 2047); white space between two of them is no part of the text, and bytes of one letter may stand in both. */
const readWords = (value: string): string =>
  value.replace(/(\?=)\s+(=\?)/g, '$1$2').replace(/(?:=\?[^?\s]+\?[bq]\?[^?\s]*\?=)+/gi, run => {
    const words = [...run.matchAll(/=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi)];
    const bytes = words.map(([, , way = '', text = '']) =>
      /b/i.test(way) ? Buffer.from(text, 'base64') : bytesOfQuotedPrintable(text.replaceAll('_', ' ')),
    );
    return decoderFor(words[0]?.[1] ?? 'utf-8').decode(Buffer.concat(bytes));
  });

const partOf = (raw: string): Part => {
  const end = /\r?\n\r?\n/.exec(raw);
  const head = end ? raw.slice(0, end.index) : raw;
  const headers = head
    .replace(/\r?\n(?=[ \t])/g, '')
    .split(/\r?\n/)
    .flatMap(line => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [{ name: line.slice(0, colon), value: readWords(line.slice(colon + 1).trim()) }];
    });
  return { headers, body: end ? raw.slice(end.index + end[0].length) : '' };
};

const headerOf = ({ headers }: Pick<Part, 'headers'>, name: string): string | undefined =>
  headers.find(header => header.name.toLowerCase() === name)?.value;

const parameter = (value: string, name: string): string | undefined => {
  const [, quoted, bare] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^\\s;]+))`, 'i').exec(value) ?? [];
  return quoted ?? bare;
};

const textOf = (part: Part): string => {
  const way = headerOf(part, 'content-transfer-encoding')?.toLowerCase();
  const bytes =
    way === 'base64'
      ? Buffer.from(part.body, 'base64')
      : way === 'quoted-printable'
        ? bytesOfQuotedPrintable(part.body)
        : Buffer.from(part.body, 'latin1');
  const charset = parameter(headerOf(part, 'content-type') ?? '', 'charset') ?? 'utf-8';
  return decoderFor(charset).decode(bytes).replaceAll('\r\n', '\n');
};

/** The leaves of a mail, in order. */
const leavesOf = (part: Part): Part[] => {
  const type = headerOf(part, 'content-type') ?? 'text/plain';
  const boundary = /^multipart\//i.test(type) ? parameter(type, 'boundary') : undefined;
  if (boundary === undefined) return [part];
  return part.body
    .split(`--${boundary}`)
    .slice(1, -1)
    .flatMap(each => leavesOf(partOf(each.replace(/^\r?\n/, '').replace(/\r?\n$/, ''))));
};

/** Reads a mail as it came over the wire. */
export const readMail = (raw: Buffer): ParsedMail => {
  const mail = partOf(raw.toString('latin1'));
  const leaf = (type: string) =>
    leavesOf(mail).find(part => (headerOf(part, 'content-type') ?? 'text/plain').toLowerCase().startsWith(type));
  const [text, html] = [leaf('text/plain'), leaf('text/html')];
  const [cc, replyTo] = [headerOf(mail, 'cc'), headerOf(mail, 'reply-to')];
  return {
    headers: mail.headers,
    from: headerOf(mail, 'from') ?? '',
    to: headerOf(mail, 'to') ?? '',
    ...(cc !== undefined && { cc }),
    ...(replyTo !== undefined && { replyTo }),
    subject: headerOf(mail, 'subject') ?? '',
    date: headerOf(mail, 'date') ?? '',
    messageId: headerOf(mail, 'message-id') ?? '',
    ...(text && { text: textOf(text) }),
    ...(html && { html: textOf(html) }),
  };
};
