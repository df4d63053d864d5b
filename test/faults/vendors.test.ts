import { jest } from '@jest/globals';
import salesforce from '../../connectors/salesforce/sandbox/index.ts';
import slack from '../../connectors/slack/sandbox/index.ts';
import { systemClock } from '../../src/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { heldVendor } from '../support/held-vendor.ts';
import { meetings } from '../support/meetings.ts';
import { type HubProcess, type Installation, install, type ShownRun } from '../support/process.ts';

const minute = 60_000;
/** 20 s that a call to Salesforce may take, and 10 s in which it may still land. */
const callTimeoutAndGraceMs = 30_000;
const taskPath = '/sobjects/Task';
const tokenPath = '/services/oauth2/token';
const vendors = { salesforce: heldVendor(salesforce), slack: heldVendor(slack) };

jest.setTimeout(60_000);

describe('A hub that is killed while it talks to a vendor', () => {
  let sandbox: Sandbox;
  let site: Installation;
  let hub: HubProcess;
  let aheadMs = 0;
  /** Scripted delays last until the test ends them; `waiting` is called when one begins. */
  let delay: { over: Promise<void>; begun(): void } | undefined;

  beforeAll(async () => {
    sandbox = await startSandbox({
      vendors: Object.values(vendors),
      consent: 'auto',
      now: () => systemClock.now() + aheadMs,
      wait: async () => {
        delay?.begun();
        await delay?.over;
      },
    });
    sandbox.control('slack', { rateLimit: false });
    site = await install(sandbox.settings());
    hub = await site.start();
    for (const connector of ['salesforce', 'slack']) expect(await site.connect(connector)).toContain('is connected');
    await site.activate({
      name: 'Task and alert',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: [
        {
          id: 'task',
          action: 'salesforce.create_task',
          input: { subject: 'Prepare {{ event.data.meetingId }}', description: 'For {{ visitor.email }}' },
        },
        {
          id: 'tell',
          action: 'slack.send_alert',
          input: { to: { channel: '#inbound' }, message: 'Booked: {{ event.data.meetingId }}' },
        },
      ],
    });
  });
  afterAll(async () => {
    await site.remove();
    await sandbox.close();
  });

  const textsWith = (vendor: string, type: string, name: string) =>
    sandbox.records(vendor, type).filter(record => JSON.stringify(record).includes(name)).length;
  const effects = (name: string) => ({
    tasks: textsWith('salesforce', 'Task', name),
    alerts: textsWith('slack', 'messages', name),
  });
  const runOf = async (name: string): Promise<ShownRun> => {
    const found = (await site.runs()).find(run => run.sessionId === `${name}/0`);
    if (!found) throw new Error(`no run of ${name} yet`);
    return found;
  };
  const book = (name: string) => site.deliver(meetings(name, 1));
  /** Started again, so much later that whatever was under way has surely come to its end. */
  const startLater = async (ms = minute) => {
    aheadMs += ms;
    hub = await site.start({ aheadMs });
  };
  const expectOnce = async (name: string) => {
    await eventually(async () => expect(await runOf(name)).toMatchObject({ status: 'succeeded' }));
    expect(effects(`${name}/0`)).toEqual({ tasks: 1, alerts: 1 });
    return runOf(name);
  };
  const beginDelay = () => {
    let end = () => {};
    const over = new Promise<void>(resolve => {
      end = resolve;
    });
    const begun = new Promise<void>(resolve => {
      delay = { over, begun: resolve };
    });
    return { begun, end };
  };

  it.each([
    ['salesforce', 'POST', taskPath],
    ['slack', 'POST', '/api/chat.postMessage'],
  ] as const)('finds again what %s had applied and not answered yet', async (vendor, method, path) => {
    const name = `applied-${vendor}`;
    const applied = vendors[vendor].holdAnswer(method, path);
    await book(name);
    await applied;
    await hub.kill();
    await startLater();
    const { steps } = await expectOnce(name);
    const [step] = steps.filter(({ notes }) => notes?.some(note => note.includes('found again')));
    expect(step?.id).toBe(vendor === 'salesforce' ? 'task' : 'tell');
  });

  it('waits until a call of the dead process can no longer land before it looks for its record', async () => {
    const held = beginDelay();
    sandbox.fault('salesforce', { match: { method: 'POST', path: taskPath }, fault: { delayMs: 1 } });
    await book('late');
    await held.begun;
    await hub.kill();
    await startLater(0);
    await eventually(async () => expect((await runOf('late')).steps[0]).toMatchObject({ status: 'ready' }));
    const { startedAt, steps } = await runOf('late');
    expect(Date.parse(steps[0]!.nextAt!) - Date.parse(startedAt)).toBeGreaterThanOrEqual(callTimeoutAndGraceMs);
    expect(effects('late/0').tasks).toBe(0);
    held.end();
    await eventually(() => expect(effects('late/0').tasks).toBe(1));
    await hub.kill();
    await startLater();
    await expectOnce('late');
  });

  it('looks for its record after an answer that broke off, also when it is killed in between', async () => {
    sandbox.fault('salesforce', { match: { method: 'POST', path: taskPath }, fault: { reset: 'after-apply' } });
    await book('reset');
    await eventually(async () =>
      expect((await runOf('reset')).steps[0]).toMatchObject({ status: 'ready', attempts: [{ kind: 'uncertain' }] }),
    );
    await hub.kill();
    await startLater();
    await expectOnce('reset');
  });

  it.each(['intent recorded', 'vendor answered', 'outcome recorded'])(
    'makes one task and one alert when it dies at the point "%s" of either',
    async point => {
      for (const time of [1, 2]) {
        const name = `${point.replace(' ', '-')}-${time}`;
        await hub.arm(point, time);
        const delivered = book(name);
        await hub.ended;
        await startLater();
        await delivered;
        await expectOnce(name);
      }
    },
  );

  describe('in the middle of a token refresh, where each refresh token works once', () => {
    beforeEach(() => sandbox.control('salesforce', { rotateRefreshTokens: true, expireAccessTokens: true }));
    const connection = async () => {
      const { body } = await site.api<{ data: { connector: string; status: string; reason: string | null }[] }>(
        'GET',
        '/v1/connections',
      );
      return body.data.find(({ connector }) => connector === 'salesforce');
    };

    it('before the vendor has done anything, refreshes anew and goes on', async () => {
      const held = beginDelay();
      sandbox.fault('salesforce', { match: { method: 'POST', path: tokenPath }, fault: { delayMs: 1 } });
      await book('asked');
      await held.begun;
      await hub.kill();
      await startLater();
      await expectOnce('asked');
      held.end();
      expect(await connection()).toMatchObject({ status: 'active' });
    });

    it('after the vendor has used up the old token, says so, parks the step, and goes on when connected again', async () => {
      await hub.arm('token refreshed');
      await book('lost');
      await hub.ended;
      await startLater();
      await eventually(async () => expect(await runOf('lost')).toMatchObject({ status: 'parked' }));
      expect(await connection()).toMatchObject({
        status: 'needs_reconnect',
        reason: expect.stringContaining('cut short'),
      });
      expect(effects('lost/0')).toEqual({ tasks: 0, alerts: 0 });
      expect(await site.connect('salesforce')).toContain('is connected');
      await expectOnce('lost');
    });
  });

  it('while a run is parked, keeps it until its account is connected again', async () => {
    sandbox.control('salesforce', { revokeGrants: true });
    await book('parked');
    await eventually(async () => expect(await runOf('parked')).toMatchObject({ status: 'parked' }));
    await hub.kill();
    await startLater();
    expect(await runOf('parked')).toMatchObject({ status: 'parked' });
    expect(await site.connect('salesforce')).toContain('is connected');
    await expectOnce('parked');
  });
});
