import type { WorkflowDocument } from '../src/model/workflow.ts';
import { StepError } from '../src/sdk/index.ts';
import { connectCrm, fakeCrm } from './support/fake-crm.ts';
import { startHub, type TestHub } from './support/hub.ts';

const workflow = (steps: object[], trigger = 'meeting_booked'): WorkflowDocument =>
  ({ name: 'Test', trigger: { type: trigger, timing: 'immediately' }, steps }) as WorkflowDocument;
const push = (input: object = {}) => ({ id: 'push', action: 'push_record', input });
const booked = (email: string | undefined, more: object = {}) => ({
  type: 'meeting.booked',
  data: {
    meetingId: 'm1',
    sessionId: 's1',
    visitorId: 'v1',
    visitor: { email, fields: { last_name: 'Silva', employees: 1200 } },
    ...more,
  },
});

describe('push_record', () => {
  let hub: TestHub;
  let crm: ReturnType<typeof fakeCrm>;
  let other: ReturnType<typeof fakeCrm>;
  beforeEach(async () => {
    crm = fakeCrm('crm');
    other = fakeCrm('other');
    hub = await startHub([crm.connector, other.connector]);
  });
  afterEach(() => hub.close());
  const outcome = async () => (await hub.runs()).map(({ status, error }) => ({ status, error }));
  const visitor = async () => (await hub.api('GET', '/v1/visitors/v1')).body as { external: object };

  it('goes to the only connected destination and keeps the ids on the person, for later steps', async () => {
    await connectCrm(hub);
    const later = { id: 'later', action: 'crm.update_event', input: { title: '{{ visitor.lead.crmPersonId }}' } };
    await hub.activate(workflow([push(), later]));
    await hub.send(booked('Ana@Acme.example'));
    await hub.settle();
    expect(await outcome()).toEqual([{ status: 'succeeded', error: null }]);
    expect(await visitor()).toMatchObject({ external: { crmPersonId: 'p1' } });
    expect(crm.landed[1]).toMatchObject({
      input: { title: 'p1' },
      facts: {
        lastPush: { connector: 'crm', recordType: 'Person', recordId: 'p1' },
        visitor: { external: { crmPersonId: 'p1' } },
      },
    });
  });

  it('hands on the options that its destination takes, and no others', async () => {
    await connectCrm(hub);
    await hub.activate(workflow([push({ options: { loud: '{{ visitor.fields.employees | times: 0 | plus: 1 }}' } })]));
    await hub.activate(workflow([push({ options: { loud: true } })]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect(crm.landed.map(({ input }) => input)).toEqual([{ destination: 'crm', loud: true }]);
    expect((await outcome()).find(({ status }) => status === 'failed')?.error).toContain('`input.options.loud`');
    const saved = await hub.api('POST', '/v1/workflows', workflow([push({ options: { lowd: true } })]));
    expect(saved).toMatchObject({ status: 422, body: { errors: [{ path: 'steps[0].input.options.lowd' }] } });
  });

  it('keeps no id under a name that its connector does not own', async () => {
    await connectCrm(hub);
    await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect((await visitor()).external).toEqual({ crmPersonId: 'p1' });
  });

  it('keeps the ids of two destinations beside each other', async () => {
    await connectCrm(hub);
    await connectCrm(hub, 'other');
    const both = [push({ destination: 'crm' }), { ...push({ destination: 'other' }), id: 'second' }];
    await hub.activate(workflow(both));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect((await visitor()).external).toEqual({ crmPersonId: 'p1', otherPersonId: 'p1' });
  });

  it('goes to the workspace’s default where the step names none', async () => {
    await connectCrm(hub);
    await connectCrm(hub, 'other');
    await hub.api('PATCH', '/v1/settings', { defaultPushDestination: 'other' });
    await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect([crm.landed.length, other.landed.length]).toEqual([0, 1]);
  });

  it('fails by name where several destinations are connected and none is chosen', async () => {
    await connectCrm(hub);
    await connectCrm(hub, 'other');
    await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    const error = expect.stringMatching(/`push`.*`crm` and `other`.*defaultPushDestination/);
    expect(await outcome()).toEqual([{ status: 'failed', error }]);
  });

  it('waits for its destination to be connected, and then goes on by itself', async () => {
    await hub.activate(workflow([push({ destination: 'other' })]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect(await outcome()).toMatchObject([{ status: 'parked' }]);
    await connectCrm(hub, 'other');
    await hub.settle();
    expect(await outcome()).toMatchObject([{ status: 'succeeded' }]);
    expect(other.landed).toHaveLength(1);
  });

  it('stays with the destination of its first try, also where the default has changed since', async () => {
    await connectCrm(hub);
    await connectCrm(hub, 'other');
    await hub.api('PATCH', '/v1/settings', { defaultPushDestination: 'crm' });
    crm.fail.push(new StepError('transient', 'Down.'));
    await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    await hub.api('PATCH', '/v1/settings', { defaultPushDestination: 'other' });
    await hub.settleAll();
    expect([crm.landed.length, other.landed.length]).toEqual([1, 0]);
  });

  it('of several workflows at the same moment makes one person', async () => {
    await connectCrm(hub);
    let release = () => {};
    const first = new Promise<void>(resolve => {
      release = resolve;
    });
    let waiting = 0;
    crm.pause = async () => {
      waiting += 1;
      await first;
    };
    for (let n = 0; n < 3; n++) await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    const settled = hub.settle();
    while (waiting === 0) await new Promise(setImmediate);
    release();
    await settled;
    await hub.settleAll();
    expect(await outcome()).toEqual(Array(3).fill({ status: 'succeeded', error: null }));
    const created = await hub.app.database.read<{ output: string }>('SELECT output FROM steps');
    expect(created.filter(({ output }) => JSON.parse(output).created)).toHaveLength(1);
    expect(crm.people.size).toBe(1);
  });

  it('keeps nothing where the worker has lost the step before its outcome is recorded', async () => {
    await connectCrm(hub);
    crm.pause = () => hub.app.database.write(({ query }) => query("UPDATE steps SET lease_token = 'somebody else'"));
    await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect(crm.landed).toHaveLength(1);
    expect((await visitor()).external).toEqual({});
    expect(await outcome()).toMatchObject([{ status: 'running' }]);
  });

  it('tells the connector who the rep and the meeting’s owner are there, and nobody of another org', async () => {
    await connectCrm(hub, 'crm', { org: 'org-1' });
    await connectCrm(hub, 'crm', { org: 'org-1', user: 'Rita@acme.example', userId: 'u-rita' });
    await connectCrm(hub, 'crm', { org: 'org-2', user: 'otto@acme.example', userId: 'u-otto' });
    await hub.activate(workflow([push()]));
    const attendees = [{ name: 'Otto', email: 'otto@acme.example', organizer: true, owner: true }];
    await hub.send(
      {
        type: 'message.sent',
        data: {
          sessionId: 's1',
          visitorId: 'v1',
          conversationId: 'c1',
          messageId: 'x',
          senderType: 'user',
          userEmail: 'rita@acme.example',
        },
      },
      booked('ana@acme.example', { attendees, conversationId: 'c1' }),
      {
        ...booked('bo@acme.example', {
          meetingId: 'm2',
          sessionId: 's2',
          visitorId: 'v2',
          attendees: [{ name: 'Rita', email: 'RITA@acme.example', organizer: true, owner: true }],
        }),
      },
    );
    await hub.settle();
    expect(crm.landed.map(({ facts }) => facts.owners)).toEqual(
      expect.arrayContaining([{ rep: 'u-rita' }, { meeting: 'u-rita' }]),
    );
  });

  it('hands over the values that the workspace’s mappings come to, blanks left out', async () => {
    const connectionId = await connectCrm(hub);
    expect(connectionId).toBeTruthy();
    const Person = [
      { field: 'LastName', from: 'visitor.fields.last_name', update: 'if_blank' },
      { field: 'Staff', from: 'visitor.fields.employees', update: 'always' },
      { field: 'Source', value: 'Web', update: 'never' },
      { field: 'Origin', from: 'visitor.fields.website', update: 'never' },
    ];
    const saved = await hub.api('PUT', '/v1/connectors/crm/mappings', { objects: { Person } });
    expect(saved.status).toBe(200);
    await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect(crm.landed[0]!.facts.mapped).toEqual({
      Person: [
        { field: 'LastName', value: 'Silva', update: 'if_blank' },
        { field: 'Staff', value: 1200, update: 'always' },
        { field: 'Source', value: 'Web', update: 'never' },
      ],
    });
  });

  it('uses the connector’s own mappings where the workspace has none', async () => {
    await connectCrm(hub);
    await hub.activate(workflow([push()]));
    await hub.send(booked('ana@acme.example'));
    await hub.settle();
    expect(crm.landed[0]!.facts.mapped).toEqual({
      Person: [{ field: 'Email', value: 'ana@acme.example', update: 'always' }],
    });
  });

  it('is checked when a workflow is saved: destination, connection, choice', async () => {
    const save = (input: object) => hub.api('POST', '/v1/workflows', workflow([push(input)]));
    expect(await save({ destination: 'othr' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'steps[0].input.destination', message: expect.stringContaining('`other`') }] },
    });
    const unconnected = (await save({})) as { status: number; body: { id: string; warnings: object[] } };
    expect(unconnected).toMatchObject({
      status: 201,
      body: { warnings: [{ path: 'steps[0].action', message: expect.stringContaining('`crm` or `other`') }] },
    });
    expect(await hub.api('POST', `/v1/workflows/${unconnected.body.id}/activate`)).toMatchObject({
      status: 409,
      body: { missingConnections: ['crm or other'] },
    });
    await connectCrm(hub);
    expect(await save({})).not.toHaveProperty('body.warnings');
    await connectCrm(hub, 'other');
    expect(await save({})).toMatchObject({ body: { warnings: [{ path: 'steps[0].input.destination' }] } });
  });

  it('is not offered where nothing takes people', async () => {
    const { roles: _, ...connector } = fakeCrm('plain').connector;
    const bare = await startHub([connector]);
    const answer = await bare.api('POST', '/v1/workflows', workflow([push()]));
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'steps[0].action' }] } });
    await bare.close();
  });
});
