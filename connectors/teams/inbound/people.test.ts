import { actorOf } from './people.ts';

test('a press does not wait for a token that is long in coming: it counts without an e-mail address', async () => {
  const connection = {
    id: 'c1',
    client: () => new Promise(() => undefined),
    memory: { get: async () => undefined },
  };
  const activity = { from: { id: '29:1', name: 'Dana Whitfield' }, conversation: { id: 'a:1' } };
  const actor = await actorOf(connection as never, activity as never, 10);
  expect(actor).toEqual({ id: '29:1', name: 'Dana Whitfield' });
});
