import { createHash } from 'node:crypto';
import type { Response } from 'express';

export type ResultPage = {
  status: number;
  /** Shown as a headline, with a sign for good or bad. */
  title: string;
  good: boolean;
  /** Sentences for the person at the browser: what happened and what to do. Plain text. */
  sentences: string[];
  /** The vendor's own words, quoted as they are. */
  vendorSaid?: string | undefined;
};

const style = `
:root { color-scheme: light dark; --ground: #f5f6f8; --card: #fff; --text: #1c2430; --soft: #5b6675; --good: #13795b; --bad: #b3261e; --line: #dfe3e8; }
@media (prefers-color-scheme: dark) { :root { --ground: #12161c; --card: #1b2129; --text: #e8ebef; --soft: #9aa5b1; --good: #4cc38a; --bad: #ff8a80; --line: #2c343f; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { box-sizing: border-box; width: min(32rem, 100% - 2rem); margin: 1rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.3; }
h1.good::before { content: "✓ "; color: var(--good); }
h1.bad::before { content: "✕ "; color: var(--bad); }
p { margin: 0 0 .75rem; overflow-wrap: anywhere; }
blockquote { margin: 1rem 0; padding: .5rem 1rem; border-left: 3px solid var(--line); color: var(--soft); overflow-wrap: anywhere; }
footer { margin-top: 1.5rem; color: var(--soft); font-size: .875rem; }
`;
const styleHash = createHash('sha256').update(style).digest('base64');

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, sign => escapes[sign]!);

/** Answers a browser with a page that stands alone: no script, nothing loaded, not kept, and its address (which held a code) not handed on. */
export function answerPage(response: Response, page: ResultPage): void {
  const quote = page.vendorSaid ? `<blockquote>${escaped(page.vendorSaid.slice(0, 1000))}</blockquote>` : '';
  response.status(page.status).set({
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  response.send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(page.title)} · Baton</title><style>${style}</style></head>
<body><main>
<h1 class="${page.good ? 'good' : 'bad'}">${escaped(page.title)}</h1>
${page.sentences.map(sentence => `<p>${escaped(sentence)}</p>`).join('\n')}
${quote}
<footer>You can close this page.</footer>
</main></body>
</html>
`);
}
