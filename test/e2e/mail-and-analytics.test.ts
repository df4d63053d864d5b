import { loadConnectors } from '../../src/connectors.ts';
import type { WorkflowDocument } from '../../src/model/workflow.ts';
import { checkExchanges } from '../support/contracts.ts';
import { startHub } from '../support/hub.ts';
import { type Corridor, connect, startCorridor } from '../support/vendors.ts';

type Row = { Id: string } & Record<string, unknown>;
type Mail = { messageId: string; subject: string; to: string; text: string };
type Step = { effect?: string; action: string; status: string; notes?: string[]; output?: unknown };
type Run = { id: string; status: string; error?: string; steps: Step[] };

const hanna = 'hanna.verbeek@northwind-freight.example';
const dana = 'dana.whitfield@brightline.example';

describe('E-mail and Google Analytics, from outside', () => {
  let corridor: Corridor;
  beforeEach(async () => {
    corridor = await startCorridor();
  });
  afterEach(() => corridor.close());

  const activate = (steps: WorkflowDocument['steps']) =>
    corridor.hub.activate({ name: 'Booked', trigger: { type: 'meeting_booked', timing: 'immediately' }, steps });
  const book = async (more: object[] = []) => {
    const { hub } = corridor;
    const visitor = { email: hanna, fields: { first_name: 'Hanna', company: 'Northwind Freight' } };
    const data = { meetingId: 'm1', sessionId: 's1', visitorId: 'v1', visitor };
    await hub.send(...(more as []), { type: 'meeting.booked', data });
    await hub.settleAll();
  };
  const theRun = async (name = 'Booked') => {
    const { data } = (await corridor.hub.api('GET', '/v1/runs')).body as { data: (Run & { workflowId: string })[] };
    const { data: workflows } = (await corridor.hub.api('GET', '/v1/workflows')).body as {
      data: { id: string; document: { name: string } }[];
    };
    const id = workflows.find(({ document }) => document.name === name)?.id;
    return data.find(({ workflowId }) => workflowId === id)!;
  };
  const mails = () => corridor.sandbox.records('email', 'messages') as Mail[];
  const connectAnalytics = () => {
    const { GA_MEASUREMENT_ID, GA_API_SECRET } = corridor.sandbox.settings();
    const values = { measurementId: GA_MEASUREMENT_ID, apiSecret: GA_API_SECRET };
    return corridor.hub.api('POST', '/v1/connections', { connector: 'google-analytics', values });
  };

  it('mails the owner of the record that was pushed, a user by id, and the visitor', async () => {
    const { sandbox } = corridor;
    await connect(corridor, 'salesforce');
    const luis = (sandbox.records('salesforce', 'User') as Row[]).find(({ FirstName }) => FirstName === 'Luis')!;
    const mail = (id: string, to: object, more: object = {}) => ({
      id,
      action: 'email.send',
      input: { to, subject: '{{ visitor.fields.first_name }} booked', body: 'See {{ steps.push.url }}', ...more },
    });
    await activate([
      { id: 'push', action: 'push_record', input: {} },
      mail('owner', { role: 'record_owner' }, { includeConversation: true }),
      mail('user', { user: luis.Id }),
      mail('visitor', { address: '{{ visitor.email }}' }, { body: 'Thank you' }),
    ]);
    await book();
    expect(await theRun()).toMatchObject({ status: 'succeeded' });
    expect(mails()).toMatchObject([
      { to: `Dana Whitfield <${dana}>`, subject: 'Hanna booked', text: expect.stringContaining('Visitor: Hanna') },
      { to: 'Luis Ortega <luis.ortega@brightline.example>' },
      { to: hanna, text: 'Thank you\n' },
    ]);
    expect(new Set(mails().map(({ messageId }) => messageId)).size).toBe(3);
  });

  it('sends a greylisted mail once its time has come, and asks a person where a mail’s answer was lost', async () => {
    const { hub, sandbox } = corridor;
    const to = { address: 'ann@northwind-freight.example' };
    await activate([{ id: 'mail', action: 'email.send', input: { to, subject: 'Hello', body: 'A text' } }]);
    sandbox.control('email', { greylist: true });
    await book();
    expect(await theRun()).toMatchObject({ status: 'succeeded' });
    expect(mails()).toHaveLength(1);

    sandbox.fault('email', { fault: { reset: 'after-apply' } });
    await hub.send({ type: 'meeting.booked', data: { meetingId: 'm2', visitorId: 'v2' } });
    await hub.settleAll();
    const parked = await theRun();
    expect(parked).toMatchObject({ status: 'parked' });
    expect(JSON.stringify(await hub.api('GET', `/v1/runs/${parked.id}`))).toContain('It may have been sent');
    expect(mails()).toHaveLength(2);
  });

  it('makes a task for whoever asks for one in an alert, about the person’s own record', async () => {
    const { hub, sandbox } = corridor;
    await connect(corridor, 'salesforce');
    await activate([{ id: 'tell', action: 'app_alert', input: { to: { role: 'record_owner' }, message: 'Booked' } }]);
    await book();
    const { data } = (await hub.api('GET', `/v1/alerts?user=${dana}`)).body as { data: { id: string }[] };
    const act = { kind: 'create_task', subject: 'Call Hanna', dueDate: '2026-11-27' };
    const by = { name: 'Luis', email: 'luis.ortega@brightline.example' };
    expect(await hub.api('POST', `/v1/alerts/${data[0]!.id}/acts`, { act, by })).toMatchObject({ status: 200 });
    await hub.settleAll();
    const find = (type: string, field: string, value: unknown) =>
      (sandbox.records('salesforce', type) as Row[]).find(row => row[field] === value)!;
    const task = find('Task', 'Subject', 'Call Hanna');
    expect(task).toMatchObject({
      WhoId: find('Contact', 'Email', hanna).Id,
      OwnerId: find('User', 'Email', by.email).Id,
      ActivityDate: '2026-11-27',
    });
    expect(await hub.api('GET', `/v1/alerts/${data[0]!.id}`)).toMatchObject({
      body: { state: 'claimed', tasks: [{ url: expect.stringContaining(task.Id) }] },
    });
  });

  it('tells Google Analytics for the visitor’s own browser, and refuses a name that it would drop', async () => {
    const { hub, sandbox } = corridor;
    expect(await connectAnalytics()).toMatchObject({ status: 201 });
    const track = (name: string) => [
      { id: 'track', action: 'track_event', input: { name, parameters: { company: '{{ visitor.company }}' } } },
    ];
    const document = { name: 'x', trigger: { type: 'meeting_booked', timing: 'immediately' }, steps: track('x') };
    const badly = { ...document, steps: [{ id: 'track', action: 'track_event', input: { name: 'Meeting booked' } }] };
    expect(await hub.api('POST', '/v1/workflows', badly)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'steps[0].input.name', message: expect.stringContaining('Google Analytics') }] },
    });
    await activate(track('qualified_meeting_booked'));
    await book([{ type: 'session.started', data: { sessionId: 's1', visitorId: 'v1', gaClientId: '12.34' } }]);
    expect(await theRun()).toMatchObject({
      status: 'succeeded',
      steps: [
        { action: 'track_event' },
        { effect: 'google-analytics', status: 'succeeded' },
        { effect: 'website', status: 'succeeded' },
      ],
    });
    expect(sandbox.records('google-analytics', 'events')).toMatchObject([
      {
        name: 'qualified_meeting_booked',
        clientId: '12.34',
        params: { company: 'Northwind Freight' },
        at: hub.clock.now(),
      },
    ]);
    expect(await checkExchanges(sandbox.exchanges())).toMatchObject({ passed: true });
  });
});

test('no workflow that mails can be activated while the mail server is not set', async () => {
  const hub = await startHub(await loadConnectors());
  const to = { address: 'ann@northwind-freight.example' };
  const steps = [{ id: 'mail', action: 'email.send', input: { to, subject: 'a', body: 'b' } }];
  const document = { name: 'x', trigger: { type: 'meeting_booked', timing: 'immediately' }, steps };
  const saved = await hub.api('POST', '/v1/workflows', document);
  expect(saved).toMatchObject({ status: 201 });
  const { id } = saved.body as { id: string };
  expect(await hub.api('POST', `/v1/workflows/${id}/activate`)).toMatchObject({
    status: 409,
    body: { missingConnections: ['email'] },
  });
  await hub.close();
});
