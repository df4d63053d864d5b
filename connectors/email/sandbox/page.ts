import { escapeHtml } from '../../../src/sdk/testing/html.ts';
import type { StoredMail } from './smtp.ts';

export const css = `
.email article { padding: 16px 18px; border-bottom: 1px solid var(--line) } .email article:last-child { border-bottom: 0 }
.email h3 { margin: 0 0 4px; font-size: 16px; overflow-wrap: anywhere } .email time { color: var(--quiet); font-size: 13px }
.email dl { display: grid; grid-template-columns: auto 1fr; gap: 0 12px; margin: 0 0 10px; font-size: 14px } .email dt { color: var(--quiet) } .email dd { margin: 0; overflow-wrap: anywhere }
.email iframe { width: 100%; height: 320px; border: 1px solid var(--line); border-radius: 6px; background: #fff; color-scheme: light dark; resize: vertical }
.email pre { margin: 8px 0 0; padding: 10px 12px; background: var(--soft); border-radius: 6px; font: 13px/1.5 ui-monospace, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
.email summary { cursor: pointer; color: var(--accent); font-size: 14px } .email details { margin-top: 6px }
`;

const row = (label: string, value: string | undefined): string =>
  value === undefined || value === '' ? '' : `<dt>${label}</dt><dd>${escapeHtml(value)}</dd>`;

const details = (summary: string, text: string): string =>
  `<details><summary>${summary}</summary><pre>${escapeHtml(text)}</pre></details>`;

/** The frame runs no script, and is of no origin: what a mail holds stays in it. */
const mailHtml = (mail: StoredMail): string => `<article>
<h3>${escapeHtml(mail.subject) || '(no subject)'}</h3>
<p><time datetime="${mail.at}">${mail.at.slice(0, 16).replace('T', ' ')} UTC</time></p>
<dl>${row('From', mail.from)}${row('To', mail.to)}${row('Copy', mail.cc)}${row('Answers to', mail.replyTo)}${row('Delivered to', mail.envelope.to.join(', '))}</dl>
${mail.html === undefined ? '' : `<iframe sandbox="" title="The mail “${escapeHtml(mail.subject)}”" srcdoc="${escapeHtml(mail.html)}"></iframe>`}
${mail.text === undefined ? '' : details('As plain text', mail.text)}
${details('Headers', mail.headers.map(({ name, value }) => `${name}: ${value}`).join('\n'))}
</article>`;

/** The newest 100 mails, as their readers see them. */
export const page = (mails: StoredMail[]): string =>
  mails.length > 0
    ? `<div class="email"><div class="sheet">${mails.slice(-100).reverse().map(mailHtml).join('\n')}</div></div>`
    : '<div class="sheet empty">No mail has arrived yet.</div>';
