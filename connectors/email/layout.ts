import type { About, Row } from './about.ts';
import type { Block, Span } from './body.ts';

/** What a mail says. Its two forms are made of this alone, so that they cannot come to say different things. */
export type Content = { blocks: Block[]; about?: About };

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, letter => entities[letter] ?? letter);

const openConversation = 'Open the conversation';
const sentBy = ({ workflow }: About) => `Sent by the workflow “${workflow}”.`;

/** The mail as plain text. */
export function textOf({ blocks, about }: Content): string {
  const parts = blocks.map(({ kind, lines }) =>
    lines.map(spans => `${kind === 'list' ? '- ' : ''}${spans.map(({ text }) => text).join('')}`).join('\n'),
  );
  if (about) {
    const rows = about.rows.map(({ label, value }) => `${label}: ${value}`);
    const link = about.conversation ? [`${openConversation}: ${about.conversation}`] : [];
    parts.push(['----------', ...rows, ...link, sentBy(about)].join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

// Inline, since many mail programs drop style sheets; the sheet only turns the colours round where a program asks for dark ones.
const style = {
  body: 'margin:0;padding:0;background:#ffffff;color:#1c2430;font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif',
  sheet: 'max-width:600px;margin:0 auto;padding:24px 20px;overflow-wrap:anywhere',
  paragraph: 'margin:0 0 16px',
  list: 'margin:0 0 16px;padding-left:24px',
  link: 'color:#1b5fc1',
  about: 'margin:24px 0 0;border-top:1px solid #d5dbe5;padding-top:16px;font-size:14px',
  table: 'border-collapse:collapse;margin:0 0 16px',
  label: 'padding:2px 16px 2px 0;vertical-align:top;color:#56637a;white-space:nowrap',
  value: 'padding:2px 0;vertical-align:top',
  button:
    'display:inline-block;background:#1b5fc1;color:#ffffff;text-decoration:none;padding:10px 20px;border-radius:6px;font-weight:600',
  quiet: 'margin:16px 0 0;color:#56637a;font-size:13px',
};
const darkSheet =
  '@media (prefers-color-scheme:dark){body{background:#12161c!important;color:#e6eaf0!important}a.link{color:#8db0ff!important}.quiet{color:#99a4b3!important}.about{border-color:#2e3742!important}}';

/** The mail as HTML: no script, no picture, nothing from elsewhere; every text in it is escaped. */
export function htmlOf({ blocks, about }: Content): string {
  return `<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><style>${darkSheet}</style></head>
<body style="${style.body}"><div style="${style.sheet}">
${blocks.map(blockHtml).join('\n')}${about ? `\n${aboutHtml(about)}` : ''}
</div></body></html>
`;
}

const link = (url: string, text: string) =>
  `<a class="link" style="${style.link}" href="${escaped(url)}">${escaped(text)}</a>`;

function spanHtml({ text, kind }: Span): string {
  if (kind === 'link') return link(text, text);
  return kind === 'bold' ? `<strong>${escaped(text)}</strong>` : escaped(text);
}

function blockHtml({ kind, lines }: Block): string {
  const shown = lines.map(spans => spans.map(spanHtml).join(''));
  if (kind === 'paragraph') return `<p dir="auto" style="${style.paragraph}">${shown.join('<br>\n')}</p>`;
  return `<ul dir="auto" style="${style.list}">\n${shown.map(item => `<li>${item}</li>`).join('\n')}\n</ul>`;
}

const rowHtml = ({ label, value, link: url }: Row) =>
  `<tr><td class="quiet" style="${style.label}">${escaped(label)}</td><td dir="auto" style="${style.value}">${url ? link(url, value) : escaped(value)}</td></tr>`;

function aboutHtml(about: About): string {
  const rows =
    about.rows.length > 0
      ? `<table role="presentation" style="${style.table}">${about.rows.map(rowHtml).join('\n')}</table>\n`
      : '';
  const button = about.conversation
    ? `<a style="${style.button}" href="${escaped(about.conversation)}">${openConversation}</a>\n`
    : '';
  return `<div class="about" style="${style.about}">\n${rows}${button}<p class="quiet" style="${style.quiet}">${escaped(sentBy(about))}</p>\n</div>`;
}
