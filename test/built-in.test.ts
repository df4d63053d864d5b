import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { WorkflowDocument } from '../src/model/workflow.ts';
import { StepError } from '../src/sdk/index.ts';
import { connectCrm, fakeCrm } from './support/fake-crm.ts';
import { apiOfAnotherWorkspace, INGEST, startHub, type TestHub } from './support/hub.ts';

const steps = (action: string, title: string) => [{ id: 'do', action, input: { title } }];
const builtIns = [
  {
    key: 'meeting-event',
    document: {
      name: 'Meeting event',
      trigger: { type: 'meeting_booked', timing: 'immediately' },
      steps: steps('crm.create_event', 'With {{ meeting.title }}'),
    },
    conflictsWith: ['crm.create_event'],
  },
  {
    key: 'meeting-change',
    document: {
      name: 'Meeting change',
      trigger: { type: 'meeting_changed', timing: 'immediately' },
      steps: [
        {
          id: 'how',
          action: 'branch',
          paths: [{ when: { field: 'meeting.status', op: 'eq', value: 'canceled' }, goto: 'delete' }],
        },
        { id: 'update', action: 'crm.update_event', input: { title: '{{ meeting.startTime }}' }, goto: 'end' },
        { id: 'delete', action: 'crm.delete_event', input: {} },
      ],
    },
  },
  {
    key: 'mail-task',
    document: {
      name: 'E-mail task',
      trigger: { type: 'email_sent', timing: 'immediately' },
      steps: steps('crm.update_event', '{{ email.subject }} to {{ email.email }} on {{ email.sentAt }}'),
    },
  },
  {
    key: 'unsubscribe',
    document: {
      name: 'Unsubscribe',
      trigger: { type: 'email_unsubscribed', timing: 'immediately' },
      steps: steps('crm.update_event', 'stop {{ visitor.email }}'),
    },
  },
];
type Shown = {
  id: string;
  status: string;
  builtIn: boolean;
  version: number;
  warnings?: { path: string; message: string }[];
};
const own = (trigger: string, action: string): WorkflowDocument =>
  ({ name: 'Mine', trigger: { type: trigger, timing: 'immediately' }, steps: steps(action, 'x') }) as WorkflowDocument;

describe('Built-in workflows', () => {
  let hub: TestHub;
  beforeEach(async () => {
    hub = await startHub([fakeCrm('crm', { builtIns }).connector]);
  });
  afterEach(() => hub.close());
  const id = 'builtin-crm-meeting-event';
  const get = async (which = id) => (await hub.api('GET', `/v1/workflows/${which}`)).body as Shown;
  const disconnect = (connection: string) => hub.api('DELETE', `/v1/connections/${connection}`);

  it('are there from the start, inactive, and marked', async () => {
    const { data } = (await hub.api('GET', '/v1/workflows')).body as { data: Shown[] };
    expect(data.map(({ id, status, builtIn }) => ({ id, status, builtIn }))).toEqual(
      expect.arrayContaining(
        builtIns.map(({ key }) => ({ id: `builtin-crm-${key}`, status: 'inactive', builtIn: true })),
      ),
    );
    expect(data).toHaveLength(4);
  });

  it('become active when their vendor is connected, and by no rep’s personal connection', async () => {
    await connectCrm(hub, 'crm', { user: 'rita@acme.example' });
    expect((await get()).status).toBe('inactive');
    await connectCrm(hub);
    expect((await get()).status).toBe('active');
  });

  it('stay off once a person has switched them off, also when the vendor is connected again', async () => {
    const connection = await connectCrm(hub);
    expect((await hub.api('POST', `/v1/workflows/${id}/deactivate`)).status).toBe(200);
    await disconnect(connection);
    await connectCrm(hub);
    expect((await get()).status).toBe('inactive');
    expect((await hub.api('POST', `/v1/workflows/${id}/activate`)).status).toBe(200);
    expect((await get()).status).toBe('active');
  });

  it('stay off where a person has said so before the vendor was ever connected', async () => {
    await hub.api('POST', `/v1/workflows/${id}/deactivate`);
    await connectCrm(hub);
    expect((await get()).status).toBe('inactive');
    expect((await get('builtin-crm-mail-task')).status).toBe('active');
  });

  it('cannot be activated while the vendor is not connected', async () => {
    expect((await hub.api('POST', `/v1/workflows/${id}/activate`)).status).toBe(409);
  });

  it('cannot be changed or deleted', async () => {
    expect((await hub.api('PUT', `/v1/workflows/${id}`, builtIns[0]!.document)).status).toBe(409);
    expect((await hub.api('DELETE', `/v1/workflows/${id}`)).status).toBe(409);
    expect(await get()).toMatchObject({ version: 1 });
  });

  it('belong to one workspace', async () => {
    const api = await apiOfAnotherWorkspace(hub);
    expect((await api('GET', `/v1/workflows/${id}`)).status).toBe(404);
    expect((await api('POST', `/v1/workflows/${id}/activate`)).status).toBe(404);
    expect((await api('POST', `/v1/workflows/${id}/deactivate`)).status).toBe(404);
  });

  it('warn, and are warned of, where an admin’s workflow writes the same on the same trigger', async () => {
    await connectCrm(hub);
    const warning = [{ path: 'steps[0].action', message: expect.stringContaining(`\`Meeting event\` (${id})`) }];
    const saved = (await hub.api('POST', '/v1/workflows', own('meeting_booked', 'crm.create_event'))).body as Shown;
    expect(saved.warnings).toEqual(warning);
    expect((await get()).warnings).toBeUndefined();
    const activated = await hub.api('POST', `/v1/workflows/${saved.id}/activate`);
    expect(activated).toMatchObject({ status: 200, body: { warnings: warning } });
    expect((await get(saved.id)).warnings).toEqual(warning);
    expect((await get()).warnings).toEqual([
      { path: 'trigger', message: expect.stringContaining(`\`Mine\` (${saved.id})`) },
    ]);
    await hub.api('POST', `/v1/workflows/${id}/deactivate`);
    expect((await get(saved.id)).warnings).toBeUndefined();
  });

  it('do not warn of another action, or of another trigger', async () => {
    await connectCrm(hub);
    for (const document of [own('meeting_booked', 'crm.update_event'), own('meeting_offered', 'crm.create_event')])
      expect((await hub.api('POST', '/v1/workflows', document)).body).not.toHaveProperty('warnings');
  });

  it('alone may start on the internal triggers', async () => {
    for (const trigger of ['email_sent', 'email_unsubscribed', 'meeting_changed'])
      expect(await hub.api('POST', '/v1/workflows', own(trigger, 'crm.update_event'))).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'trigger.type' }] },
      });
  });

  it('do not keep visitor fields from being changed', async () => {
    await connectCrm(hub);
    expect((await hub.api('DELETE', '/v1/visitor-fields/industry')).status).toBe(204);
  });
});

