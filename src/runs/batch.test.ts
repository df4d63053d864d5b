import { Batcher } from './batch.ts';

type Call = { items: string[]; waited: boolean; answer(results: (string | Error)[]): void; fail(error: Error): void };

/** A batcher whose calls return when the test says so. An item `record:name` is exclusive by its record. */
function line(longestWaitMs = 1_000) {
  const calls: Call[] = [];
  const clock = { now: 0 };
  const batcher = new Batcher<string, string>({
    travel: (items, waited) =>
      new Promise((resolve, reject) => calls.push({ items, waited, answer: resolve, fail: reject })),
    exclusive: item => (item.includes(':') ? item.split(':')[0] : undefined),
    now: () => clock.now,
    longestWaitMs,
    putBack: item => `${item} put back`,
  });
  const join = (...items: string[]) => items.map(item => batcher.join('group', 2, item));
  /** Answers the last call with its items' own names. */
  const answer = async () => {
    const { items, answer: reply } = calls.at(-1)!;
    reply(items.map(item => `${item} done`));
    await new Promise(setImmediate);
  };
  return { batcher, calls, clock, join, answer };
}

it('lets the first of a group leave at once, and what comes meanwhile together when it returns, at most so many', async () => {
  const { calls, join, answer } = line();
  const results = join('a', 'b', 'c', 'd');
  expect(calls.map(call => call.items)).toEqual([['a']]);
  await answer();
  await answer();
  await answer();
  expect(calls.map(({ items, waited }) => [items, waited])).toEqual([
    [['a'], false],
    [['b', 'c'], true],
    [['d'], true],
  ]);
  expect(await Promise.all(results)).toEqual(['a done', 'b done', 'c done', 'd done']);
});

it('lets the next one leave at once again after an idle time', async () => {
  const { calls, join, answer } = line();
  join('a');
  await answer();
  join('b');
  expect(calls.map(({ items, waited }) => [items, waited])).toEqual([
    [['a'], false],
    [['b'], false],
  ]);
});

it('lets no group wait for another', () => {
  const { batcher, calls } = line();
  void batcher.join('one', 2, 'a');
  void batcher.join('other', 2, 'b');
  expect(calls.map(call => call.items)).toEqual([['a'], ['b']]);
});

it('takes two of the same record never in one call; others overtake the second', async () => {
  const { calls, join, answer } = line();
  join('first', 'ana:1', 'ana:2', 'bob:1');
  await answer();
  await answer();
  expect(calls.map(call => call.items)).toEqual([['first'], ['ana:1', 'bob:1'], ['ana:2']]);
});

it('puts back what found no place after too long a wait', async () => {
  const { calls, clock, join, answer } = line(1_000);
  const results = join('a', 'b', 'c', 'd');
  clock.now = 1_001;
  results.push(...join('e'));
  await answer();
  expect(await results[3]).toBe('d put back');
  await answer();
  expect(calls.map(call => call.items)).toEqual([['a'], ['b', 'c'], ['e']]);
});

it('gives each its own failure, and all of them that of their call; the group goes on', async () => {
  const { calls, join, answer } = line();
  const results = join('a', 'b', 'c', 'd', 'e');
  const settled = Promise.allSettled(results);
  await answer();
  calls.at(-1)!.answer([new Error('b is wrong'), 'c done']);
  await new Promise(setImmediate);
  calls.at(-1)!.fail(new Error('nobody answers'));
  await settled;
  expect((await settled).map(one => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
    'a done',
    'Error: b is wrong',
    'c done',
    'Error: nobody answers',
    'Error: nobody answers',
  ]);
});
