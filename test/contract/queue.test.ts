import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { systemClock } from '../../src/clock.ts';
import { createLog } from '../../src/log.ts';
import { BullQueue } from '../../src/queue/bull.ts';
import { EmbeddedQueue } from '../../src/queue/embedded.ts';
import { PostgresQueue } from '../../src/queue/postgres.ts';
import type { Bell, Listener, Queue } from '../../src/queue/queue.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';
import { forgetPrefix, makeDatabase, postgresServer, redisServer } from '../support/services.ts';

const log = createLog('silent');
const kinds = ['embedded', ...(redisServer ? ['bull'] : []), ...(postgresServer ? ['postgres'] : [])];

const bell = (stepId: string, ring = stepId, dueAt = 0): Bell => ({ stepId, ring, dueAt });

/** Answers rings; each handler lasts until the test ends it. */
class Handlers implements Listener {
  readonly begun: string[] = [];
  readonly at: number[] = [];
  plans = 0;
  running = 0;
  most = 0;
  /** What the next handler throws. */
  failure: Error | undefined;
  #open = true;
  #waiting: (() => void)[] = [];

  close(): void {
    this.#open = false;
  }
  open(): void {
    this.#open = true;
    for (const go of this.#waiting.splice(0)) go();
  }
  async step(stepId: string): Promise<void> {
    this.begun.push(stepId);
    this.at.push(systemClock.now());
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    if (!this.#open) await new Promise<void>(resolve => this.#waiting.push(resolve));
    this.running -= 1;
    this.#fail();
  }
  async plan(): Promise<void> {
    this.plans += 1;
    this.#fail();
  }
  #fail(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }
}

describe.each(kinds)('The %s queue', kind => {
  let database: Awaited<ReturnType<typeof makeDatabase>> | undefined;
  let queue: Queue;
  let handlers: Handlers;
  let prefix: string;

  const open = (): Queue => {
    if (kind === 'bull') return new BullQueue(redisServer!, systemClock, log, prefix);
    if (kind === 'postgres') return new PostgresQueue(database!.url, systemClock, log);
    return new EmbeddedQueue(systemClock, log);
  };
  beforeAll(async () => {
    if (kind === 'postgres') database = await makeDatabase();
  });
  afterAll(async () => {
    await database?.drop();
  });
  beforeEach(async () => {
    handlers = new Handlers();
    prefix = `baton_test_${randomBytes(6).toString('hex')}`;
    queue = open();
    await eventually(async () => expect(await queue.ready()).toBe(true));
  });
  afterEach(async () => {
    handlers.open();
    await queue.close();
    if (kind === 'bull') await forgetPrefix(prefix);
  });
  const begun = (...ids: string[]) => eventually(() => expect(handlers.begun.toSorted()).toEqual(ids.toSorted()));

  it('wakes the listener', async () => {
    queue.listen(handlers, 4);
    queue.ring([bell('a'), bell('b')]);
    await begun('a', 'b');
  });

  it('wakes the planner', async () => {
    queue.listen(handlers, 4);
    queue.ringPlanner();
    await eventually(() => expect(handlers.plans).toBeGreaterThan(0));
  });

  it('wakes at the time that the bell says, and not before', async () => {
    queue.listen(handlers, 4);
    const dueAt = systemClock.now() + 300;
    queue.ring([bell('later', 'later', dueAt), bell('now')]);
    await begun('later', 'now');
    expect(handlers.begun).toEqual(['now', 'later']);
    expect(handlers.at[1]).toBeGreaterThanOrEqual(dueAt);
  });

  it('takes the same ring once while it waits', async () => {
    handlers.close();
    queue.listen(handlers, 1);
    queue.ring([bell('first')]);
    await begun('first');
    for (let time = 0; time < 3; time++) queue.ring([bell('again')]);
    queue.ring([bell('last')]);
    handlers.open();
    await eventually(() => expect(handlers.begun).toContain('last'));
    expect(handlers.begun.filter(id => id === 'again')).toEqual(['again']);
  });

  it('does not swallow the ring of another try, also while the first one is answered', async () => {
    handlers.close();
    queue.listen(handlers, 4);
    queue.ring([bell('step', 'step:0')]);
    await begun('step');
    queue.ring([bell('step', 'step:1')]);
    await begun('step', 'step');
  });

  it('takes a ring again once its handler has finished', async () => {
    queue.listen(handlers, 4);
    queue.ring([bell('step')]);
    await begun('step');
    await eventually(() => {
      queue.ring([bell('step')]);
      expect(handlers.begun.length).toBeGreaterThan(1);
    });
  });

  it('hands out no more than it was told at once, and all of them in the end', async () => {
    handlers.close();
    queue.listen(handlers, 3);
    const ids = Array.from({ length: 10 }, (_, n) => `step-${n}`);
    queue.ring(ids.map(id => bell(id)));
    await eventually(() => expect(handlers.running).toBe(3));
    handlers.open();
    await begun(...ids);
    expect(handlers.most).toBe(3);
  });

  it('closes once the handlers that run have finished, and hands out nothing more', async () => {
    handlers.close();
    queue.listen(handlers, 1);
    queue.ring([bell('first'), bell('second')]);
    await begun('first');
    let closed = false;
    const closing = queue.close().then(() => {
      closed = true;
    });
    queue.ring([bell('third')]);
    queue.ringPlanner();
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    handlers.open();
    await closing;
    expect(handlers.begun).toEqual(['first']);
  });

  it('goes on after a handler that failed', async () => {
    queue.listen(handlers, 1);
    handlers.failure = new Error('the database does not answer');
    queue.ring([bell('failing')]);
    await begun('failing');
    handlers.failure = new Error('the database does not answer');
    queue.ringPlanner();
    await eventually(() => expect(handlers.plans).toBe(1));
    queue.ringPlanner();
    queue.ring([bell('next')]);
    await begun('failing', 'next');
    await eventually(() => expect(handlers.plans).toBe(2));
  });
});

describe.each(['bull', 'postgres'])('The %s queue whose server does not answer', kind => {
  let queue: Queue;
  let handlers: Handlers;
  let server: Server;
  let asked = 0;

  beforeEach(async () => {
    asked = 0;
    server = createServer(socket => {
      asked += 1;
      socket.destroy();
    });
    const port = await freePort();
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    queue =
      kind === 'bull'
        ? new BullQueue(`redis://127.0.0.1:${port}`, systemClock, log)
        : new PostgresQueue(`postgres://nobody@127.0.0.1:${port}/nothing`, systemClock, log);
    handlers = new Handlers();
  });
  afterEach(() => new Promise(resolve => server.close(resolve)));

  it('says so, rings without waiting and without an error, and still works off its own bells', async () => {
    queue.listen(handlers, 2);
    queue.ring([bell('a')]);
    queue.ringPlanner();
    expect(await queue.ready()).toBe(false);
    await eventually(() => expect(handlers).toMatchObject({ begun: ['a'], plans: 1 }));
    await queue.close();
  });

  it('rings without a listener too, and closes', async () => {
    queue.ring([bell('a')]);
    queue.ringPlanner();
    await queue.close();
  });

  it('asks for a connection again and again, at a pace that does not grow', async () => {
    queue.listen(handlers, 2);
    const seen: number[] = [];
    const begin = performance.now();
    await eventually(() => {
      seen.push(asked);
      expect(performance.now() - begin).toBeGreaterThan(4500);
    });
    expect(asked).toBeGreaterThan(2);
    expect(asked - seen[Math.floor(seen.length / 2)]!).toBeLessThan(15);
    await queue.close();
  });
});
