import slack from '../../connectors/slack/index.ts';
import vendor from '../../connectors/slack/sandbox/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import type { Connector } from '../../src/sdk/index.ts';
import { checkExchanges } from '../support/contracts.ts';
import { databaseKinds } from '../support/databases.ts';
import { eventually } from '../support/eventually.ts';
import { fakeChat } from '../support/fake-chat.ts';
import { apiOfAnotherWorkspace, MORNING, startHub, type TestHub } from '../support/hub.ts';
import { connect } from '../support/vendors.ts';

const dana = 'dana.whitfield@brightline.example';
const luis = 'luis.ortega@brightline.example';
const booking = (visitor = 'v1') => ({
  type: 'meeting.booked',
  data: {
    meetingId: `m-${visitor}`,
    sessionId: `s-${visitor}`,
    visitorId: visitor,
    visitor: { email: `${visitor}@acme.example`, fields: { first_name: 'Ana', company: 'Acme' } },
  },
});
const workflow = (name: string, input: object = {}) => ({
  name,
  trigger: { type: 'meeting_booked' as const, timing: 'immediately' as const },
  steps: [
    {
      id: 'tell',
      action: 'slack.send_alert',
      input: { to: { channel: '#inbound' }, message: '{{ visitor.email }} has booked', ...input },
    },
  ],
});

type Seen = { status: number | null; told: string[] };
type Message = { ts: string; text: string; channel_name?: string; blocks: object[] };

