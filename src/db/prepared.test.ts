import { sqliteDriver } from './prepared.ts';

test('a connection closes while a statement that it has never seen is under way, and the statement is carried out', async () => {
  const { Database } = sqliteDriver.verbose();
  const database = await new Promise<InstanceType<typeof Database>>((resolve, reject) => {
    const opened = new Database(':memory:', error => (error ? reject(error) : resolve(opened)));
  });
  const rows = new Promise((resolve, reject) =>
    database.all('SELECT 1 AS one', (error: Error | null, found: unknown[]) =>
      error ? reject(error) : resolve(found),
    ),
  );
  const closed = new Promise<void>((resolve, reject) => database.close(error => (error ? reject(error) : resolve())));
  expect(await rows).toEqual([{ one: 1 }]);
  await closed;
});
