import { randomBytes } from 'node:crypto';
import { databaseKinds, type TestDatabase, testDatabase } from '../../test/support/databases.ts';
import { type FakeVendor, fakeVendor, invalidGrant, keyConnector } from '../../test/support/fake-vendor.ts';
import type { Database } from '../db/database.ts';
import type { ConnectionRow } from '../db/entities.ts';
import { type Connector, Secret, StepError } from '../sdk/index.ts';
import { ConnectionStore } from './store.ts';
import { Tokens } from './tokens.ts';
import { createVault } from './vault.ts';

const vault = createVault([randomBytes(32)]);
const hour = 3_600_000;

describe.each(databaseKinds)('live credentials on %s', kind => {
  let storage: TestDatabase;
  let vendor: FakeVendor;
  let time: number;
  let woken: string[];
  const clock = { now: () => time };

  beforeAll(async () => {
    storage = await testDatabase(kind);
  });
  afterAll(() => storage.drop());
  beforeEach(async () => {
    time = Date.parse('2026-11-23T09:00:00Z');
    vendor = fakeVendor(clock.now);
    woken = [];
    await storage.database.write(({ query }) => query('DELETE FROM connections'));
  });

  /** A process's token service. `sleep` stands for the waiting of those who find the lease taken. */
  function service(
    options: {
      database?: Database;
      sleep?(ms: number): Promise<void>;
      deadline?(): AbortSignal;
      connector?: Connector;
    } = {},
  ) {
    const database = options.database ?? storage.database;
    const { connector = vendor.connector } = options;
    const onActive = async (row: ConnectionRow) => void woken.push(row.id);
    const store = new ConnectionStore({ database, vault, clock, onActive });
    const tokens = new Tokens({
      database, vault, clock, onActive, store,
      find: id => (id === connector.id ? { connector, settings: {} } : undefined),
      sleep: options.sleep ?? (() => new Promise(setImmediate)),
      deadline: options.deadline ?? (() => new AbortController().signal),
    }); // biome-ignore format: one line of what is shared
    return { store, tokens };
  }

  async function connected(store: ConnectionStore, grant?: { expiresAt?: number }): Promise<ConnectionRow> {
    const auth = vendor.connector.auth;
    if (auth.kind !== 'oauth2') throw new Error('not OAuth');
    const signal = new AbortController().signal;
    const first = await auth.exchange({ settings: {}, options: {}, signal, code: 'c', redirectUri: '', query: {} });
    vendor.calls.length = 0;
    return store.connect({
      workspaceId: 'w', connector: vendor.connector.id, account: vendor.account, options: {},
      credential: { grant: { ...first, ...grant } },
    }); // biome-ignore format: one line
  }

  const refreshes = () => vendor.calls.filter(call => call.startsWith('refresh'));
  const change = (sql: string) => storage.database.write(({ query }) => query(`UPDATE connections SET ${sql}`));

  it('hands out the stored credential without a call while it lasts', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    const fresh = await tokens.fresh(row);
    expect(fresh.grant.accessToken.reveal()).toBe('access-token-1-9f2c');
    expect(fresh.grant).toMatchObject({ expiresAt: time + hour, instanceUrl: 'https://acme.example' });
    expect(fresh.version).toBe(1);
    expect(vendor.calls).toEqual([]);
  });

  it.each([
    ['has ended', 1],
    ['ends within a minute', -59_000],
  ])('renews a credential that %s, and keeps the rotated refresh token', async (_how, past) => {
    const { store, tokens } = service();
    const row = await connected(store);
    time += hour + past;
    expect((await tokens.fresh(row)).grant.accessToken.reveal()).toBe('access-token-2-9f2c');
    time += hour;
    expect((await tokens.fresh(row)).grant.accessToken.reveal()).toBe('access-token-3-9f2c');
    expect(refreshes()).toEqual(['refresh refresh-token-1-7b1e', 'refresh refresh-token-2-7b1e']);
  });

  it('renews once for twenty callers at once', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    time += hour;
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.fresh(row)));
    expect(new Set(all.map(fresh => fresh.grant.accessToken.reveal()))).toEqual(new Set(['access-token-2-9f2c']));
    expect(refreshes()).toHaveLength(1);
  });

  it('renews once for all whose call was refused with the same version, and not for one who comes late', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    const all = await Promise.all(Array.from({ length: 5 }, () => tokens.fresh(row, { notVersion: 1 })));
    const late = await tokens.fresh(row, { notVersion: 1 });
    expect([...all, late].map(fresh => fresh.version)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(refreshes()).toHaveLength(1);
  });

  it('keeps the old refresh token where the vendor sends none', async () => {
    const auth = vendor.connector.auth;
    if (auth.kind !== 'oauth2') throw new Error('not OAuth');
    const seen: string[] = [];
    const connector: Connector = {
      ...vendor.connector,
      auth: {
        ...auth,
        async refresh({ grant }) {
          seen.push(grant.refreshToken!.reveal());
          return { accessToken: new Secret(`again-${seen.length}`), expiresAt: time + hour };
        },
      },
    };
    const { store, tokens } = service({ connector });
    const row = await connected(store);
    await tokens.fresh(row, { notVersion: 1 });
    await tokens.fresh(row, { notVersion: 2 });
    expect(seen).toEqual(['refresh-token-1-7b1e', 'refresh-token-1-7b1e']);
  });

  it('believes that a grant is dead, says so with the vendor’s words, and asks no more', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    vendor.faults.push(invalidGrant());
    time += hour;
    for (const _try of [1, 2]) {
      await expect(tokens.fresh(row)).rejects.toMatchObject({
        kind: 'unauthorized',
        message: 'Acme must be connected again: The vendor said: invalid_grant (expired access/refresh token).',
      });
    }
    expect(refreshes()).toHaveLength(1);
    expect(await store.get(row)).toMatchObject({ status: 'needs_reconnect', refreshToken: null, refreshUntil: null });
  });

  it('does not believe it where a newer credential was saved meanwhile', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    vendor.pause = async () => {
      vendor.pause = async () => undefined;
      await connected(store);
      vendor.faults.push(invalidGrant());
    };
    const fresh = await tokens.fresh(row, { notVersion: 1 });
    expect(fresh.version).toBe(2);
    expect(fresh.grant.accessToken.reveal()).toBe('access-token-2-9f2c');
    expect(await store.get(row)).toMatchObject({ status: 'active' });
  });

  it('cools down after an outage, longer each time, and then goes on with the same grant', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    time += hour;
    vendor.faults.push(new StepError('transient', 'HTTP 503.'), new TypeError('x is not a function'));
    await expect(tokens.fresh(row)).rejects.toMatchObject({ kind: 'throttled', details: { retryAfterMs: 30_000 } });
    await expect(tokens.fresh(row)).rejects.toThrow(
      /Acme could not be renewed: HTTP 503. It is tried again at 2026-11-23T10:00:30/,
    );
    expect(refreshes()).toHaveLength(1);
    time += 30_000;
    await expect(tokens.fresh(row)).rejects.toMatchObject({ kind: 'throttled', details: { retryAfterMs: 60_000 } });
    time += 60_000;
    expect((await tokens.fresh(row)).version).toBe(2);
    expect(await store.get(row)).toMatchObject({
      status: 'active',
      reason: null,
      cooldownUntil: null,
      refreshFailures: 0,
    });
  });

  it('waits as long as the vendor asks', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    vendor.faults.push(new StepError('throttled', 'HTTP 429.', { retryAfterMs: 120_000 }));
    await expect(tokens.fresh(row, { notVersion: 1 })).rejects.toMatchObject({ details: { retryAfterMs: 120_000 } });
  });

  it('uses up a credential that is about to end while the vendor’s sign-in does not work', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    time += hour - 20_000;
    vendor.faults.push(new StepError('transient', 'HTTP 503.'));
    expect((await tokens.fresh(row)).version).toBe(1);
    expect((await tokens.fresh(row)).version).toBe(1);
    expect(refreshes()).toHaveLength(1);
    time += 20_000;
    await expect(tokens.fresh(row)).rejects.toMatchObject({ kind: 'throttled', details: { retryAfterMs: 10_000 } });
  });

  it('gives up on a vendor that does not answer, and still saves the tokens that come late', async () => {
    const timeout = new AbortController();
    const { store, tokens } = service({ deadline: () => timeout.signal });
    const row = await connected(store);
    const late = Promise.withResolvers<void>();
    vendor.pause = () => {
      timeout.abort();
      return late.promise;
    };
    await expect(tokens.fresh(row, { notVersion: 1 })).rejects.toMatchObject({ kind: 'throttled' });
    late.resolve();
    let stored = await store.get(row);
    while (stored?.version === 1) stored = await store.get(row);
    expect(stored).toMatchObject({ version: 2, cooldownUntil: null });
    expect((await tokens.fresh(row)).grant.accessToken.reveal()).toBe('access-token-2-9f2c');
  });

  it('says that an earlier refresh was cut short where the vendor then refuses the token', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    // A process took the lease, the vendor rotated the token, and the process died before it could save.
    vendor.faults.push('lost');
    await service()
      .tokens.fresh(row, { notVersion: 1 })
      .catch(() => undefined);
    await change("refresh_token = 'dead', refresh_until = 1, cooldown_until = NULL");
    await expect(tokens.fresh(row, { notVersion: 1 })).rejects.toThrow(
      /invalid_grant.*An earlier refresh was cut short/,
    );
  });

  it('revives a connection that was held for dead while its own refresh had gone through', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    woken = [];
    vendor.pause = async () =>
      void (await change("status = 'needs_reconnect', reason = 'refused', refresh_token = NULL"));
    expect((await tokens.fresh(row, { notVersion: 1 })).version).toBe(2);
    expect(await store.get(row)).toMatchObject({ status: 'active', reason: null });
    expect(woken).toEqual([row.id]);
  });

  it('saves nothing into a connection that was disconnected during the refresh', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    vendor.pause = () => store.forget(row, 'Disconnected.');
    await expect(tokens.fresh(row, { notVersion: 1 })).rejects.toMatchObject({
      kind: 'unauthorized',
      message: 'Disconnected.',
    });
    expect(await store.get(row)).toMatchObject({ status: 'disconnected', sealed: null });
  });

  it('needs a person where a credential that cannot be renewed is refused', async () => {
    const { store, tokens } = service();
    const auth = vendor.connector.auth;
    if (auth.kind !== 'oauth2') throw new Error('not OAuth');
    const { refresh: _none, ...rest } = auth;
    const steady = service({ connector: { ...vendor.connector, auth: rest } });
    const row = await connected(store);
    time += hour - 1000;
    expect((await steady.tokens.fresh(row)).version).toBe(1);
    await expect(steady.tokens.fresh(row, { notVersion: 1 })).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(await store.get(row)).toMatchObject({ status: 'needs_reconnect' });
    await expect(tokens.fresh(row)).rejects.toThrow(/Acme must be connected again/);
  });

  it('marks a connection whose freshly renewed credential is refused, but not one that has changed since', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    await tokens.refuse(row, 0, 'old news');
    expect((await store.get(row))?.status).toBe('active');
    await tokens.refuse(row, 1, 'The vendor refuses new tokens, too.');
    await expect(tokens.fresh(row)).rejects.toThrow(/must be connected again: The vendor refuses new tokens, too./);
  });

  it('does not reach into another workspace', async () => {
    const { store, tokens } = service();
    const row = await connected(store);
    await expect(tokens.fresh({ id: row.id, workspaceId: 'other' })).rejects.toThrow(/does not exist/);
  });

  it.each([
    ['exchanges typed values again', true, 'made-of-s3cret-value-2'],
    ['needs a person for typed values that are exchanged for nothing', false, undefined],
  ])('%s when they are refused', async (_what, exchanges, renewed) => {
    const { connector, asked } = keyConnector(exchanges, clock.now);
    const { store, tokens } = service({ connector });
    const values = { measurementId: 'G-1', apiSecret: 's3cret-value' };
    asked.push('when it was connected');
    const row = await store.connect({
      workspaceId: 'w', connector: 'keyed', account: { id: 'p', name: 'P' }, options: {},
      credential: { grant: { accessToken: new Secret('first') }, values },
    }); // biome-ignore format: one line
    const answer = await tokens.fresh(row, { notVersion: 1 }).then(
      fresh => fresh.grant.accessToken.reveal(),
      (error: StepError) => error.kind,
    );
    expect(answer).toBe(renewed ?? 'unauthorized');
  });

  if (kind === 'sqlite') {
    it('ends the lease of a dead process at the start', async () => {
      const { store, tokens } = service();
      const row = await connected(store);
      await change(`refresh_token = 'dead', refresh_until = ${time + hour}`);
      await tokens.start();
      expect((await tokens.fresh(row, { notVersion: 1 })).version).toBe(2);
    });
  } else {
    it('renews once for two processes on one database', async () => {
      const here = service();
      const row = await connected(here.store);
      const there = service({ database: await storage.another() });
      time += hour;
      const all = await Promise.all([here, there, here, there].map(({ tokens }) => tokens.fresh(row)));
      expect(all.map(fresh => fresh.version)).toEqual([2, 2, 2, 2]);
      expect(refreshes()).toHaveLength(1);
    });

    it('waits for the lease of another process, and goes on when it lapses', async () => {
      const waits: number[] = [];
      const { store, tokens } = service({
        async sleep(ms) {
          waits.push(ms);
          if (waits.length === 3) await change('refresh_until = 1');
        },
      });
      const row = await connected(store);
      await change(`refresh_token = 'somebody', refresh_until = ${4_000_000_000_000}`);
      expect((await tokens.fresh(row, { notVersion: 1 })).version).toBe(2);
      expect(waits).toEqual([50, 100, 200]);
      expect(refreshes()).toHaveLength(1);
    });

    it('does not condemn a connection whose lease another process has taken over', async () => {
      const { store, tokens } = service();
      const row = await connected(store);
      vendor.faults.push(invalidGrant());
      vendor.pause = async () => {
        vendor.pause = async () => undefined;
        await change("refresh_token = 'somebody', refresh_until = 1");
      };
      expect((await tokens.fresh(row, { notVersion: 1 })).version).toBe(2);
    });
  }
});
