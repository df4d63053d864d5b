import type { SandboxInstance, SandboxVendor } from '../sdk/testing/sandbox.ts';

const style = `
:root { color-scheme: light dark; --ground: #f5f6f8; --sheet: #ffffff; --ink: #1c2430; --quiet: #5d6878; --line: #dfe3e9; --accent: #2456c8; --soft: #eef2fb }
@media (prefers-color-scheme: dark) { :root { --ground: #12161c; --sheet: #1b2129; --ink: #e6eaf0; --quiet: #99a4b3; --line: #2e3742; --accent: #8db0ff; --soft: #222c3c } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif }
header.top { padding: 28px 24px 8px; max-width: 1080px; margin: 0 auto }
header.top h1 { font-size: 24px; margin: 0 0 4px; letter-spacing: -.01em }
header.top p, .quiet { color: var(--quiet); margin: 0 }
nav { max-width: 1080px; margin: 0 auto; padding: 8px 24px; display: flex; gap: 16px; flex-wrap: wrap }
a { color: var(--accent) }
main { max-width: 1080px; margin: 0 auto; padding: 8px 24px 64px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 32px }
section.vendor > h2 { font-size: 18px; margin: 0 0 2px }
section.vendor > .quiet { font-size: 13px; margin-bottom: 12px; overflow-wrap: anywhere }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin-bottom: 14px }
.empty { padding: 20px; color: var(--quiet) }
code { font: 13px ui-monospace, Consolas, monospace }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`;

type Shown = { vendor: SandboxVendor; instance: SandboxInstance; base: string };

/** The page at `/`: per vendor what arrived, as a person would see it there. Needs nothing from elsewhere. */
export const overviewPage = (shown: Shown[]): string => {
  const sections = shown.map(
    ({
      vendor,
      instance,
      base,
    }) => `<section class="vendor" id="${vendor.vendor}" aria-labelledby="${vendor.vendor}-title">
<h2 id="${vendor.vendor}-title">${vendor.title}</h2>
<p class="quiet">answers under <code>${base}</code></p>
${instance.page()}
</section>`,
  );
  const links = shown.map(({ vendor }) => `<a href="#${vendor.vendor}">${vendor.title}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vendor sandbox</title>
<style>${style}${shown.map(({ vendor }) => vendor.css ?? '').join('\n')}</style>
</head>
<body>
<header class="top"><h1>Vendor sandbox</h1><p>What has arrived at each vendor, as a person there would see it. Reload to see more.</p></header>
<nav aria-label="Vendors">${links.join('')}<a href="/__sandbox/exchanges">Recorded exchanges</a></nav>
<main>
${sections.join('\n') || '<p class="empty">No vendor has a sandbox here.</p>'}
</main>
</body>
</html>
`;
};
