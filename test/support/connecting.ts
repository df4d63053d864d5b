import { randomBytes } from 'node:crypto';
import { OAuthFlow } from '../../src/connections/oauth.ts';
import { ConnectionStore } from '../../src/connections/store.ts';
import { Tokens } from '../../src/connections/tokens.ts';
import { createVault } from '../../src/connections/vault.ts';
import { entities } from '../../src/db/entities.ts';
import { connectRoutes } from '../../src/http/routes/connect.ts';
import { connectionRoutes } from '../../src/http/routes/connections.ts';
import { type FakeVendor, fakeVendor, keyConnector } from './fake-vendor.ts';
import { startHub, type TestHub } from './http.ts';

export type Answer = Awaited<ReturnType<TestHub['send']>>;
export type ShownConnection = { id: string; status: string; reason: string | null; user: string | null };

/** A browser that our redirect has sent to the vendor: the state and the cookie that it will come back with. */
export type Browser = { state: string; cookie: string; vendorUrl: URL };

export const browserOf = (redirect: Answer): Browser => {
  const vendorUrl = new URL(redirect.headers.get('location')!);
  const [cookie] = redirect.headers.getSetCookie();
  return { state: vendorUrl.searchParams.get('state')!, cookie: cookie!.split(';')[0]!, vendorUrl };
};

export type ConnectingHub = TestHub & {
  vendor: FakeVendor;
  /** Those of the connector `fake`, to be changed. */
  settings: Record<string, string | undefined>;
  /** An admin's browser is sent to the vendor. */
  begin(address?: string): Promise<Browser>;
  /** The vendor sends a browser back to us. */
  comeBack(
    browser: Pick<Browser, 'state' | 'cookie'>,
    query?: Record<string, string>,
    connector?: string,
  ): Promise<Answer>;
  connections(): Promise<ShownConnection[]>;
  /** The whole flow. */
  connect(): Promise<ShownConnection>;
  /** Looks for tokens (and `more`) in every column of every table, every log line and the given answers. */
  placesOfSecrets(answers: Answer[], more?: string[]): Promise<string[]>;
};

/** The HTTP side with connections to two connectors: `fake` (OAuth) and `keyed` (typed values). */
export async function startConnectingHub(publicUrl = 'http://hub.example'): Promise<ConnectingHub> {
  const vault = createVault([randomBytes(32)]);
  const settings: ConnectingHub['settings'] = { FAKE_CLIENT_ID: 'client' };
  const time = { now: () => 0 };
  const vendor = fakeVendor(() => time.now());
  const installed = [
    { connector: vendor.connector, settings },
    { connector: keyConnector(false, () => time.now()).connector, settings: {} },
  ];
  const find = (id: string) => installed.find(({ connector }) => connector.id === id);
  const hub = await startHub(({ database, clock, log }) => {
    time.now = () => clock.now();
    const store = new ConnectionStore({ database, vault, clock });
    const tokens = new Tokens({ database, vault, clock, store, find, sleep: () => new Promise(setImmediate) });
    const flow = new OAuthFlow({ database, vault, clock, store, find, publicUrl });
    const services = { database, clock, log, store, tokens, flow, find, publicUrl };
    return { routes: [...connectionRoutes(services), ...connectRoutes(services)] };
  });
  const begin: ConnectingHub['begin'] = async (address = '/v1/connect/fake') =>
    browserOf(await hub.send('GET', address));
  const comeBack: ConnectingHub['comeBack'] = ({ state, cookie }, query = { code: 'code-1' }, connector = 'fake') => {
    const headers = { cookie, authorization: '' };
    return hub.send('GET', `/v1/oauth/${connector}/callback?${new URLSearchParams({ state, ...query })}`, { headers });
  };
  const connections = async () => ((await hub.send('GET', '/v1/connections')).body as { data: ShownConnection[] }).data;
  return {
    ...hub,
    vendor,
    settings,
    begin,
    comeBack,
    connections,
    async connect() {
      await comeBack(await begin());
      return (await connections())[0]!;
    },
    async placesOfSecrets(answers, more = []) {
      const tables = entities.map(entity => entity.options.tableName!);
      const rows = await Promise.all(tables.map(table => hub.database.read(`SELECT * FROM ${table}`)));
      const places = [...rows.flat(), ...hub.logged, ...answers.map(({ body, headers }) => [body, [...headers]])].map(
        place => JSON.stringify(place),
      );
      const secrets = [...vendor.secrets, ...more].flatMap(secret => [
        secret,
        Buffer.from(secret).toString('base64url'),
      ]);
      return places.filter(place => secrets.some(secret => place.includes(secret)));
    },
  };
}
