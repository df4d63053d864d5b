import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import type { WorkflowDocument } from '../../src/model/workflow.ts';
import { eventually } from '../support/eventually.ts';
import { fakeChat } from '../support/fake-chat.ts';
import { MORNING, startHub, type TestHub } from '../support/hub.ts';
import { describeWith, makeDatabase, postgresServer } from '../support/services.ts';

jest.setTimeout(180_000);

const dana = { email: 'dana@hub.example', name: 'Dana' };
const booking = (visitor = 'v1') => ({
  type: 'meeting.booked',
  data: {
    meetingId: `m-${visitor}`,
    sessionId: `s-${visitor}`,
    visitorId: visitor,
    visitor: { email: `${visitor}@acme.example` },
  },
});
const workflow = (name: string, steps: WorkflowDocument['steps']) =>
  ({ name, trigger: { type: 'meeting_booked', timing: 'immediately' }, steps }) as WorkflowDocument;
const tell = (message = 'Hello') => ({
  id: 'tell',
  action: 'chat.send_alert',
  input: { to: { channel: 'inbound' }, message },
});
const connectChat = (hub: TestHub) =>
  hub.api('POST', '/v1/connections', { connector: 'chat', values: { team: 'T1', token: 'secret-token' } });
type Listed = { data: { id: string; state: string; tasks: object[] }[] };
const alertsOf = async (hub: TestHub) => ((await hub.api('GET', '/v1/alerts')).body as Listed).data;

describe('A hub that dies after any one of its commits', () => {
  const document = workflow('Tell and track', [
    {
      id: 'tell',
      action: 'app_alert',
      input: {
        to: { user: dana.email },
        message: 'Hello',
        onClaim: { field: 'notes' },
        chat: { to: { channel: 'inbound' } },
      },
    },
    { id: 'track', action: 'track_event', input: { name: 'Booked' } },
  ]);
  const ask = { act: { kind: 'create_task', subject: 'Call' }, by: dana, key: 'press-1' };
  const press = async (hub: TestHub) => {
    const [alert] = await alertsOf(hub);
    expect(await hub.api('POST', `/v1/alerts/${alert!.id}/acts`, ask)).toMatchObject({ status: 200 });
    await hub.settleAll();
  };

  let site: string;
  beforeEach(async () => {
    site = await mkdtemp(path.join(os.tmpdir(), 'baton-alerts-'));
  });
  afterEach(() => rm(site, { recursive: true, force: true }));

  it('has told, tracked, claimed and made the task once when it is started again', async () => {
    const chat = fakeChat();
    const before = path.join(site, 'before');
    await mkdir(before);
    const first = await startHub([chat.connector], { config: { dataDirectory: before } });
    await connectChat(first);
    await first.activate(document);
    await first.send(booking());
    const deaths: { disk: string; landed: string[] }[] = [];
    const { database } = first.app;
    const write = database.write.bind(database);
    // The disk as it is at that very moment is what the next process finds. A commit that changed no step is no other death.
    let last = '';
    database.write = async work => {
      const result = await write(work);
      const steps = JSON.stringify(await database.read('SELECT * FROM steps ORDER BY id'));
      if (steps !== last) {
        const disk = path.join(site, String(deaths.length));
        cpSync(before, disk, { recursive: true });
        deaths.push({ disk, landed: [...chat.landed] });
      }
      last = steps;
      return result;
    };
    await first.settleAll();
    await press(first);
    await first.close();
    expect(deaths.length).toBeGreaterThan(15);

    for (const { disk, landed } of deaths) {
      const again = fakeChat();
      const second = await startHub([again.connector], { config: { dataDirectory: disk } });
      second.clock.set(MORNING + 10 * 60_000);
      await second.settleAll();
      // Whoever got no answer presses again; so does whoever got one.
      await press(second);
      const all = new Set([...landed, ...again.landed]);
      const calls = [...all].map(call => call.split(' ')[0]).sort();
      expect({ disk, calls }).toEqual({ disk, calls: ['send', 'task', 'track'] });
      expect(await second.runs()).toMatchObject([{ status: 'succeeded' }]);
      expect(await alertsOf(second)).toMatchObject([
        { state: 'claimed', tasks: [{ url: expect.stringContaining('https://') }] },
      ]);
      expect(await second.api('GET', '/v1/visitors/v1')).toMatchObject({ body: { fields: { notes: dana.email } } });
      expect(await second.app.database.read('SELECT connector FROM alert_placements')).toHaveLength(1);
      await second.close();
    }
  });
});