describe('A built-in workflow whose document has changed with a release', () => {
  it('gets its next version, and stays as it was switched', async () => {
    const crm = (name: string) => {
      const [first, ...others] = builtIns;
      return fakeCrm('crm', { builtIns: [{ ...first!, document: { ...first!.document, name } }, ...others] });
    };
    const dataDirectory = await mkdtemp(path.join(os.tmpdir(), 'baton-built-in-'));
    for (const [name, version, status] of [
      ['Old', 1, 'active'],
      ['Old', 1, 'active'],
      ['New', 2, 'active'],
    ] as const) {
      const hub = await startHub([crm(name).connector], { config: { dataDirectory } });
      if (name === 'Old') await connectCrm(hub);
      expect((await hub.api('GET', '/v1/workflows/builtin-crm-meeting-event')).body).toMatchObject({
        version,
        status,
        document: { name },
      });
      await hub.close();
    }
    await rm(dataDirectory, { recursive: true });
  });

  it('that is not right keeps the hub from starting, with every mistake', async () => {
    const wrong = [{ key: 'bad', document: own('email_snt', 'crm.creat_event') }];
    await expect(startHub([fakeCrm('crm', { builtIns: wrong }).connector])).rejects.toThrow(
      /built-in bad: trigger\.type(.|\n)*crm\.creat_event/,
    );
  });
});

