import { createRequire } from 'node:module';
import { crc32, deflateRawSync } from 'node:zlib';
import { Connection, OAuth2 } from 'jsforce';
import { Agent } from 'undici';
import type { SandboxVendor } from '../../../src/sdk/testing/sandbox.ts';
import { pressConsent } from '../../../test/support/consent.ts';
import { checkExchanges } from '../../../test/support/contracts.ts';
import salesforce from './index.ts';

const require = createRequire(import.meta.url);
const { setDispatcher } = require('jsforce/lib/request');
const { Transport } = require('jsforce/lib/transport');

/** jsforce repeats GETs and waits half an hour unless its transport is told otherwise. */
class PlainTransport extends Transport {
  httpRequest(request: unknown, options: object = {}) {
    return super.httpRequest(request, { ...options, timeout: 5000, retry: { maxRetries: 0, methods: [] } });
  }
}

export const redirectUri = 'http://127.0.0.1:3000/v1/oauth/salesforce/callback';
const start = Date.parse('2026-11-23T09:00:00Z');

type Host = { exchanges(): object[]; settings(): Record<string, string>; reset(): void; close(): Promise<void> };
type Start<Running> = (options: { vendors: SandboxVendor[]; now(): number }) => Promise<Running>;

/** One sandbox for a test file, emptied before every test, with jsforce as its client. `clock.now` is epoch ms. */
export const useSandbox = <Running extends Host>(startSandbox: Start<Running>) => {
  const clock = { now: start };
  let running: Running;
  const agent = new Agent({ connect: { timeout: 3000 } });
  beforeAll(async () => {
    setDispatcher(agent);
    running = await startSandbox({ vendors: [salesforce], now: () => clock.now });
  });
  afterAll(async () => {
    await agent.close();
    await running.close();
  });
  const seen: object[] = [];
  beforeEach(() => {
    clock.now = start;
    running.reset();
  });
  afterEach(() => {
    seen.push(...running.exchanges());
  });
  /** Call it last in a file: every exchange of its tests is checked against the vendor's contract, at once. */
  const checkContract = () =>
    test('every exchange of these tests keeps to the vendor’s contract', async () => {
      const { passed, output } = await checkExchanges(seen);
      expect(passed ? '' : output).toBe('');
    });
  const app = () => {
    const settings = running.settings();
    const oauth = new OAuth2({
      loginUrl: settings.SALESFORCE_LOGIN_URL,
      clientId: settings.SALESFORCE_CLIENT_ID,
      clientSecret: settings.SALESFORCE_CLIENT_SECRET,
      redirectUri,
      useVerifier: true,
    });
    return Object.assign(oauth, { _transport: new PlainTransport() });
  };
  const grant = async (oauth: OAuth2 = app(), more: Record<string, string> = {}) => {
    const callback = await pressConsent(authorizeUrl(oauth, more), 'allow');
    return oauth.requestToken(callback.searchParams.get('code') ?? '');
  };
  const connect = async (more: Record<string, string> = {}): Promise<Connection> => {
    const oauth2 = app();
    const tokens = await grant(oauth2, more);
    const connection = new Connection({
      oauth2,
      instanceUrl: tokens.instance_url,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      version: '64.0',
    });
    return Object.assign(connection, { _transport: new PlainTransport() });
  };
  return { checkContract, clock, app, grant, connect, sandbox: () => running };
};

export const authorizeUrl = (oauth: OAuth2, more: Record<string, string> = {}): string => {
  const parameters = { scope: 'api refresh_token id', state: 'state-1', code_challenge_method: 'S256', ...more };
  return oauth.getAuthorizationUrl(parameters);
};

/** What an attempt was refused with; an accepted one is an error. */
export const errorOf = async (
  attempt: PromiseLike<unknown>,
): Promise<{ name: string; errorCode?: string; message: string }> =>
  attempt.then(
    () => {
      throw new Error('it was accepted');
    },
    error => error,
  );

/** The id of the first record that a query gives. */
export const idOf = async (connection: Connection, soql: string): Promise<string> => {
  const { records } = await connection.query(soql);
  return String(records[0]?.Id);
};

const uint = (bytes: 2 | 4, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
};

/** A zip archive of these texts, packed, by their paths; an empty text is left out (PKWARE APPNOTE 6.3). */
export const zipOf = (texts: Record<string, string>): Buffer => {
  const files: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(texts).filter(([, content]) => content !== '')) {
    const packed = deflateRawSync(text);
    const sizes = [packed.length, Buffer.byteLength(text)].map(size => uint(4, size));
    const shared = [20, 0, 8, 0, 0x21].map(value => uint(2, value));
    const common = [...shared, uint(4, crc32(text)), ...sizes, uint(2, name.length), uint(2, 0)];
    const file = Buffer.concat([uint(4, 0x04034b50), ...common, Buffer.from(name), packed]);
    const tail = [uint(2, 0), uint(2, 0), uint(2, 0), uint(4, 0), uint(4, offset), Buffer.from(name)];
    entries.push(Buffer.concat([uint(4, 0x02014b50), uint(2, 20), ...common, ...tail]));
    files.push(file);
    offset += file.length;
  }
  const directory = Buffer.concat(entries);
  const counts = [0, 0, entries.length, entries.length].map(value => uint(2, value));
  const end = [uint(4, 0x06054b50), ...counts, uint(4, directory.length), uint(4, offset), uint(2, 0)];
  return Buffer.concat([...files, directory, ...end]);
};
