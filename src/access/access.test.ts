import { NOW, startHub, type TestHub } from '../../test/support/http.ts';
import { Keys, VisitorFields, Workspaces } from '../db/entities.ts';
import { expiring } from './expiring.ts';
import { DEFAULT_WORKSPACE, ensureAdminKey, ensureDefaultWorkspace } from './workspaces.ts';

describe('the first start', () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await startHub();
  });
  afterEach(() => hub.close());

  it('makes the default workspace once, and leaves it alone afterwards', async () => {
    await hub.database.write(({ manager }) => manager.delete(VisitorFields, { name: 'notes' }));
    await Promise.all([1, 2, 3].map(() => ensureDefaultWorkspace(hub.database, hub.clock)));
    expect(await hub.database.reader.find(Workspaces)).toMatchObject([{ id: 'default', createdAt: NOW }]);
    expect(await hub.database.reader.countBy(VisitorFields, { workspaceId: 'default' })).toBe(10);
  });

  it('makes an admin key where there is no other way in', async () => {
    expect(await ensureAdminKey(hub.database, hub.keys, 'fixed')).toBeUndefined();
    const token = await ensureAdminKey(hub.database, hub.keys, undefined);
    expect(await hub.keys.find(token!)).toMatchObject({ kind: 'admin', workspaceId: DEFAULT_WORKSPACE });
    expect(await ensureAdminKey(hub.database, hub.keys, undefined)).toBeUndefined();
    const [key] = await hub.keys.list(DEFAULT_WORKSPACE);
    await hub.keys.revoke(DEFAULT_WORKSPACE, key!.id);
    expect(await ensureAdminKey(hub.database, hub.keys, undefined)).toMatch(/^baton_admin_/);
  });

  it('notes when a key was last used', async () => {
    const { key, token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'ingest', name: 'site' });
    await hub.keys.find(token);
    // Writes are done in order: once this one is, so is the note.
    await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'ingest', name: 'next' });
    expect(await hub.database.reader.findOneBy(Keys, { id: key.id })).toMatchObject({ lastUsedAt: NOW });
  });

  it('forgets within seconds a key that another process has revoked', async () => {
    const { key, token } = await hub.keys.create(DEFAULT_WORKSPACE, { kind: 'ingest', name: 'site' });
    expect(await hub.keys.find(token)).toBeDefined();
    await hub.database.write(({ manager }) => manager.update(Keys, { id: key.id }, { revokedAt: NOW }));
    hub.clock.time += 5001;
    expect(await hub.keys.find(token)).toBeUndefined();
  });
});

describe('answers kept for a while', () => {
  it('are shared by those who ask at once, looked up again later, and not kept where the look-up failed', async () => {
    const clock = { time: 0, now: () => clock.time };
    const kept = expiring<number>(clock, 1000);
    let loads = 0;
    const load = async () => ++loads;
    expect(await Promise.all([kept.get('a', load), kept.get('a', load)])).toEqual([1, 1]);
    clock.time = 999;
    expect(await kept.get('a', load)).toBe(1);
    clock.time = 1000;
    expect(await kept.get('a', load)).toBe(2);
    await expect(kept.get('b', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await kept.get('b', load)).toBe(3);
    kept.clear();
    expect(await kept.get('a', load)).toBe(4);
  });
});
