import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { openDatabase } from '../../src/db/database.ts';
import { eventually } from '../support/eventually.ts';
import { activateWebhooks, expectAllSent, expectEachOnce, meetings } from '../support/meetings.ts';
import { freePort, type HubProcess, type Installation, install, type SentEvent } from '../support/process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import {
  breakConnections,
  describeWith,
  forgetPrefix,
  makeDatabase,
  ownRedis,
  postgresServer,
  redisServer,
} from '../support/services.ts';

const queues = ['LISTEN/NOTIFY', ...(redisServer ? ['Bull'] : [])];
/** Short, so that a dead worker's steps come back within the test. */
const hurried = { CALL_TIMEOUT_MS: '1500', LEASE_MS: '3500', SWEEP_MS: '500' };
jest.setTimeout(60_000);

describeWith(postgresServer).each(queues)('Two workers on PostgreSQL with %s', queue => {
  const prefix = `baton_test_${randomBytes(6).toString('hex')}`;
  let database: Awaited<ReturnType<typeof makeDatabase>>;
  let receiver: Receiver;
  let site: Installation;
  let web: HubProcess;
  let workers: HubProcess[];

  beforeAll(async () => {
    database = await makeDatabase();
    receiver = await startReceiver();
    site = await install({
      ...hurried,
      DATABASE_URL: database.url,
      ...(queue === 'Bull' && { REDIS_URL: redisServer!, QUEUE_PREFIX: prefix }),
    });
    // All at once, on an empty database: one of them makes the schema.
    [web, ...workers] = (await Promise.all([
      site.start({ role: 'web' }),
      site.start({ role: 'worker' }),
      site.start({ role: 'worker' }),
    ])) as [HubProcess, ...HubProcess[]];
    await activateWebhooks(site, receiver.url);
  });
  afterAll(async () => {
    await site.remove();
    await receiver.close();
    await database.drop();
    if (queue === 'Bull') await forgetPrefix(prefix);
  });

  /** Events keep coming until one worker has come to the point and died there; the other one goes on alone. */
  const killOne = async (name: string, point: string, after: number) => {
    const [victim, other] = workers as [HubProcess, HubProcess];
    await victim.arm(point, after);
    const events: SentEvent[] = [];
    let died = false;
    void victim.ended.then(() => {
      died = true;
    });
    while (!died) {
      const more = meetings(`${name}/${events.length}`, 10);
      events.push(...more);
      await site.deliver(more);
      await eventually(() => died || expectAllSent(receiver, more));
    }
    workers = [other];
    return events;
  };

  it.each([
    ['planned', 1],
    ['intent recorded', 7],
    ['vendor answered', 7],
    ['outcome recorded', 7],
  ])('lose one at the point "%s" (time %d), and every step is done once by the other', async (point, after) => {
    const events = await killOne(`${queue}-${point.replace(' ', '-')}`, point, after);
    await expectEachOnce(site, receiver, events);
    workers.push(await site.start({ role: 'worker' }));
  });

  it('lose the process that takes events in, before and after its commit, and the source’s repeat completes it', async () => {
    for (const point of ['events written', 'events stored']) {
      const events = meetings(`${queue}-${point.replace(' ', '-')}`, 5);
      await web.arm(point);
      const delivered = site.deliver(events);
      await web.ended;
      web = await site.start({ role: 'web' });
      await delivered;
      await expectEachOnce(site, receiver, events);
    }
  });

  it('lose every connection to the database in the middle of a batch, and do every step once', async () => {
    const events = meetings(`${queue}-cut`, 60);
    const before = receiver.received.length;
    await site.deliver(events);
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(before + 15));
    await breakConnections(database.name);
    await expectEachOnce(site, receiver, events);
  });

  it('stop at SIGTERM with calls under way, and the next ones go on from there', async () => {
    receiver.hold();
    const before = receiver.received.length;
    const events = meetings(`${queue}-stop`, 10);
    await site.deliver(events);
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(before));
    const ended = Promise.all(workers.map(worker => worker.terminate()));
    receiver.release();
    expect(await ended).toEqual(workers.map(() => ({ code: 0, signal: null })));
    workers = [await site.start({ role: 'worker' })];
    await expectEachOnce(site, receiver, events);
  });
});

describeWith(postgresServer)('Several processes that start at once on an empty PostgreSQL database', () => {
  it('make the schema once', async () => {
    const empty = await makeDatabase();
    const opened = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ url: empty.url })));
    expect(await opened[3]!.drift()).toEqual([]);
    for (const database of opened) await database.close();
    await empty.drop();
  });
});

const killable = postgresServer ? await ownRedis(await freePort()) : undefined;
afterAll(() => killable?.kill());

describeWith(killable)('A hub whose Redis is lost for a while', () => {
  const redis = killable!;
  let database: Awaited<ReturnType<typeof makeDatabase>>;
  let receiver: Receiver;
  let site: Installation;
  let hub: HubProcess;

  beforeAll(async () => {
    database = await makeDatabase();
    receiver = await startReceiver();
    site = await install({ ...hurried, DATABASE_URL: database.url, REDIS_URL: redis.url });
    hub = await site.start();
    await activateWebhooks(site, receiver.url);
  });
  afterAll(async () => {
    await site.remove();
    await receiver.close();
    await database.drop();
  });

  it('in the middle of a batch, takes events in and works on, and goes back to it', async () => {
    const first = meetings('before', 40);
    await site.deliver(first);
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(10));
    await redis.kill();
    const second = meetings('without', 10);
    await site.deliver(second);
    await expectEachOnce(site, receiver, [...first, ...second]);
    await redis.start();
    const third = meetings('after', 10);
    await site.deliver(third);
    await expectEachOnce(site, receiver, third);
  });

  it('still ends by itself at SIGTERM, and starts again without it', async () => {
    await redis.kill();
    expect(await hub.terminate()).toEqual({ code: 0, signal: null });
    hub = await site.start();
    const events = meetings('none', 5);
    await site.deliver(events);
    await expectEachOnce(site, receiver, events);
    expect(await hub.terminate()).toEqual({ code: 0, signal: null });
  });
});
