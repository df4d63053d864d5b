/**
 * The site's own script: the queue of the chat's loader (https://www.qualified.com, "Client-Side API"), a stand-in for the chat itself, the
 * queue of the hub's script, and a listener that shows what it hears.
 */
export const siteScript = `'use strict';
(() => {
  const here = document.currentScript.dataset;

  // The stub that the chat's loader puts into every page.
  const stub = () => {
    window.QualifiedObject = 'qualified';
    window.qualified = window.qualified || function () {
      (window.qualified.q = window.qualified.q || []).push(arguments);
    };
  };
  // The chat itself: works off the queue, and tells its handlers what the visitor does.
  const handlers = [];
  const chat = () => {
    const waiting = window.qualified.q || [];
    window.qualified = (command, handler) => {
      if (command === 'handleEvents') handlers.push(handler);
    };
    for (const call of Array.from(waiting)) window.qualified(...call);
  };
  if (here.qualified === 'early') {
    stub();
    setTimeout(chat, 100);
  }
  if (here.qualified === 'late')
    setTimeout(() => {
      stub();
      chat();
    }, 900);

  // The stub for the hub's script, as its documentation shows it.
  window.baton = window.baton || function () {
    (window.baton.q = window.baton.q || []).push(arguments);
  };
  window.baton('handleEvents', (name, data) => {
    document.getElementById('nothing')?.remove();
    const item = document.createElement('li');
    const title = document.createElement('b');
    title.textContent = name;
    const code = document.createElement('code');
    code.textContent = JSON.stringify(data);
    item.append(title, ' ', code);
    document.getElementById('heard').append(item);
    fetch(here.heard, { method: 'POST', body: JSON.stringify({ page: here.page, name, data }), keepalive: true });
  });

  document.addEventListener('click', event => {
    const name = event.target.dataset?.event;
    if (!name) return;
    const data = {
      field_values: { email: document.getElementById('email').value, first_name: 'Vic' },
      bot: { id: '42', name: 'Welcome' },
      sender: { type: 'visitor' },
    };
    for (const handler of handlers) handler(name, data);
    document.getElementById('reported').textContent =
      handlers.length > 0 ? 'Reported: ' + name : 'Nobody on this page listens to the chat.';
  });
})();
`;

export const siteStyle = `:root { color-scheme: light dark; --ground: #fbfaf7; --ink: #23262b; --quiet: #636a75; --line: #e2ded5; --go: #0f6b57; --soft: #f0ede5 }
@media (prefers-color-scheme: dark) { :root { --ground: #15181b; --ink: #e8e6e1; --quiet: #a2a8b1; --line: #33383d; --go: #17806a; --soft: #1f2428 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif }
header { display: flex; gap: 24px; align-items: baseline; padding: 20px 24px; border-bottom: 1px solid var(--line) }
nav { display: flex; gap: 16px } a { color: inherit } a[aria-current] { text-decoration: none; font-weight: 600 }
main { max-width: 760px; margin: 0 auto; padding: 24px } h1 { font-size: 34px; line-height: 1.2; letter-spacing: -.02em } h2 { font-size: 19px; margin: 0 0 4px }
section { border: 1px solid var(--line); border-radius: 12px; padding: 20px; margin: 20px 0 } section p { margin: 0 0 12px } .quiet { color: var(--quiet); margin: 12px 0 0 }
.note { background: var(--soft); padding: 12px 16px; border-radius: 8px; overflow-wrap: anywhere }
label { display: block; margin-bottom: 12px } input { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 6px; padding: 6px 10px; max-width: 100% }
.buttons { display: flex; flex-wrap: wrap; gap: 10px }
button { font: inherit; padding: 8px 16px; border-radius: 8px; border: 0; background: var(--go); color: #fff; cursor: pointer }
ol { margin: 0; padding-left: 22px } li { padding: 4px 0; overflow-wrap: anywhere } code { font: 13px ui-monospace, Consolas, monospace }
:focus-visible { outline: 2px solid var(--go); outline-offset: 2px }
`;
