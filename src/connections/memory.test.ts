import { jest } from '@jest/globals';
import { databaseKinds, type TestDatabase, testDatabase } from '../../test/support/databases.ts';
import { memoryOf } from './memory.ts';

describe.each(databaseKinds)('what is kept for a connection on %s', kind => {
  let storage: TestDatabase;
  beforeAll(async () => {
    storage = await testDatabase(kind);
  });
  afterAll(() => storage.drop());
  const memory = () =>
    memoryOf({ database: storage.database, clock: { now: () => 1000 } }, { id: 'c', workspaceId: 'w' });
  const plus = (item: number) => (before: unknown) => [...((before as number[] | undefined) ?? []), item];

  test('changes by several at once are all kept, the first of all too', async () => {
    const items = Array.from({ length: 40 }, (_, item) => item);
    await Promise.all(items.map(item => memory().change('list', plus(item))));
    expect(((await memory().get('list')) as number[]).sort((a, b) => a - b)).toEqual(items);
  });

  test('a change to what is there already writes nothing, and one to nothing forgets', async () => {
    await memory().set('person', { name: 'Dana', phone: null });
    const write = jest.spyOn(storage.database, 'write');
    expect(await memory().change('person', before => before)).toEqual({ name: 'Dana', phone: null });
    expect(await memory().change('nobody', () => undefined)).toBeUndefined();
    expect(write).not.toHaveBeenCalled();
    expect(await memory().change('person', () => undefined)).toBeUndefined();
    expect(await memory().get('person')).toBeUndefined();
  });
});
