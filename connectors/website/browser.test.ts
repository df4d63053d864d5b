import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { jest } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { hasBrowser, openBrowser } from '../../test/support/browser.ts';
import { eventually } from '../../test/support/eventually.ts';
import { type Line, lineTo } from '../../test/support/line.ts';
import website from './sandbox/index.ts';
import { startSite, type TestSite } from './test-site.ts';

jest.setTimeout(60_000);

it('the script is smaller than 5 kB as it goes over the wire, and has nothing that a strict policy forbids', () => {
  const script = readFileSync(new URL('./baton.js', import.meta.url), 'utf8');
  expect(gzipSync(script, { level: 9 }).length).toBeLessThan(5_000);
  expect(script).not.toMatch(/\beval\b|new Function|innerHTML|document\.write|createElement|setAttribute|import\(/);
});

const inBrowser = hasBrowser('the website’s script in a browser') ? describe : describe.skip;

inBrowser('the script on a website', () => {
  let browser: Browser;
  let sandbox: Sandbox;
  let site: TestSite;
  let line: Line;
  let context: BrowserContext;
  /** What went wrong in any page: thrown, said by the browser to its console, or forbidden by the policy. */
  let troubles: string[];

  beforeAll(async () => {
    browser = await openBrowser();
    sandbox = await startSandbox({ vendors: [website] });
  });
  afterAll(async () => {
    await browser?.close();
    await sandbox?.close();
  });
  beforeEach(async () => {
    site = await startSite({ origins: [sandbox.url] });
    line = await lineTo(site.hub.url);
    context = await browser.newContext();
    troubles = [];
    sandbox.reset();
  });
  afterEach(async () => {
    await context.close();
    await line.close();
    await site.close();
  });

  const watched = (page: Page): Page => {
    page.on('pageerror', error => troubles.push(`thrown: ${error.message}`));
    page.on('console', message => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    return page;
  };
  const address = (query: Record<string, string> = {}, path = '/') =>
    `${sandbox.url}/website${path}?${new URLSearchParams({ hub: line.url, key: site.key, ...query })}`;
  const open = async (query?: Record<string, string>, path?: string): Promise<Page> => {
    const page = watched(await context.newPage());
    const listening = page.waitForResponse(response => response.url().includes('/v1/listen'));
    await page.goto(address(query, path));
    await listening;
    return page;
  };
  const heard = (page: Page) => page.locator('#heard li').allTextContents();
  const hello = (number: number) => `Rep said hello! {"number":${number}}`;
  const types = async () => (await site.events()).map(({ type }) => type).filter(type => type !== 'pounce.sent');
  const reported = (...wanted: string[]) => eventually(async () => expect(await types()).toEqual(wanted));
  const click = (page: Page, name: string) => page.getByRole('button', { name }).click();

  it('hands the page what a workflow tracks for its visitor, under a strict policy', async () => {
    const page = await open({ visitor: 'ann', relay: '0' });
    await site.track('ann', 1);
    await site.track('bob', 2);
    await site.track('ann', 3);
    await eventually(async () => expect(await heard(page)).toEqual([hello(1), hello(3)]));
    await eventually(() =>
      expect(sandbox.records('website', 'heard')).toMatchObject([{ name: 'Rep said hello!' }, { data: { number: 3 } }]),
    );
    expect(await types()).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('hands it to every handler, also where one of them throws', async () => {
    const page = await open({ visitor: 'ann', relay: '0' });
    await page.evaluate(`
      baton('handleEvents', () => { throw new Error('a mistake of the site') });
      baton('handleEvents', (name, data) => { window.last = [name, data] });
      baton('handleEvents', 'no handler'); baton('no such thing'); baton();
    `);
    await site.track('ann', 1);
    await eventually(async () =>
      expect(await page.evaluate('window.last')).toEqual(['Rep said hello!', { number: 1 }]),
    );
    expect(await heard(page)).toEqual([hello(1)]);
    expect(troubles).toEqual([expect.stringContaining('a mistake of the site')]);
  });

  it('loses nothing and hears nothing twice where the line breaks', async () => {
    const page = await open({ visitor: 'ann', relay: '0' });
    await site.track('ann', 1);
    await eventually(async () => expect(await heard(page)).toHaveLength(1));
    line.cut();
    await site.track('ann', 2);
    line.mend();
    await eventually(async () => expect(await heard(page)).toHaveLength(2));
    await site.track('ann', 3);
    await eventually(async () => expect(await heard(page)).toEqual([1, 2, 3].map(hello)));
  });

  it('hears on the next page what was tracked on the way there, once', async () => {
    const page = await open({ visitor: 'ann', relay: '0' });
    await site.track('ann', 1);
    await eventually(async () => expect(await heard(page)).toHaveLength(1));
    await page.goto('about:blank');
    await site.track('ann', 2);
    await page.goto(address({ visitor: 'ann', relay: '0' }, '/pricing'));
    await eventually(async () => expect(await heard(page)).toEqual([hello(2)]));
  });

  it('comes back where the hub refuses for a while', async () => {
    let refusals = 0;
    await context.route(`${line.url}/v1/listen*`, route => {
      refusals += 1;
      return refusals < 2 ? route.fulfill({ status: 503 }) : route.continue();
    });
    const page = await open({ visitor: 'ann', relay: '0' });
    await page.waitForResponse(response => response.url().includes('/v1/listen') && response.status() === 200);
    await eventually(async () => {
      await site.track('ann', refusals);
      expect(await heard(page)).not.toEqual([]);
    });
    expect(refusals).toBe(2);
  });

  it.each(['early', 'late'])('reports what the chat reports, where the chat is there %s', async qualified => {
    const page = await open({ qualified });
    await reported('session.started', 'page.viewed');
    const says = page.getByText('Nobody on this page listens to the chat.');
    await eventually(async () => {
      await click(page, 'Start a conversation');
      expect(await says.count()).toBe(0);
    });
    await click(page, 'Leave the e-mail');
    await click(page, 'Book a meeting');
    await reported('session.started', 'page.viewed', 'conversation.started', 'visitor.updated', 'visitor.updated');
    const events = await site.events();
    expect(new Set(events.map(({ data }) => `${data.visitorId} ${data.sessionId}`)).size).toBe(1);
    expect(events[1]!.data).toMatchObject({ url: expect.stringContaining('/website/?'), title: 'Home · Example Ltd' });
    expect(events[3]!.data).toMatchObject({
      visitor: { email: 'visitor@example.com', fields: { first_name: 'Vic' } },
      reported: { name: 'Email Captured' },
    });
    expect(troubles).toEqual([]);
  });

  it('hears what follows from its own report', async () => {
    await site.hub.activate({
      name: 'Thanks',
      trigger: { type: 'lead_captured', timing: 'immediately' },
      steps: [{ id: 'thanks', action: 'track_event', input: { name: 'Thanks' } }],
    });
    const page = await open();
    await click(page, 'Leave the e-mail');
    await eventually(async () => expect(await types()).toContain('visitor.updated'));
    site.hub.clock.advance(61 * 60_000);
    await site.hub.settle();
    await eventually(async () => expect(await heard(page)).toEqual(['Thanks {}']));
  });

  it('reports once what it had to send twice', async () => {
    const page = await open();
    await reported('session.started', 'page.viewed');
    await page.evaluate(`{
      const send = window.fetch;
      window.answers = [];
      window.fetch = async (url, ...rest) => {
        const answer = await send(url, ...rest);
        if (!url.includes('/v1/relay')) return answer;
        window.answers.push(await answer.clone().json());
        if (window.answers.length === 1) throw new TypeError('the answer is lost');
        return answer;
      };
    }`);
    const once = { accepted: 1, duplicates: 0 };
    const again = { accepted: 0, duplicates: 1 };
    await click(page, 'Leave the e-mail');
    await eventually(async () => expect(await page.evaluate('window.answers')).toMatchObject([once, again]));
    await click(page, 'Leave the e-mail');
    await eventually(async () => expect(await page.evaluate('window.answers')).toMatchObject([once, again, once]));
    await reported('session.started', 'page.viewed', 'visitor.updated', 'visitor.updated');
  });

  it('says that the visitor has left, and that he is back where the browser kept the page', async () => {
    const page = await open();
    await reported('session.started', 'page.viewed');
    await page.evaluate('window.kept = true');
    await page.goto('about:blank');
    await reported('session.started', 'page.viewed', 'visitor.left');
    await page.evaluate('history.back()').catch(() => undefined);
    await reported('session.started', 'page.viewed', 'visitor.left', 'page.viewed');
    expect(await page.evaluate('window.kept')).toBe(true);
    const events = await site.events();
    expect(new Set(events.map(({ data }) => data.sessionId)).size).toBe(1);
    const { visitor_id: visitor } = events[0]!;
    await eventually(async () => {
      await site.track(visitor, 1);
      expect(await heard(page)).not.toEqual([]);
    });
  });

  it('hands over, as the page goes, what was not sent yet', async () => {
    const page = await open();
    await reported('session.started', 'page.viewed');
    await page.evaluate(
      `document.querySelector('[data-event="Email Captured"]').click(); location.href = 'about:blank'`,
    );
    await reported('session.started', 'page.viewed', 'visitor.updated', 'visitor.left');
  });

  it('is one visitor in one session in two tabs; each hears everything once, and closing one is not leaving', async () => {
    const first = await open();
    await reported('session.started', 'page.viewed');
    const second = await open({}, '/pricing');
    await reported('session.started', 'page.viewed', 'page.viewed');
    const events = await site.events();
    expect(new Set(events.map(({ data }) => `${data.visitorId} ${data.sessionId}`)).size).toBe(1);
    await site.track(events[0]!.visitor_id, 1);
    for (const page of [first, second]) await eventually(async () => expect(await heard(page)).toEqual([hello(1)]));
    await second.close({ runBeforeUnload: true });
    await click(first, 'Leave the e-mail');
    await reported('session.started', 'page.viewed', 'page.viewed', 'visitor.updated');
    await first.close({ runBeforeUnload: true });
    await reported('session.started', 'page.viewed', 'page.viewed', 'visitor.updated', 'visitor.left');
  });

  it('begins a new session once the page says who the visitor is', async () => {
    const page = await open();
    await reported('session.started', 'page.viewed');
    await page.evaluate(`baton('identify', 'ann')`);
    await click(page, 'Leave the e-mail');
    await reported('session.started', 'page.viewed', 'session.started', 'visitor.updated');
    const events = await site.events();
    expect(events.map(({ data }) => data.visitorId === 'site:ann')).toEqual([false, false, true, true]);
    expect(events[1]!.data.sessionId).not.toBe(events[2]!.data.sessionId);
    await eventually(async () => {
      await site.track('ann', 1);
      expect(await heard(page)).not.toEqual([]);
    });
    await page.goto(address({}, '/pricing'));
    await eventually(async () => expect((await site.events()).at(-1)!.data).toMatchObject({ visitorId: 'site:ann' }));
  });

  it('begins a new session after an hour of idleness, and says nothing of a visitor who only closes such a page', async () => {
    const page = await open();
    await reported('session.started', 'page.viewed');
    const idle = `const s = JSON.parse(localStorage['baton.session']); s.active -= 3600001; localStorage['baton.session'] = JSON.stringify(s)`;
    await page.evaluate(idle);
    await click(page, 'Leave the e-mail');
    await reported('session.started', 'page.viewed', 'session.started', 'visitor.updated');
    await page.evaluate(idle);
    const beacons: string[] = [];
    page.on('request', request => beacons.push(request.url()));
    await page.close({ runBeforeUnload: true });
    expect(beacons.filter(url => url.includes('/v1/relay'))).toEqual([]);
  });

  it('does nothing where it has no key, and throws nothing into the page where the hub is away', async () => {
    const bare = createServer((request, response) => {
      const script = request.url === '/keyless' ? '' : ` data-key="${site.key}" data-relay`;
      response
        .setHeader('content-type', 'text/html')
        .end(`<!doctype html><title>Bare</title><script src="${line.url}/baton.js"${script}></script>`);
    });
    bare.listen(0, '127.0.0.1');
    await once(bare, 'listening');
    const url = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`;
    const asked: string[] = [];
    const page = await context.newPage();
    page.on('request', request => asked.push(new URL(request.url()).pathname));
    page.on('pageerror', error => troubles.push(error.message));
    await page.goto(`${url}/keyless`);
    expect(await page.evaluate('typeof window.baton')).toBe('undefined');
    expect(await page.evaluate('localStorage.length')).toBe(0);
    await page.goto(`${url}/`);
    await eventually(() => expect(asked).toContain('/v1/relay'));
    // Nobody handles events on this page: nothing listens.
    expect(asked.filter(path => path === '/v1/listen')).toEqual([]);
    line.cut();
    await page.evaluate(`baton('handleEvents', () => {}); baton('page')`);
    await eventually(() => expect(asked.filter(path => path.startsWith('/v1/')).length).toBeGreaterThan(2));
    // This origin stands in no key: the hub refuses, and the page does not notice.
    line.mend();
    await page.goto(`${url}/`);
    await page.evaluate(`baton('handleEvents', () => {})`);
    await eventually(() => expect(asked).toContain('/v1/listen'));
    expect(troubles).toEqual([]);
    expect(await site.events()).toEqual([]);
    bare.closeAllConnections();
    bare.close();
    await once(bare, 'close');
  });
});

describe('/baton.js', () => {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it('is kept by browsers and proxies, asked for anew by its tag, and may be loaded by every site', async () => {
    const first = await fetch(`${site.hub.url}/baton.js`);
    expect(first.status).toBe(200);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': expect.stringMatching(/^public, max-age=\d+, stale-while-revalidate=\d+$/),
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(await first.text()).toContain('handleEvents');
    const etag = first.headers.get('etag')!;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await fetch(`${site.hub.url}/baton.js`, { headers: { 'if-none-match': known } });
      expect([known, again.status, await again.text()]).toEqual([known, 304, '']);
    }
    const changed = await fetch(`${site.hub.url}/baton.js`, { headers: { 'if-none-match': '"other"' } });
    expect(changed.status).toBe(200);
    await changed.text();
  });
});
