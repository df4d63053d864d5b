import { databaseKinds, type TestDatabase, testDatabase } from '../../test/support/databases.ts';
import { createLog } from '../log.ts';
import { type FeedMessage, FeedStation } from './feed.ts';

describe.each(databaseKinds)('The feed, on %s,', kind => {
  let test: TestDatabase;
  let now = 1_000_000;
  const clock = { now: () => now };
  const stations: FeedStation[] = [];
  const station = (database = test.database) => {
    const feed = new FeedStation({ database, clock, log: createLog('silent') });
    stations.push(feed);
    return feed;
  };
  beforeEach(async () => {
    test = await testDatabase(kind);
  });
  afterEach(async () => {
    for (const feed of stations.splice(0)) feed.close();
    await test.drop();
  });

  const publish = (feed: FeedStation, key: string, topic = 't', workspaceId = 'w', database = test.database) =>
    database.write(tx => feed.publish(tx, { workspaceId, topic, key }, { key }, 60_000));
  /** The data of the next messages, and the id of the last. */
  const take = async (messages: AsyncIterator<FeedMessage>, count: number) => {
    const keys: string[] = [];
    let id = '';
    while (keys.length < count) {
      const { value, done } = await messages.next();
      if (done) break;
      keys.push((value.data as { key: string }).key);
      id = value.id;
    }
    return { keys, id };
  };
  const listen = (feed: FeedStation, options: { after?: string; signal?: AbortSignal } = {}, topic = 't') =>
    feed.subscribe({ workspaceId: 'w', topic }, { signal: new AbortController().signal, ...options });

  it('tells a listener what is published on its topic of its workspace, in order, and nothing else', async () => {
    const feed = station();
    const messages = listen(feed, { after: '0' });
    for (const [key, topic, workspace] of [['a'], ['b', 'other'], ['c', 't', 'elsewhere'], ['d']] as const)
      await publish(feed, key, topic, workspace);
    expect((await take(messages, 2)).keys).toEqual(['a', 'd']);
  });

  it('tells the same key once', async () => {
    const feed = station();
    for (const key of ['a', 'a', 'b']) await publish(feed, key);
    expect((await take(listen(feed, { after: '0' }), 2)).keys).toEqual(['a', 'b']);
  });

  it('begins with what comes, and after a break with what was missed', async () => {
    const feed = station();
    await publish(feed, 'before');
    let heard = false;
    const first = take(listen(feed), 1).finally(() => {
      heard = true;
    });
    // Nobody can tell from outside when a listener has begun to listen, so there is something to hear until it does.
    let count = 0;
    while (!heard) await publish(feed, `${count++}`);
    const { keys, id } = await first;
    expect(keys).toEqual([expect.stringMatching(/^\d+$/)]);
    await publish(feed, 'last');
    const number = Number(keys[0]);
    const missed = Array.from({ length: count - number - 1 }, (_, each) => `${number + 1 + each}`);
    expect((await take(listen(feed, { after: id }), missed.length + 1)).keys).toEqual([...missed, 'last']);
  });

  it('forgets what has expired', async () => {
    const feed = station();
    await publish(feed, 'old');
    now += 61_000;
    await publish(feed, 'new');
    expect((await take(listen(feed, { after: '0' }), 1)).keys).toEqual(['new']);
  });

  it('ends when the listener goes, and when the hub stops', async () => {
    const feed = station();
    const gone = new AbortController();
    const messages = listen(feed, { signal: gone.signal });
    const end = messages.next();
    gone.abort();
    expect((await end).done).toBe(true);
    const others = listen(feed);
    const stop = others.next();
    await publish(feed, 'x', 'other');
    feed.close();
    expect((await stop).done).toBe(true);
  });

  it('says nothing of what was rolled back', async () => {
    const feed = station();
    const undone = test.database.write(async tx => {
      await feed.publish(tx, { workspaceId: 'w', topic: 't', key: 'undone' }, { key: 'undone' }, 60_000);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    await publish(feed, 'done');
    expect((await take(listen(feed, { after: '0' }), 1)).keys).toEqual(['done']);
  });

  if (kind === 'postgres')
    it('tells of what another process publishes, and misses nothing where many publish at once', async () => {
      const other = await test.another();
      const [here, there] = [station(), station(other)];
      const messages = listen(here, { after: '0' });
      const heard = take(messages, 60);
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => [publish(here, `h${n}`), publish(there, `t${n}`, 't', 'w', other)]).flat(),
      );
      expect(new Set((await heard).keys).size).toBe(60);
    });
});
