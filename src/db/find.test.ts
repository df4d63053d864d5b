import { databaseKinds, type TestDatabase, testDatabase } from '../../test/support/databases.ts';
import { Visitors } from './entities.ts';
import { findAll, heldSql } from './find.ts';
import { insertAll } from './save.ts';

describe.each(databaseKinds)('Rows found on %s', kind => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await testDatabase(kind);
  });
  afterEach(() => test.drop());
  const visitor = (workspaceId: string, id: string, createdAt: number) => ({
    workspaceId,
    id,
    email: id === 'a' ? 'a@acme.example' : null,
    emailStamp: null,
    fields: { city: { value: `Mainz ${id}`, at: 1, id: 'e', knownAt: 1 } },
    createdAt,
    updatedAt: 3_000_000_000_000,
  });

  it('are the same as TypeORM’s, with objects, numbers and what is not there', async () => {
    const rows = [visitor('w', 'a', 1), visitor('w', 'b', 2), visitor('w', 'c', 3), visitor('other', 'a', 4)];
    await test.database.write(transaction => insertAll(transaction, Visitors, rows));
    const { reader } = test.database;
    expect(await findAll(reader, Visitors, { workspaceId: 'w', id: ['a', 'c', 'x'] }, 'ORDER BY id')).toEqual([
      rows[0],
      rows[2],
    ]);
    expect(await findAll(reader, Visitors, { workspaceId: 'w', createdAt: 2 })).toEqual([rows[1]]);
    expect(await findAll(reader, Visitors, { workspaceId: 'w', id: [] })).toEqual([]);
    const order = { workspaceId: 'DESC', id: 'ASC' } as const;
    expect(await findAll(reader, Visitors, { updatedAt: 3_000_000_000_000 }, 'ORDER BY workspace_id DESC, id')).toEqual(
      await reader.find(Visitors, { order }),
    );
  });

  it('may be held until the transaction ends, and are read through it', async () => {
    const seen = await test.database.write(async transaction => {
      await insertAll(transaction, Visitors, [visitor('w', 'a', 1)]);
      const { manager } = transaction;
      return findAll(manager, Visitors, { workspaceId: 'w', id: 'a' }, heldSql(manager));
    });
    expect(seen).toEqual([visitor('w', 'a', 1)]);
  });
});
