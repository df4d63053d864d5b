import { once } from 'node:events';
import { connect } from 'node:net';
import { jest } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { INGEST } from '../support/hub.ts';
import { activateWebhooks, expectEachOnce, meetings } from '../support/meetings.ts';
import { type HubProcess, type Installation, install } from '../support/process.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

jest.setTimeout(60_000);

describe('A hub that is told to stop (SIGTERM)', () => {
  let receiver: Receiver;
  let site: Installation;
  let hub: HubProcess;

  beforeEach(async () => {
    receiver = await startReceiver();
    site = await install({ CALL_TIMEOUT_MS: '2000' });
    hub = await site.start();
    await activateWebhooks(site, receiver.url);
  });
  afterEach(async () => {
    await site.remove();
    await receiver.close();
  });

  it('lets calls under way come to their end, begins no others, and loses nothing', async () => {
    expect(await hub.terminate()).toEqual({ code: 0, signal: null });
    hub = await site.start({ plain: true });
    receiver.hold();
    const events = meetings('calls', 5);
    await site.deliver(events);
    await eventually(() => expect(receiver.received).toHaveLength(5));
    const ended = hub.terminate();
    await eventually(async () => await expect(site.runs()).rejects.toThrow());
    receiver.release();
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(receiver.received.map(({ body }) => body.key).sort()).toEqual(events.map(({ id }) => `${id} first`));
    hub = await site.start();
    await expectEachOnce(site, receiver, events);
    expect(receiver.received).toHaveLength(10);
  });

  it('ends by itself where a vendor does not answer and a client never finishes its request', async () => {
    receiver.hold();
    const events = meetings('silent', 3);
    await site.deliver(events);
    await eventually(() => expect(receiver.received).toHaveLength(3));
    const { hostname, port } = new URL(site.url);
    const slow = connect(Number(port), hostname).on('error', () => undefined);
    await once(slow, 'connect');
    slow.write(
      `POST /v1/events HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${INGEST}\r\n` +
        'Content-Type: application/cloudevents+json\r\nContent-Length: 100\r\n\r\nhalf',
    );
    const begun = performance.now();
    expect(await hub.terminate()).toEqual({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(15_000);
    receiver.release();
    hub = await site.start({ aheadMs: 60_000 });
    await expectEachOnce(site, receiver, events);
  });

  it('has stored what it accepted while it was ending', async () => {
    const events = meetings('last', 20);
    const delivered = events.map(event => site.deliver([event]));
    await Promise.race(delivered);
    expect(await hub.terminate()).toEqual({ code: 0, signal: null });
    hub = await site.start();
    await Promise.all(delivered);
    await expectEachOnce(site, receiver, events);
  });
});
