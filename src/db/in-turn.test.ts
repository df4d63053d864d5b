import { inTurn } from './in-turn.ts';

test('who asks the same in one turn shares the answer, and who asks later gets a new one', async () => {
  let answers = 0;
  const ask = inTurn(
    (name: string) => name,
    async name => {
      answers += 1;
      return `${name} ${answers}`;
    },
  );
  expect(await Promise.all([ask('a'), ask('b'), ask('a')])).toEqual(['a 1', 'b 2', 'a 1']);
  expect(await ask('a')).toBe('a 3');
});

test('an answer that could not be had is not kept', async () => {
  let fails = true;
  const ask = inTurn(
    () => 'same',
    async () => {
      if (fails) throw new Error('away');
      return 'here';
    },
  );
  expect(await Promise.allSettled([ask(), ask()])).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  fails = false;
  expect(await ask()).toBe('here');
});
