import { loadConnectors } from '../../src/connectors.ts';
import { findSandboxes } from '../../src/sandbox/find.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { MORNING, startHub, type TestHub } from './hub.ts';

export type Corridor = { hub: TestHub; sandbox: Sandbox; close(): Promise<void> };

/** A hub with all connectors, pointed at a sandbox of all vendors; the two share the hub's clock. */
export async function startCorridor(): Promise<Corridor> {
  let now = () => MORNING;
  const sandbox = await startSandbox({ vendors: await findSandboxes(), consent: 'auto', now: () => now() });
  const hub = await startHub(await loadConnectors(), { config: { environment: sandbox.settings() } });
  now = () => hub.clock.now();
  return {
    hub,
    sandbox,
    async close() {
      await hub.close();
      await sandbox.close();
    },
  };
}

/** Connects an account as an admin does: a single-use link, the vendor's consent page, and back. @returns the page shown at the end */
export async function connect(
  { hub }: Pick<Corridor, 'hub'>,
  connector: string,
  options: Record<string, string> = {},
): Promise<{ status: number; page: string }> {
  const link = (await hub.api('POST', '/v1/connect-links', { connector, options })) as {
    status: number;
    body: { url: string };
  };
  expect(link.status).toBe(201);
  const cookies = new Map<string, string>();
  let next = atHub(hub, link.body.url);
  for (let hop = 0; hop < 10; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, {
      redirect: 'manual',
      headers: cookie && next.startsWith(hub.url) ? { cookie } : {},
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    if (!location) return { status: response.status, page: await response.text() };
    next = atHub(hub, new URL(location, next).href);
  }
  throw new Error('The consent flow does not come to an end.');
}

/** The hub of a test listens on a free port that its PUBLIC_URL could not know. */
const atHub = (hub: TestHub, address: string) => address.replace('http://127.0.0.1:3000', hub.url);
