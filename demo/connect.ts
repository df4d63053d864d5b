import * as z from 'zod';
import type { HubClient } from './hub-client.ts';

const MOST_REDIRECTS = 10;
const link = z.object({ url: z.string() });
const connection = z.object({
  connector: z.string(),
  user: z.string().nullable(),
  status: z.string(),
  account: z.object({ name: z.string(), user: z.string().optional() }).nullable(),
});

/** An account that was connected: whose it is, and the consent page that the browser was sent to. */
export type Connected = { connector: string; account: string; consentPage: string };

/**
 * Connects an account as a person does: makes a link, opens it, is sent to the vendor's consent page (which allows by itself)
 * and back to the hub, with cookies kept on the way.
 * @param how `user`: the e-mail of the rep whose personal connection it is, absent for the workspace's own; `options`: what the admin chooses
 * @throws Error saying where the way ended and what stood there
 */
export async function connect(
  hub: HubClient,
  connector: string,
  signal: AbortSignal,
  { user, options }: { user?: string; options?: Record<string, string> } = {},
): Promise<Connected> {
  const { url } = await hub.post('/v1/connect-links', { connector, user, options }, link);
  const { visited, status, page } = await browse(url, signal);
  const end = visited.at(-1)!;
  if (status !== 200 || end.origin !== new URL(hub.url).origin || !page.includes('is connected'))
    throw new Error(
      `${connector} was not connected: the browser ended at ${end.origin}${end.pathname} (${status}), which says “${textOf(page)}”`,
    );
  const connections = await hub.list('/v1/connections', connection);
  const made = connections.find(
    one => one.connector === connector && one.user === (user ?? null) && one.status === 'active',
  );
  if (!made?.account) throw new Error(`${connector} was not connected: /v1/connections does not show it as active`);
  const consent = visited.find(({ origin }) => origin !== end.origin) ?? end;
  const { name, user: signedInAs } = made.account;
  return {
    connector,
    account: signedInAs ? `${name}, as ${signedInAs}` : name,
    consentPage: `${consent.origin}${consent.pathname}`,
  };
}

/** Connects an account by values that an admin types in. @returns whose it is */
export async function connectByValues(
  hub: HubClient,
  connector: string,
  values: Record<string, unknown>,
): Promise<string> {
  const made = await hub.post('/v1/connections', { connector, values }, connection);
  return made.account?.name ?? connector;
}

/** Follows redirects by hand, as a browser does: each host gets back the cookies that it set, and no others. */
async function browse(start: string, signal: AbortSignal) {
  const cookies = new Map<string, Map<string, string>>();
  const visited = [new URL(start)];
  for (;;) {
    const here = visited.at(-1)!;
    const own = cookies.get(here.origin) ?? new Map<string, string>();
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(here, { redirect: 'manual', signal, headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      own.set(name, value);
    }
    cookies.set(here.origin, own);
    const page = await response.text();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || !location || visited.length > MOST_REDIRECTS)
      return { visited, status: response.status, page };
    visited.push(new URL(location, here));
  }
}

/** What a person would read on a page. */
const textOf = (html: string) =>
  html
    .replace(/<(style|script|title)[\s\S]*?<\/\1>|<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
