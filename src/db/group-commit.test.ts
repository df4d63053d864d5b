import { QueryFailedError, type QueryRunner } from 'typeorm';
import { GroupCommit } from './group-commit.ts';

/** A runner that takes note of what it is asked. */
function runner() {
  const asked: string[] = [];
  const noted = (what: string) => async () => {
    asked.push(what);
  };
  const fake = {
    isTransactionActive: true,
    startTransaction: noted('begin'),
    commitTransaction: noted('commit'),
    rollbackTransaction: noted('rollback'),
    query: async (sql: string) => void asked.push(sql),
  };
  return { asked, lane: new GroupCommit(fake as unknown as QueryRunner) };
}
const failed = (message: string) => () => {
  throw new QueryFailedError('UPDATE', [], new Error(message));
};

test('statements by themselves need no savepoint, and work that is undone leaves them be', async () => {
  const { asked, lane } = runner();
  const piece = (name: string) => async () => void asked.push(name);
  await Promise.allSettled([
    lane.runStatement(piece('one')),
    lane.run(piece('work')),
    lane.run(failed('no')),
    lane.runStatement(piece('two')),
  ]);
  const savepoint = 'SAVEPOINT piece';
  expect(asked).toEqual(['begin', 'one', savepoint, 'work', savepoint, 'ROLLBACK TO piece', 'two', 'commit']);
});

test.each([
  ['one that broke a constraint fails alone', 'SQLITE_CONSTRAINT: UNIQUE constraint failed', 'fulfilled', 'commit'],
  [
    'one that may have ended the transaction fails all',
    'SQLITE_FULL: database or disk is full',
    'rejected',
    'rollback',
  ],
])('of the statements in a commit %s', async (_what, message, others, end) => {
  const { asked, lane } = runner();
  const results = await Promise.allSettled([
    lane.runStatement(async () => 1),
    lane.runStatement(failed(message) as () => Promise<never>),
    lane.runStatement(async () => 2),
  ]);
  expect(results.map(({ status }) => status)).toEqual([others, 'rejected', others]);
  expect(asked.at(-1)).toBe(end);
});
