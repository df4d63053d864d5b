import { escapeHtml } from '../../../src/sdk/testing/html.ts';

/** What a page's listener was told. `at` is epoch ms; `page` says which page of the site it was. */
export type Heard = { at: number; page: string; name: string; data?: unknown };

export const css = `
.website .heard { padding: 12px 18px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere } .website .heard:last-child { border-bottom: 0 }
.website time { color: var(--quiet); font-size: 12px } .website .heard code { display: block; margin-top: 4px }
`;

/** For the sandbox's front page: what the site's listeners were told, newest first. */
export const fragment = ({ base, ready, heard }: { base: string; ready: boolean; heard: Heard[] }): string => {
  const how = ready
    ? ''
    : ' It needs the hub’s address and a site key: <code>?hub=http://127.0.0.1:3000&amp;key=baton_site_…</code>.';
  const rows = heard
    .slice(-100)
    .reverse()
    .map(({ at, page, name, data }) => {
      const time = new Date(at).toISOString();
      return `<div class="heard"><b>${escapeHtml(name)}</b> <time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC on ${escapeHtml(page)}</time><code>${escapeHtml(JSON.stringify(data))}</code></div>`;
    });
  return `<div class="website"><p class="quiet"><a href="${escapeHtml(base)}/">Open the site.</a>${how}</p>
<div class="sheet">${rows.join('') || '<div class="empty">No page has heard of anything yet.</div>'}</div></div>`;
};

type Shown = {
  base: string;
  path: string;
  /** The query, to go along when somebody follows a link. */
  search: string;
  hub?: string;
  key?: string;
  visitor?: string;
  relay: '0' | '1';
  qualified: 'early' | 'late' | 'none';
};

/** A page of the site, as a visitor gets it. Nothing in it is inline. */
export const sitePage = (shown: Shown): string => {
  const { base, path, search, hub, key, visitor, relay, qualified } = shown;
  const where = path === '/pricing' ? 'Pricing' : 'Home';
  const link = (to: string, label: string) =>
    `<a href="${escapeHtml(`${base}${to}${search && `?${search}`}`)}"${label === where ? ' aria-current="page"' : ''}>${label}</a>`;
  const attribute = (name: string, value: string | undefined) => (value ? ` ${name}="${escapeHtml(value)}"` : '');
  const baton =
    hub && key
      ? `<script src="${escapeHtml(new URL('/baton.js', hub).href)}"${attribute('data-key', key)}${attribute('data-visitor', visitor)}${relay === '1' ? ' data-relay' : ''} async></script>`
      : '';
  const missing = baton
    ? ''
    : '<p class="note" role="status">The hub’s script is not on this page. Open it with <code>?hub=http://127.0.0.1:3000&amp;key=baton_site_…</code>.</p>';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${where} · Example Ltd</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escapeHtml(base)}/site.css">
<script src="${escapeHtml(base)}/site.js" data-qualified="${qualified}" data-heard="${escapeHtml(base)}/heard" data-page="${where}"></script>
${baton}
</head>
<body>
<header><b>Example Ltd</b><nav aria-label="Site">${link('/', 'Home')}${link('/pricing', 'Pricing')}</nav></header>
<main>
<h1>${where === 'Home' ? 'Everything for your examples' : 'What it costs'}</h1>
${missing}
<section aria-labelledby="chat"><h2 id="chat">Chat</h2>
<p>Each button does what the chat of this page would do when a visitor does that.</p>
<label>E-mail <input id="email" type="email" value="visitor@example.com" autocomplete="off"></label>
<div class="buttons">
<button type="button" data-event="Conversation Started">Start a conversation</button>
<button type="button" data-event="Email Captured">Leave the e-mail</button>
<button type="button" data-event="Meeting Booked">Book a meeting</button>
</div>
<p id="reported" class="quiet" role="status" aria-live="polite">Nothing has been reported yet.</p>
</section>
<section aria-labelledby="listener"><h2 id="listener">What this page has heard</h2>
<ol id="heard"></ol>
<p id="nothing" class="quiet">Nothing yet. A workflow that tracks an event for this visitor shows up here.</p>
</section>
</main>
</body>
</html>
`;
};
