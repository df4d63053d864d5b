const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML shows it, in elements and in quoted attributes. Nothing at all for null and undefined. */
export const escapeHtml = (value: unknown): string =>
  String(value ?? '').replace(/[&<>"']/g, letter => entities[letter] ?? letter);

const style = `
:root { color-scheme: light dark; --ground: #eef1f6; --sheet: #fff; --ink: #1a2433; --quiet: #56637a; --line: #d5dbe5; --go: #1b5fc1 }
@media (prefers-color-scheme: dark) { :root { --ground: #11161d; --sheet: #1a212b; --ink: #e8edf5; --quiet: #9dabc0; --line: #313c4b; --go: #2f76d8 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; padding: 28px 32px; max-width: 440px; margin: 16px }
h1 { font-size: 20px; margin: 0 0 8px } p { margin: 0 0 12px; color: var(--quiet); overflow-wrap: anywhere } ul { margin: 0 0 20px; padding-left: 20px }
.buttons { display: flex; gap: 12px; justify-content: flex-end }
button { font: inherit; padding: 8px 20px; border-radius: 6px; border: 1px solid var(--line); background: none; color: inherit; cursor: pointer }
button.go { background: var(--go); border-color: var(--go); color: #fff }
:focus-visible { outline: 2px solid var(--go); outline-offset: 2px }
`;

const sheet = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main>${body}</main></body></html>
`;

/**
 * A vendor's page that asks a person whether an app may do what it wishes. The answer comes back as a form post to the same
 * address: `decision` (allow or deny) and the query as it was.
 */
export const consentPage = (page: {
  title: string;
  question: string;
  wishes: string[];
  query: Record<string, string | undefined>;
}): string => {
  const hidden = Object.entries(page.query).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const wishes = page.wishes.map(wish => `<li>${escapeHtml(wish)}</li>`);
  return sheet(
    page.title,
    `<h1>${escapeHtml(page.title)}</h1><p>${escapeHtml(page.question)}</p><ul>${wishes.join('')}</ul>
<form method="post">${hidden.join('')}<div class="buttons"><button name="decision" value="deny">Deny</button><button class="go" name="decision" value="allow">Allow</button></div></form>`,
  );
};

/** A vendor's page for a request that cannot be sent back to any app. */
export const refusalPage = (title: string, reason: string): string =>
  sheet(title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(reason)}</p>`);