describe.each(databaseKinds)('Alerts in Slack that people act on, on %s:', kind => {
  let hub: TestHub;
  let sandbox: Sandbox;
  let tasks: ReturnType<typeof fakeChat>;
  beforeEach(async () => {
    let now = () => MORNING;
    sandbox = await startSandbox({ vendors: [vendor], consent: 'auto', now: () => now() });
    tasks = fakeChat('tasks');
    const connectors = [slack as Connector, tasks.connector];
    hub = await startHub(connectors, { kind, config: { environment: sandbox.settings() } });
    now = () => hub.clock.now();
    expect(await connect({ hub }, 'slack')).toMatchObject({ status: 200 });
    const values = { team: 'T1', token: 'secret-token' };
    await hub.api('POST', '/v1/connections', { connector: 'tasks', values });
    sandbox.control('slack', { hubUrl: hub.url, rateLimit: false, answerSeconds: 60 });
  });
  afterEach(async () => {
    await hub.close();
    await sandbox.close();
  });

  const press = (user: string, action: string, more: object = {}) =>
    sandbox.control('slack', { press: { user, action, ...more } }) as Promise<Seen>;
  const messages = () => sandbox.records('slack', 'messages') as Message[];
  type Listed = { data: { state: string; claimedBy: { id: string; name: string; email: string } }[] };
  const alerts = async () => (await hub.api('GET', '/v1/alerts')).body as Listed;
  /** A channel takes one message a second by the real clock, and private answers follow a press once it is acknowledged. */
  const soon = (check: () => void) =>
    eventually(
      async () => {
        await hub.settleAll(2);
        check();
      },
      { deadlineMs: 25_000 },
    );
  /** Every message that there is shows it. */
  const shows = (words: string) =>
    soon(() => {
      for (const { text } of messages()) expect(text).toContain(words);
    });
  const told = (sentence: string, times = 1) =>
    soon(() => {
      const privates = sandbox.records('slack', 'privates').map(each => JSON.stringify(each));
      expect(privates.filter(each => each.includes(sentence))).toHaveLength(times);
    });
  const formOf = (user: string) =>
    soon(() => expect(sandbox.records('slack', 'views')).toContainEqual(expect.objectContaining({ user })));
  const begin = async (input: object = {}) => {
    await hub.activate(workflow('Booked', input));
    await hub.send(booking());
    await hub.settleAll();
    expect(await hub.runs()).toMatchObject([{ status: 'succeeded' }]);
  };

  test('a claim is shown in the message, and whoever is late is told who has it', async () => {
    await begin();
    await press(dana, 'alert.claim');
    await shows('claimed by Dana Whitfield');
    expect(messages()).toMatchObject([
      { text: 'Booked: v1@acme.example has booked · Ana, Acme (claimed by Dana Whitfield)' },
    ]);
    await press(luis, 'alert.snooze', { option: '15' });
    await told('Dana Whitfield has claimed this already.');
    expect((await hub.api('GET', '/v1/audit')).body).toMatchObject({
      data: [{ action: 'alert.claim', actor: { email: dana } }],
    });
  });

  test('two hundred press at once: one winner, one change of the message, and one task for the one who asks', async () => {
    await begin();
    const people = (sandbox.records('slack', 'users') as { id: string }[]).map(({ id }) => id);
    const presses = Array.from({ length: 200 }, (_, index) => press(people[index % people.length]!, 'alert.claim'));
    await Promise.all(presses);
    await shows('claimed by');
    const [alert] = (await alerts()).data;
    expect(alert?.state).toBe('claimed');
    const winner = alert!.claimedBy.id;
    const updates = sandbox.exchanges().filter(({ url }) => url.endsWith('chat.update'));
    expect(updates).toHaveLength(1);
    // The winner's own further presses change nothing, and need no answer.
    await told(`${alert!.claimedBy.name} has claimed this already.`, 160);
    for (const user of people) {
      await press(user, 'alert.create_task');
      await formOf(user);
      await (sandbox.control('slack', { submit: { user, values: { subject: 'Call Ana' } } }) as Promise<Seen>);
    }
    await sandbox.control('slack', { deliverAgain: true });
    await soon(() => expect(JSON.stringify(messages()[0]?.blocks)).toContain('https://tasks.example/t1|Call Ana'));
    expect(tasks.tasks).toEqual([
      expect.objectContaining({ subject: 'Call Ana', dueDate: '2026-11-21', ownerEmail: alert!.claimedBy.email }),
    ]);
    const [refused] = sandbox.records('slack', 'views') as { user: string; blocks: object[] }[];
    expect(JSON.stringify(refused?.blocks)).toContain('has claimed this already. No task was made.');
    expect(refused?.user).not.toBe(winner);
  });

  test('a snooze brings it back in a new message, and both messages show what happens then', async () => {
    await begin();
    await press(dana, 'alert.snooze', { option: '15' });
    await eventually(async () => {
      await hub.settle();
      expect(messages()[0]?.text).toContain('snoozed by Dana Whitfield');
    });
    hub.clock.advance(15 * 60_000);
    await soon(() => expect(messages()).toHaveLength(2));
    await press(luis, 'alert.dismiss');
    await shows('not relevant, says Luis Ortega');
  });

  test('a second alert about the same visitor joins the message of the first', async () => {
    await hub.api('PUT', '/v1/settings', { alertGroupMinutes: 1_440, alertLifeMinutes: 1_440 });
    for (const name of ['One', 'Another']) await hub.activate(workflow(name));
    await hub.send(booking());
    await soon(() => expect(JSON.stringify(messages()[0]?.blocks)).toContain('*Also*'));
    expect(messages()).toHaveLength(1);
  });

  test('the record’s owner who is not in Slack is spoken for in the fallback channel, and the run says why', async () => {
    tasks.owner = { id: 'o1', email: 'gone@brightline.example', name: 'Gone' };
    await begin({ to: { role: 'record_owner' }, fallback: { channel: '#sales-alerts' } });
    expect(messages()).toMatchObject([{ channel_name: 'sales-alerts' }]);
    const { data } = (await hub.api('GET', '/v1/runs')).body as { data: { steps: { notes: string[] }[] }[] };
    expect(data[0]?.steps[0]?.notes).toEqual([
      'The person could not be told (users_not_found). It went to #sales-alerts instead.',
    ]);
  });

  test('a button of an alert in another workspace of the hub leads nowhere', async () => {
    await begin();
    const other = await apiOfAnotherWorkspace(hub);
    await hub.app.database.write(({ query }) => query("UPDATE connections SET workspace_id = 'another'"));
    await press(dana, 'alert.claim');
    await told('not there any more');
    expect(await other('GET', '/v1/alerts')).toMatchObject({ body: { data: [] } });
    expect((await alerts()).data[0]?.state).toBe('open');
  });

  test('uninstalling parks what is to be sent, and installing anew sends it', async () => {
    await begin();
    await sandbox.control('slack', { uninstall: true });
    const state = async () => (await hub.api('GET', '/v1/connections')).body as { data: { status: string }[] };
    expect(JSON.stringify(await state())).toContain('needs_reconnect');
    await hub.send(booking('v2'));
    await hub.settleAll();
    expect(messages()).toHaveLength(1);
    hub.clock.advance(60_000);
    expect(await connect({ hub }, 'slack')).toMatchObject({ status: 200 });
    sandbox.control('slack', { hubUrl: hub.url });
    await soon(() => expect(messages()).toHaveLength(2));
    await press(dana, 'alert.claim', { text: 'v1@acme' });
    await soon(() => expect(messages()[0]?.text).toContain('claimed by Dana Whitfield'));
  });

  test('all that goes back and forth keeps to the vendor’s contract', async () => {
    await begin();
    await press(dana, 'alert.claim');
    await shows('claimed by Dana Whitfield');
    await press(luis, 'alert.dismiss');
    await told('Dana Whitfield has claimed this already.');
    await sandbox.control('slack', { command: { user: dana, text: 'mine' } });
    await sandbox.control('slack', { command: { user: dana, text: 'status' } });
    const { passed, output } = await checkExchanges(sandbox.exchanges());
    expect(passed ? '' : output).toBe('');
  });
});
