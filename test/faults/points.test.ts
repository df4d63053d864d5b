import { jest } from '@jest/globals';
import { points } from '../../src/runs/services.ts';
import { activateWebhooks, expectEachOnce, meetings } from '../support/meetings.ts';
import { type HubProcess, type Installation, install } from '../support/process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const minute = 60_000;

jest.setTimeout(60_000);

describe('A hub on SQLite that is killed with kill -9 and started again', () => {
  let receiver: Receiver;
  let site: Installation;
  let hub: HubProcess;
  let aheadMs = 0;

  beforeAll(async () => {
    receiver = await startReceiver();
    site = await install({});
    hub = await site.start();
    await activateWebhooks(site, receiver.url);
  });
  afterAll(async () => {
    await site.remove();
    await receiver.close();
  });

  /** Kills the hub at the point while these events come in, starts it a minute later, and looks what became of each of them. */
  const survive = async (count: number, point: string, after: number) => {
    const events = meetings(`${count}-${point.replace(' ', '-')}-${after}`, count);
    await hub.arm(point, after);
    const delivered = site.deliver(events);
    expect(await hub.ended).toEqual({ code: null, signal: 'SIGKILL' });
    aheadMs += minute;
    hub = await site.start({ aheadMs });
    await delivered;
    await expectEachOnce(site, receiver, events);
  };

  it.each(points)('at the point "%s" does every step once', point => survive(1, point, 1));

  it.each(['intent recorded', 'vendor answered', 'outcome recorded'])(
    'at the point "%s" of the second step repeats nothing of the first',
    point => survive(1, point, 2),
  );

  it.each([
    ['planning', 1],
    ['planned', 1],
    ['intent recorded', 30],
    ['vendor answered', 45],
    ['outcome recorded', 70],
  ])('in the middle of a batch of 60 events (point "%s", time %d) loses none and repeats none', (point, after) =>
    survive(60, point, after),
  );
});