describeWith(postgresServer)('Two hubs on one PostgreSQL database', () => {
  let chat: ReturnType<typeof fakeChat>;
  let hubs: [TestHub, TestHub];
  let end: () => Promise<void>;
  beforeEach(async () => {
    chat = fakeChat();
    const { url, drop } = await makeDatabase();
    const directory = await mkdtemp(path.join(os.tmpdir(), 'baton-alerts-'));
    const config = { dataDirectory: directory, databaseUrl: url };
    const one = await startHub([chat.connector], { config });
    hubs = [one, await startHub([chat.connector], { config })];
    await connectChat(one);
    end = async () => {
      for (const hub of hubs) await hub.close();
      await drop();
      await rm(directory, { recursive: true, force: true });
    };
  });
  afterEach(() => end());

  /** Every step that is due, by both at once, until none is left. */
  const work = async () => {
    const [one, two] = hubs;
    for (let round = 0; round < 50; round++) {
      await one.app.plan();
      const due = await one.app.database.read<{ id: string; due_at: number }>(
        "SELECT id, due_at FROM steps WHERE status = 'ready' ORDER BY due_at",
      );
      if (due.length === 0) return;
      for (const hub of hubs) hub.clock.set(Math.max(hub.clock.now(), due[0]!.due_at));
      await Promise.all(due.map(({ id }, at) => (at % 2 ? one : two).app.worker.step(id)));
    }
  };

  it('let one of two hundred claim', async () => {
    await hubs[0].activate(workflow('Tell', [tell()]));
    await hubs[0].send(booking());
    await work();
    const [alert] = await alertsOf(hubs[0]);
    const claims = Array.from({ length: 200 }, (_, n) =>
      hubs[n % 2]!.api('POST', `/v1/alerts/${alert!.id}/acts`, {
        act: { kind: 'claim' },
        by: { email: `p${n}@hub.example` },
      }),
    );
    const statuses = (await Promise.all(claims)).map(({ status }) => status);
    expect(statuses.filter(status => status === 200)).toHaveLength(1);
    expect(statuses.filter(status => status === 409)).toHaveLength(199);
    await work();
    expect(chat.updates).toHaveLength(1);
  });

  it('show alerts about one visitor that open at the same moment in one message', async () => {
    for (const name of ['One', 'Two', 'Three', 'Four']) await hubs[0].activate(workflow(name, [tell(name)]));
    await hubs[0].send(...['v1', 'v2', 'v3'].map(booking));
    await work();
    expect(chat.sent).toHaveLength(12);
    expect(new Set(chat.sent.map(({ place }) => place.message)).size).toBe(3);
    const joined = await hubs[0].app.database.read<{ joined: string }>('SELECT joined FROM alerts');
    expect(joined.map(each => (JSON.parse(each.joined) as object[]).length)).toEqual([3, 3, 3]);
  });

  it('lose no claim that is being written while another alert joins', async () => {
    const [one, two] = hubs;
    await one.activate(workflow('Tell', [tell()]));
    await one.send(booking());
    await work();
    await one.activate(workflow('Lead', [tell('A lead')]));
    await one.send({ ...booking(), data: { ...booking().data, meetingId: 'm2' } });
    await one.app.plan();
    let joining: Promise<unknown> | undefined;
    await one.app.database.write(async ({ query }) => {
      await query("UPDATE alerts SET state = 'claimed', claimed_by = $1, version = version + 1", [
        JSON.stringify(dana),
      ]);
      joining = two.settle();
      await eventually(async () => {
        const waiting = await one.app.database.read(
          "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        expect(waiting.length).toBeGreaterThan(0);
      });
    });
    await joining;
    await work();
    const shown = chat.sent.filter(({ facts }) => facts.alert!.placement);
    expect(shown.length).toBeGreaterThan(0);
    for (const { facts } of shown) expect(facts.alert).toMatchObject({ state: 'claimed', claimedBy: dana });
    const [row] = await one.app.database.read<{ version: number }>('SELECT version FROM alerts');
    expect(row!.version).toBe(2 + shown.length);
  });
});
