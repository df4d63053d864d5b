import { eventually } from '../support/eventually.ts';
import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

const TASKS = '/services/data/*/sobjects/Task';
const SECOND = 1000;

type Run = {
  status: string;
  error?: string;
  steps: {
    status: string;
    attempts: { kind?: string; reason?: string }[];
    notes?: string[];
    error?: { kind: string; message: string };
  }[];
};

describe('On a bad day', () => {
  let corridor: Corridor;
  let meeting = 0;
  beforeEach(async () => {
    corridor = await startCorridor();
    for (const connector of ['salesforce', 'slack']) await connect(corridor, connector);
  });
  afterEach(() => corridor.close());

  /** A workflow of one step; then a booked meeting starts it. */
  async function start(step: { action: string; input: object }) {
    await corridor.hub.activate({
      name: 'Bad day',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: [{ id: 'only', ...step }],
    } as never);
    await again();
  }
  async function again() {
    meeting += 1;
    const data = { meetingId: `m${meeting}`, sessionId: 's1', visitorId: 'v1', visitor: { email: 'ana@acme.example' } };
    await corridor.hub.send({ type: 'meeting.booked', data });
  }
  const task = { action: 'salesforce.create_task', input: { subject: 'Call {{ visitor.email }}' } };
  const alert = { action: 'slack.send_alert', input: { to: { channel: '#inbound' }, message: 'Hello' } };
  const tasks = () => corridor.sandbox.records('salesforce', 'Task');
  const run = async (): Promise<Run> => {
    const { body } = (await corridor.hub.api('GET', '/v1/runs?limit=1')) as { body: { data: Run[] } };
    return body.data[0]!;
  };

  it('a revoked grant parks the run, and connecting again lets it go on by itself', async () => {
    const { hub, sandbox } = corridor;
    sandbox.control('salesforce', { revokeGrants: true });
    await start(task);
    await hub.settle();
    expect(await run()).toMatchObject({
      status: 'parked',
      steps: [{ status: 'parked', error: { message: expect.stringMatching(/Salesforce|connect/) } }],
    });
    const { body } = (await hub.api('GET', '/v1/connections')) as {
      body: { data: { connector: string; status: string; reason: string }[] };
    };
    expect(body.data.find(row => row.connector === 'salesforce')).toMatchObject({
      status: 'needs_reconnect',
      reason: expect.any(String),
    });
    expect(tasks()).toHaveLength(0);

    await connect(corridor, 'salesforce');
    await hub.settle();
    expect(await run()).toMatchObject({ status: 'succeeded' });
    expect(tasks()).toHaveLength(1);
  });

  it('an expired access token is renewed on the way, and costs no try', async () => {
    const { hub, sandbox } = corridor;
    sandbox.control('salesforce', { expireAccessTokens: true });
    await start(task);
    await hub.settle();
    expect(await run()).toMatchObject({ status: 'succeeded', steps: [{ attempts: [{}] }] });
    expect(tasks()).toHaveLength(1);
  });

  it.each([
    ['the connection is reset before anything is applied', { reset: 'before' as const }],
    ['the answer is lost after the task was created', { reset: 'after-apply' as const }],
    [
      'the vendor answers 503 with a web page',
      { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Down for maintenance</html>' },
    ],
    [
      'the vendor answers 200 with a web page',
      { malformed: true, status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Hello</html>' },
    ],
  ])('there is one task in the end where %s', async (_, fault) => {
    const { hub, sandbox } = corridor;
    sandbox.fault('salesforce', { match: { method: 'POST', path: TASKS }, times: 1, fault });
    await start(task);
    await hub.settle();
    expect((await run()).steps[0]!.attempts[0]).toMatchObject({
      kind: 'uncertain',
      reason: expect.stringContaining('Salesforce'),
    });
    await hub.settleAll();
    expect(await run()).toMatchObject({ status: 'succeeded' });
    expect(tasks()).toHaveLength(1);
  });

  it('an org at its limit closes the gate for the whole connection, and costs no try', async () => {
    const { hub, sandbox } = corridor;
    const body = [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }];
    sandbox.fault('salesforce', { match: { method: 'POST', path: TASKS }, times: 1, fault: { status: 403, body } });
    await start(task);
    await hub.settle();
    await again();
    await hub.settle();
    const sent = sandbox.exchanges().filter(({ url, method }) => method === 'POST' && url.endsWith('/sobjects/Task'));
    expect(sent).toHaveLength(1);
    expect(await run()).toMatchObject({ status: 'running', steps: [{ status: 'ready' }] });
    await hub.settleAll();
    expect(tasks()).toHaveLength(2);
  });

  it('a value that the org refuses fails the step with the field and the vendor’s words', async () => {
    await start({ action: 'salesforce.create_task', input: { subject: 'x', fields: { NoSuchField__c: 'y' } } });
    await corridor.hub.settle();
    expect(await run()).toMatchObject({ status: 'failed', error: expect.stringContaining('NoSuchField__c') });
  });

  it('a channel that was archived fails the alert and says what to do', async () => {
    await start({ action: 'slack.send_alert', input: { to: { channel: '#old-campaign' }, message: 'Hello' } });
    await corridor.hub.settle();
    expect(await run()).toMatchObject({ status: 'failed', error: expect.stringMatching(/archived/i) });
  });

  it('an alert whose answer was lost is found again by its step key', async () => {
    const { hub, sandbox } = corridor;
    sandbox.fault('slack', { match: { path: '*chat.postMessage' }, times: 1, fault: { reset: 'after-apply' } });
    await start(alert);
    // The channel's one message a second is measured in real time.
    await eventually(async () => {
      await hub.settleAll(1);
      expect(await run()).toMatchObject({
        status: 'succeeded',
        steps: [{ notes: expect.arrayContaining([expect.stringContaining('found again')]) }],
      });
    });
    expect(sandbox.records('slack', 'messages')).toHaveLength(1);
  });

  it('a connector that does not exist is not found, and one that is connected by typed values says so', async () => {
    const { hub } = corridor;
    expect(await hub.api('GET', '/v1/connect/nobody')).toMatchObject({ status: 404 });
    expect(await hub.api('GET', '/v1/connect/marketo')).toMatchObject({ status: 409 });
  });

  it('no answer and no row shows a token', async () => {
    const { hub } = corridor;
    await start(task);
    hub.clock.advance(SECOND);
    await hub.settle();
    const rows = await hub.app.database.read<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
    const all = await Promise.all(rows.map(({ name }) => hub.app.database.read(`SELECT * FROM "${name}"`)));
    const answers = await Promise.all(['/v1/connections', '/v1/runs', '/v1/events'].map(path => hub.api('GET', path)));
    const seen = JSON.stringify([all, answers]);
    expect(seen).toContain('ana@acme.example');
    expect(seen).not.toMatch(/xox[a-z]-|\b00D\w{12,15}!/);
  });
});
