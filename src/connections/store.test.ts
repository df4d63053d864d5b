import { randomBytes } from 'node:crypto';
import { databaseKinds, type TestDatabase, testDatabase } from '../../test/support/databases.ts';
import { type ConnectionRow, Keys } from '../db/entities.ts';
import { Secret } from '../sdk/index.ts';
import { checkKeys, rotate } from './rotation.ts';
import { ConnectionStore, type NewConnection, OtherAccountError } from './store.ts';
import { createVault } from './vault.ts';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const vault = createVault([oldKey]);

const fresh = (more: Partial<NewConnection> = {}): NewConnection => ({
  workspaceId: 'w',
  connector: 'crm',
  account: { id: 'org-1', name: 'Acme' },
  options: { environment: 'production' },
  credential: {
    grant: { accessToken: new Secret('access-one'), refreshToken: new Secret('refresh-one'), expiresAt: 5 },
  },
  ...more,
});
const other = { id: 'org-2', name: 'Globex' };

describe.each(databaseKinds)('connections on %s', kind => {
  let storage: TestDatabase;
  let woken: string[];
  let store: ConnectionStore;
  beforeAll(async () => {
    storage = await testDatabase(kind);
  });
  afterAll(() => storage.drop());
  beforeEach(async () => {
    woken = [];
    const onActive = async (row: ConnectionRow) => void woken.push(row.id);
    store = new ConnectionStore({ database: storage.database, vault, clock: { now: () => 1000 }, onActive });
    await storage.database.write(async ({ query }) => {
      await query('DELETE FROM connections');
      await query('DELETE FROM keys');
    });
  });

  it('has migrations that agree with the entities', async () => {
    expect(await storage.database.drift()).toEqual([]);
  });

  it('stores a credential sealed and gives it back whole', async () => {
    const row = await store.connect(fresh());
    const stored = await store.get(row);
    expect(stored).toMatchObject({ status: 'active', version: 1, expiresAt: 5, createdAt: 1000, userEmail: null });
    expect(JSON.stringify(stored)).not.toMatch(/access-one|refresh-one/);
    const { grant } = store.credentialOf(stored!)!;
    expect([grant.accessToken.reveal(), grant.refreshToken?.reveal(), grant.expiresAt]).toEqual([
      'access-one',
      'refresh-one',
      5,
    ]);
  });

  it('keeps the row of an account that is connected again, and wakes what waits for it', async () => {
    const row = await store.connect(fresh());
    await storage.database.write(({ query }) =>
      query(
        "UPDATE connections SET status = 'needs_reconnect', reason = 'revoked', paused_until = 9, cooldown_until = 9",
      ),
    );
    const again = await store.connect(fresh({ credential: { grant: { accessToken: new Secret('access-two') } } }));
    expect(again.id).toBe(row.id);
    expect(await store.get(row)).toMatchObject({
      status: 'active', reason: null, version: 2, pausedUntil: 9, cooldownUntil: null, expiresAt: null,
    }); // biome-ignore format: one line
    expect(woken).toEqual([row.id, row.id]);
  });

  it('asks to disconnect first where another account is to be connected, also while the first needs reconnecting', async () => {
    const row = await store.connect(fresh());
    await expect(store.connect(fresh({ account: other }))).rejects.toThrow(OtherAccountError);
    await storage.database.write(({ query }) => query("UPDATE connections SET status = 'needs_reconnect'"));
    await expect(store.connect(fresh({ account: other }))).rejects.toThrow(
      /Acme is connected already. Disconnect it first/,
    );
    await store.forget(row, 'Disconnected by an admin.');
    const second = await store.connect(fresh({ account: other }));
    expect(second.id).not.toBe(row.id);
    expect(await store.get(row)).toMatchObject({
      status: 'disconnected',
      sealed: null,
      reason: 'Disconnected by an admin.',
    });
  });

  it('makes one row where two browsers finish at once', async () => {
    const results = await Promise.allSettled([
      store.connect(fresh()),
      store.connect(fresh()),
      store.connect(fresh({ account: other })),
    ]);
    const rows = await store.list('w', { limit: 10 });
    expect(rows).toHaveLength(1);
    const made = results.flatMap(result => (result.status === 'fulfilled' ? [result.value.id] : []));
    expect(new Set(made)).toEqual(new Set([rows[0]!.id]));
    expect(made).toHaveLength((rows[0]!.account as { id: string }).id === 'org-1' ? 2 : 1);
  });

  it('undoes all where what belongs to the same transaction fails', async () => {
    await expect(store.connect(fresh(), () => Promise.reject(new Error('the link was used')))).rejects.toThrow(
      'the link was used',
    );
    expect(await store.list('w', { limit: 10 })).toEqual([]);
  });

  it('keeps the shared connection, those of reps, and those of other workspaces apart', async () => {
    const shared = await store.connect(fresh());
    const rep = await store.connect(fresh({ userEmail: ' Ada@Acme.example ' }));
    const elsewhere = await store.connect(fresh({ workspaceId: 'other', account: other }));
    expect(new Set([shared.id, rep.id, elsewhere.id]).size).toBe(3);
    expect((await store.current('w', 'crm'))?.id).toBe(shared.id);
    expect((await store.current('w', 'crm', 'ADA@acme.example'))?.id).toBe(rep.id);
    expect(await store.current('w', 'crm', 'bob@acme.example')).toBeUndefined();
    expect(await store.get({ id: shared.id, workspaceId: 'other' })).toBeNull();
    await store.forget({ id: shared.id, workspaceId: 'other' }, 'not theirs');
    expect((await store.get(shared))?.status).toBe('active');
    await store.forget(shared, 'gone');
    expect(await store.current('w', 'crm')).toBeUndefined();
  });

  it('lists in pages', async () => {
    const ids: string[] = [];
    for (const connector of ['a', 'b', 'c']) ids.push((await store.connect(fresh({ connector }))).id);
    const first = await store.list('w', { limit: 2 });
    const rest = await store.list('w', { limit: 2, after: first[1]!.id });
    expect([first, rest].map(rows => rows.map(row => row.id))).toEqual([ids.slice(0, 2), ids.slice(2)]);
  });

  it('tells at the start which keys are missing, and for how many secrets', async () => {
    await store.connect(fresh());
    await store.connect(fresh({ connector: 'chat' }));
    await expect(checkKeys(storage.database, vault)).resolves.toBeUndefined();
    await expect(checkKeys(storage.database, createVault([newKey]))).rejects.toThrow(
      new RegExp(`lacks keys that are in use: ${vault.keyIds[0]} \\(2 stored secrets\\)`),
    );
  });

  it('seals everything under a new first key, after which the old one can go', async () => {
    const row = await store.connect(fresh());
    const key = { id: 'key-1', workspaceId: 'w', kind: 'signing' as const, name: 'n', hash: 'h', hint: 'x', anyAge: 0 };
    const times = { createdAt: 1, lastUsedAt: null, revokedAt: null };
    await storage.database.write(({ manager }) =>
      manager.insert(Keys, { ...key, ...times, sealed: vault.seal('signing-secret', 'key-1') }),
    );
    const both = createVault([newKey, oldKey]);
    expect(await rotate(storage.database, both)).toBe(2);
    expect(await rotate(storage.database, both)).toBe(0);
    const alone = createVault([newKey]);
    await checkKeys(storage.database, alone);
    const after = new ConnectionStore({ database: storage.database, vault: alone, clock: { now: () => 1000 } });
    const stored = (await after.get(row))!;
    expect(after.credentialOf(stored)?.grant.accessToken.reveal()).toBe('access-one');
    expect(stored.version).toBe(1);
    const signing = await storage.database.reader.findOneByOrFail(Keys, { id: 'key-1' });
    expect(alone.open(signing.sealed!, 'key-1')).toBe('signing-secret');
  });
});
