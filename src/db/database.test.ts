import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { databaseKinds, type TestDatabase, testDatabase } from '../../test/support/databases.ts';
import { createLog } from '../log.ts';
import { type Database, openDatabase } from './database.ts';
import { Visitors } from './entities.ts';

describe.each(databaseKinds)('Storage on %s', kind => {
  let test: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    test = await testDatabase(kind);
    database = test.database;
  });
  afterEach(() => test.drop());
  const visitor = (id: string) => ({
    workspaceId: 'w',
    id,
    email: null,
    emailStamp: null,
    fields: {},
    createdAt: 1,
    updatedAt: 1,
  });
  const ids = async () =>
    (await database.read<{ id: string }>('SELECT id FROM visitors ORDER BY id')).map(row => row.id);

  it('has migrations that agree with the entities', async () => {
    expect(await database.drift()).toEqual([]);
  });

  it('keeps what succeeded when another write of the same commit fails', async () => {
    const results = await Promise.allSettled([
      database.write(({ manager }) => manager.insert(Visitors, visitor('a'))),
      database.write(async ({ manager }) => {
        await manager.insert(Visitors, visitor('b'));
        throw new Error('refused');
      }),
      database.write(({ manager }) => manager.insert(Visitors, visitor('c'))),
    ]);
    expect(results.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await ids()).toEqual(['a', 'c']);
  });

  it('keeps what succeeded beside a single statement that fails, and says what it failed with', async () => {
    const insert = (id: string) => () =>
      database.change('INSERT INTO people (workspace_id, email, external, updated_at) VALUES ($1, $2, $3, $4)', [
        'w',
        id,
        '{}',
        1,
      ]);
    const refused = () =>
      database.write(async ({ query }) => {
        await query('DELETE FROM people');
        throw new Error('refused');
      });
    await insert('a')();
    const pieces = [insert('b'), refused, insert('a'), insert('c'), refused, insert('d')];
    const results = await Promise.allSettled(pieces.map(piece => piece()));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(String((results[2] as PromiseRejectedResult).reason)).toMatch(/unique/i);
    const kept = await database.read<{ email: string }>('SELECT email FROM people ORDER BY email');
    expect(kept.map(({ email }) => email)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('shows a reader nothing that is not committed', async () => {
    let seen: string[] = ['not read'];
    await database.write(async ({ manager }) => {
      await manager.insert(Visitors, visitor('a'));
      seen = await ids();
    });
    expect(seen).toEqual([]);
    expect(await ids()).toEqual(['a']);
  });

  it('answers the rows of INSERT and UPDATE with RETURNING', async () => {
    const inserted = await database.write(({ query }) =>
      query(
        'INSERT INTO people (workspace_id, email, external, updated_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING email',
        ['w', 'a@b.example', '{}', 5],
      ),
    );
    expect(inserted).toEqual([{ email: 'a@b.example' }]);
    const updated = await database.write(({ query }) =>
      query('UPDATE people SET updated_at = $1 RETURNING updated_at', [6]),
    );
    expect(updated).toEqual([{ updated_at: 6 }]);
    expect(await database.change('UPDATE people SET updated_at = $1 RETURNING updated_at', [7])).toEqual([
      { updated_at: 7 },
    ]);
    expect(await database.change('DELETE FROM people')).toEqual([]);
  });

  it('gives errors whose log line holds no value of the statement', async () => {
    const failed = database.write(({ query }) => query('INSERT INTO nowhere VALUES ($1)', ['ada@acme.example']));
    const error = await failed.catch((reason: unknown) => reason);
    const lines: string[] = [];
    createLog('info', { write: line => void lines.push(line) }).error({ err: error }, 'failed');
    expect(lines.join()).toMatch(/no such table: nowhere|relation \\"nowhere\\" does not exist/);
    expect(lines.join()).not.toContain('ada@acme.example');
  });

  it('calls what waits for the commit once it is there, and not after a rollback', async () => {
    const called: string[] = [];
    await database.write(async ({ afterCommit, manager }) => {
      afterCommit(() => called.push('kept'));
      await manager.insert(Visitors, visitor('a'));
      expect(called).toEqual([]);
    });
    const refused = database.write(async ({ afterCommit }) => {
      afterCommit(() => called.push('lost'));
      throw new Error('refused');
    });
    await expect(refused).rejects.toThrow('refused');
    expect(called).toEqual(['kept']);
  });
});

test('a second process on the same SQLite file is refused and told what to do', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'baton-db-'));
  const database = await openDatabase({ directory });
  await expect(openDatabase({ directory })).rejects.toThrow(/in use by another Baton process.*DATABASE_URL/);
  await database.close();
  await rm(directory, { recursive: true });
});
