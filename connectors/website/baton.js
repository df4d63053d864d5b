/* Baton on a website: hands what workflows track to the page, and on request what Qualified reports to the hub. See docs/website.md. */
((window, document) => {
  const MINUTE = 60000;
  const IDLE_MS = 60 * MINUTE;
  const LEFT_MS = 5 * MINUTE;
  const MOST_EVENTS = 20;
  const MOST_BYTES = 12000;
  const MOST_TRIES = 6;

  const script = document.currentScript || document.querySelector('script[data-key][src*="baton.js"]');
  const key = script?.dataset.key;
  if (!key || window.baton?.here) return;

  const safely = work => {
    try {
      return work();
    } catch {
      return undefined;
    }
  };
  const later = (work, ms) => setTimeout(() => safely(work), ms);
  const random = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
  const address = (path, query) => `${new URL(path, script.src).href}?${new URLSearchParams({ key, ...query })}`;

  /** What the browser keeps for the site, as JSON. Where it keeps nothing, this page alone remembers. */
  const remembered = {};
  const recall = (area, name) => safely(() => JSON.parse(window[area].getItem(`baton.${name}`))) ?? remembered[name];
  const remember = (area, name, value) => {
    remembered[name] = value;
    safely(() => window[area].setItem(`baton.${name}`, JSON.stringify(value)));
    return value;
  };

  const page = random();
  /** Where this tab is in what was tracked; of another hub it would mean something else. */
  const cursor = `after.${key.slice(-8)}`;
  const visitor = () =>
    script.dataset.visitor || recall('localStorage', 'visitor') || remember('localStorage', 'visitor', random());

  // --- What workflows track, handed to the page ---

  const handlers = [];
  let stream;
  let opening;
  let refusals = 0;
  let newest = 0;

  const close = () => {
    clearTimeout(opening);
    stream?.close();
    stream = undefined;
  };
  const openIn = ms => {
    close();
    if (handlers.length > 0) opening = later(open, ms);
  };
  const hear = message => {
    const number = Number(message.lastEventId);
    if (!(number > newest)) return;
    newest = number;
    remember('sessionStorage', cursor, message.lastEventId);
    const { name, data } = JSON.parse(message.data);
    for (const handler of handlers) {
      try {
        handler(name, data);
      } catch (error) {
        console.error(error);
      }
    }
  };
  const open = () => {
    const after = recall('sessionStorage', cursor);
    newest = Math.max(newest, Number(after) || 0);
    const opened = new EventSource(address('v1/listen', { visitor: visitor(), ...(after && { after }) }));
    stream = opened;
    opened.addEventListener('listening', ({ lastEventId }) => {
      refusals = 0;
      if (!recall('sessionStorage', cursor)) remember('sessionStorage', cursor, lastEventId);
    });
    opened.onmessage = message => safely(() => hear(message));
    // The browser comes back by itself after a lost line, but not after a refusal.
    opened.onerror = () => {
      if (opened === stream && opened.readyState === EventSource.CLOSED)
        openIn(Math.min(5 * MINUTE, 5000 * 2 ** refusals++) * (0.5 + Math.random()));
    };
  };

  // --- What happens in the page, handed to the hub ---

  let relaying = false;
  let count = 0;
  const events = [];
  let packing;
  const batches = [];
  let sending = false;

  const tabs = here => {
    const now = Date.now();
    const open = recall('localStorage', 'tabs') ?? {};
    for (const tab in open) if (now - open[tab] > IDLE_MS) delete open[tab];
    delete open[page];
    const others = Object.keys(open).length;
    remember('localStorage', 'tabs', here ? { ...open, [page]: now } : open);
    return others;
  };

  /** One session for all tabs. It ends, as for the hub, with an hour of idleness or five minutes off the site. */
  const runningSession = () => {
    const now = Date.now();
    const known = recall('localStorage', 'session');
    const over = !known || now - known.active > IDLE_MS || (known.left && now - known.left > LEFT_MS);
    return over || known.visitor !== visitor() ? undefined : known.id;
  };
  const session = left => {
    const now = Date.now();
    const running = runningSession();
    const id = running ?? random();
    remember('localStorage', 'session', { id, visitor: visitor(), active: now, left: left ? now : 0 });
    return { id, isNew: !running };
  };
  const gaClientId = () => /(?:^|; )_ga=GA\d+\.\d+\.([\d.]+)/.exec(document.cookie)?.[1];

  const bytes = value => new Blob([JSON.stringify(value)]).size;
  /** The largest part of the data that can be sent: all of it, else the visitor's fields, else nothing. */
  const fitting = event => {
    const fields = { ...event, data: { field_values: event.data?.field_values } };
    return [event, fields].find(each => bytes(each) <= MOST_BYTES / 2) ?? { ...event, data: undefined };
  };

  const report = event => {
    if (!relaying) return;
    events.push(fitting({ id: `${page}-${++count}`, at: Date.now(), ...event }));
    clearTimeout(packing);
    packing = later(() => {
      pack();
      send().catch(() => undefined);
    }, 200);
  };
  const viewed = () => {
    if (!relaying) return;
    tabs(true);
    report({ type: 'page.viewed', url: location.href, title: document.title, referrer: document.referrer });
  };

  /** From here on these events belong to this visitor and session, however often they are sent. */
  const pack = left => {
    clearTimeout(packing);
    if (events.length === 0) return;
    const { id: sessionId, isNew } = session(left);
    if (isNew)
      events.unshift({ id: `${page}-${++count}`, at: events[0].at, type: 'session.started', gaClientId: gaClientId() });
    while (events.length > 0) {
      let size = 1;
      while (size < Math.min(events.length, MOST_EVENTS) && bytes(events.slice(0, size + 1)) <= MOST_BYTES) size++;
      batches.push({ visitorId: visitor(), sessionId, events: events.splice(0, size), tries: 0 });
    }
  };
  const bodyOf = ({ visitorId, sessionId, events }) =>
    JSON.stringify({
      visitorId,
      sessionId,
      events: events.map(({ at, ...event }) => ({ ...event, agoMs: Math.max(0, Date.now() - at) })),
    });

  /** Sends what is packed, in order. Text, so that the browser need not ask beforehand. */
  const send = async () => {
    if (sending) return;
    sending = true;
    while (batches.length > 0) {
      const [batch] = batches;
      const answer = await fetch(address('v1/relay'), {
        method: 'POST',
        body: bodyOf(batch),
        keepalive: true,
        credentials: 'omit',
      }).catch(() => undefined);
      const again = !answer || answer.status === 429 || answer.status >= 500;
      if (again && ++batch.tries < MOST_TRIES) {
        const seconds = Number(answer?.headers.get('retry-after')) || 2 ** batch.tries;
        await new Promise(resolve => setTimeout(resolve, seconds * 1000));
      } else if (batches[0] === batch) batches.shift();
    }
    sending = false;
  };

  const leave = () => {
    close();
    if (!relaying) return;
    const last = tabs(false) === 0 && (events.length > 0 || runningSession());
    if (last) report({ type: 'visitor.left' });
    pack(last);
    // What is on its way goes along once more: the hub knows it again by its ids.
    for (const batch of batches.splice(0)) navigator.sendBeacon(address('v1/relay'), bodyOf(batch));
  };
  const comeBack = event => {
    if (!event.persisted) return;
    openIn(0);
    viewed();
  };

  const plain = value => safely(() => JSON.parse(JSON.stringify(value)));
  const watchQualified = wait => {
    const qualified = window[window.QualifiedObject || 'qualified'];
    if (typeof qualified !== 'function') {
      later(() => watchQualified(Math.min(30000, wait * 2)), wait);
      return;
    }
    qualified('handleEvents', (name, data) =>
      safely(() => report({ type: 'event', name: String(name), data: plain(data) })),
    );
  };

  // --- What a page may ask for ---

  const commands = {
    handleEvents(handler) {
      if (typeof handler !== 'function') return;
      handlers.push(handler);
      if (!stream) openIn(0);
    },
    relay() {
      if (relaying) return;
      relaying = true;
      viewed();
      watchQualified(250);
    },
    identify(id) {
      const known = script.dataset.visitor || recall('localStorage', 'visitor');
      if (!id || String(id) === known) return;
      delete script.dataset.visitor;
      remember('localStorage', 'visitor', String(id));
      openIn(0);
    },
    page: viewed,
  };
  const run = ([command, argument]) => safely(() => Object.hasOwn(commands, command) && commands[command](argument));

  const start = () => {
    const waiting = window.baton?.q ?? [];
    const baton = (...call) => run(call);
    baton.here = true;
    window.baton = baton;
    if ('relay' in script.dataset) run(['relay']);
    for (const call of Array.from(waiting)) run(call);
    window.addEventListener('pagehide', () => safely(leave));
    window.addEventListener('pageshow', event => safely(() => comeBack(event)));
    document.addEventListener('visibilitychange', () =>
      safely(() => relaying && document.visibilityState === 'visible' && tabs(true)),
    );
  };
  // A page that is only prepared has no reader yet.
  safely(() => {
    if (document.prerendering) document.addEventListener('prerenderingchange', () => safely(start), { once: true });
    else start();
  });
})(window, document);