describe('Internal triggers', () => {
  let hub: TestHub;
  let crm: ReturnType<typeof fakeCrm>;
  beforeEach(async () => {
    crm = fakeCrm('crm', { builtIns });
    hub = await startHub([crm.connector]);
    await connectCrm(hub);
  });
  afterEach(() => hub.close());
  const titles = () => crm.landed.map(({ input }) => (input as { title?: string }).title);
  const mail = (more: object = {}) => ({
    type: 'email.sent',
    data: { email: 'Ana@Acme.example', subject: 'Hello', senderEmail: 'rita@us.example', ...more },
  });
  const meeting = (type: string, more: object = {}) => ({
    type: `meeting.${type}`,
    data: { meetingId: 'm1', ...more },
  });

  it('start once per e-mail, however often it is reported', async () => {
    await hub.send({ ...mail(), id: 'a' }, { ...mail({ subject: 'Again' }), id: 'b' }, { ...mail(), id: 'a' });
    await hub.settle();
    await hub.send({ ...mail(), id: 'a' });
    await hub.settle();
    expect(titles().sort()).toEqual([
      'Again to Ana@Acme.example on 2026-11-20T10:00:00.000Z',
      'Hello to Ana@Acme.example on 2026-11-20T10:00:00.000Z',
    ]);
    expect((await hub.runs()).map(run => run.occasion_key).sort()).toEqual([
      'event:["test","a"]',
      'event:["test","b"]',
    ]);
  });

  it('know the visitor by the e-mail, else make one for it', async () => {
    await hub.send({ type: 'visitor.updated', data: { visitorId: 'v1', visitor: { email: 'ana@acme.example' } } });
    await hub.send(mail(), mail({ email: 'new@acme.example' }));
    await hub.settle();
    expect(crm.landed.map(({ facts }) => facts.visitor).map(({ visitorId, email }) => [visitorId, email])).toEqual(
      expect.arrayContaining([
        ['v1', 'ana@acme.example'],
        ['email:new@acme.example', 'new@acme.example'],
      ]),
    );
  });

  it('take an e-mail for its recipient’s, in whosever session it was reported', async () => {
    await hub.send({
      type: 'visitor.updated',
      data: { visitorId: 'v1', sessionId: 's1', visitor: { email: 'bo@acme.example' } },
    });
    await hub.send({
      type: 'email.unsubscribed',
      data: { email: 'ana@acme.example', sessionId: 's1', visitorId: 'v1' },
    });
    await hub.settle();
    expect(titles()).toEqual(['stop ana@acme.example']);
    expect((await hub.api('GET', '/v1/visitors/v1')).body).toMatchObject({ email: 'bo@acme.example' });
  });

  it('do not act on an e-mail that became known too late', async () => {
    await hub.send({ ...mail(), time: '2026-11-20T09:00:00Z' });
    await hub.settle();
    expect(await hub.runs()).toEqual([]);
  });

  it('start for every change of a meeting, and know the record that was kept with it', async () => {
    const attendees = [{ name: 'Ana', email: 'ana@acme.example', organizer: false, owner: false }];
    await hub.send(meeting('booked', { title: 'Demo', startTime: '2026-11-21T10:00:00Z', attendees }));
    await hub.settle();
    await hub.send(meeting('rescheduled', { startTime: '2026-11-22T10:00:00Z' }));
    await hub.settle();
    await hub.send(meeting('rescheduled', { startTime: '2026-11-23T10:00:00Z' }));
    await hub.settle();
    await hub.send(meeting('canceled'));
    await hub.settle();
    await hub.send(meeting('no_show'));
    await hub.settle();
    expect(crm.landed.map(({ action, facts }) => [action, facts.meetingRecordId, facts.visitor.email])).toEqual([
      ['create_event', undefined, 'ana@acme.example'],
      ['update_event', 'e1', 'ana@acme.example'],
      ['update_event', 'e2', 'ana@acme.example'],
      ['delete_event', 'e2', 'ana@acme.example'],
      ['update_event', undefined, 'ana@acme.example'],
    ]);
    expect(titles().slice(0, 3)).toEqual(['With Demo', '2026-11-22T10:00:00Z', '2026-11-23T10:00:00Z']);
    expect(crm.landed[3]!.facts.meeting).toMatchObject({ id: 'm1', status: 'canceled' });
  });

  it('change a meeting’s record once it is there, also where the booking has to be tried again', async () => {
    crm.fail.push(new StepError('transient', 'Down.'));
    await hub.send(meeting('booked', { title: 'Demo' }));
    await hub.settle();
    await hub.send(meeting('canceled'));
    await hub.settle();
    expect(crm.landed).toEqual([]);
    await hub.settleAll();
    expect(crm.landed.map(({ action, facts }) => [action, facts.meetingRecordId])).toEqual([
      ['create_event', undefined],
      ['delete_event', 'e1'],
    ]);
    expect((await hub.runs()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
  });

  it('keep a meeting’s record only with the outcome of the step that made it', async () => {
    crm.fail.push(new StepError('rejected', 'No.'));
    await hub.send(meeting('booked', { title: 'Demo' }));
    await hub.settle();
    await hub.send(meeting('rescheduled', { startTime: '2026-11-22T10:00:00Z' }));
    await hub.settle();
    expect(crm.landed.map(({ facts }) => facts.meetingRecordId)).toEqual([undefined]);
  });

  it('tell two events apart whose source and id run together alike, and take names of any length', async () => {
    const long = { source: 's'.repeat(500), id: 'i'.repeat(250) };
    const events = [{ source: 'a:b', id: 'c' }, { source: 'a', id: 'b:c' }, long].map(({ source, id }) => ({
      specversion: '1.0',
      source,
      id,
      type: 'com.qualified.email.sent',
      time: '2026-11-20T10:00:00Z',
      data: mail().data,
    }));
    const answer = await fetch(`${hub.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${INGEST}`, 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
    });
    expect(await answer.json()).toMatchObject({ accepted: 3 });
    await hub.settle();
    const keys = (await hub.runs()).map(run => run.occasion_key);
    expect(new Set(keys).size).toBe(3);
    expect(Math.max(...keys.map(key => key.length))).toBeLessThanOrEqual(300);
  });
});
