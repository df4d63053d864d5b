import { recentAlerts } from '../src/alerts/list.ts';
import type { WorkflowDocument } from '../src/model/workflow.ts';
import { StepError } from '../src/sdk/index.ts';
import { databaseKinds } from './support/databases.ts';
import { fakeChat } from './support/fake-chat.ts';
import { connectCrm, fakeCrm } from './support/fake-crm.ts';
import { apiOfAnotherWorkspace, startHub, type TestHub } from './support/hub.ts';

const workflow = (steps: WorkflowDocument['steps'], name = 'Tell', trigger = 'meeting_booked'): WorkflowDocument => ({
  name,
  trigger: { type: trigger, timing: 'immediately' } as WorkflowDocument['trigger'],
  steps,
});
const tell = (input: object = {}) => ({
  id: 'tell',
  action: 'chat.send_alert',
  input: { to: { channel: 'inbound' }, message: '{{ visitor.email }} is here', ...input },
});
const booking = (visitor = 'v1', meeting = 'm1') => ({
  type: 'meeting.booked',
  data: {
    meetingId: meeting,
    sessionId: `s-${visitor}`,
    visitorId: visitor,
    visitor: { email: `${visitor}@acme.example`, fields: { first_name: 'Ana', company: 'Acme' } },
  },
});
const dana = { id: 'U1', name: 'Dana', email: 'dana@hub.example' };
const luis = { id: 'U2', name: 'Luis', email: 'luis@hub.example' };

type Outcome = { done: boolean; reason?: string; alert: { state: string; claimedBy?: { name: string } } };

describe.each(databaseKinds)('Alerts, on %s,', kind => {
  let hub: TestHub;
  let chat: ReturnType<typeof fakeChat>;
  beforeEach(async () => {
    chat = fakeChat();
    hub = await startHub([chat.connector], { kind });
    const values = { team: 'T1', token: 'secret-token' };
    expect(await hub.api('POST', '/v1/connections', { connector: 'chat', values })).toMatchObject({ status: 201 });
  });
  afterEach(() => hub.close());

  const begin = async (steps: WorkflowDocument['steps'] = [tell()], ...more: WorkflowDocument[]) => {
    for (const document of [workflow(steps), ...more]) await hub.activate(document);
    await hub.send(booking());
    await hub.settle();
  };
  const alertId = (at = 0) => chat.sent[at]!.facts.alert!.id;
  const press = async (act: object, by = dana, key = JSON.stringify([act, by.id]), alert = alertId()) => {
    const response = await fetch(`${hub.url}/chat/press`, {
      method: 'POST',
      headers: { 'x-signature': 'right' },
      body: JSON.stringify({ alert, act, by, key }),
    });
    return (await response.json()) as Outcome;
  };
  const api = async <T>(path: string) => (await hub.api('GET', path)).body as T;
  const steps = () =>
    hub.app.database.read<{ effect: string | null; status: string; action: string }>(
      'SELECT effect, status, action FROM steps ORDER BY id',
    );
  const lastShown = () => chat.updates.at(-1)!.facts.alert!;

  it('are sent with who, what and where, and keep where they are shown', async () => {
    await hub.activate(workflow([tell()]));
    await hub.send(
      {
        type: 'page.viewed',
        data: { sessionId: 's-v1', visitorId: 'v1', url: 'https://acme.example/pricing', utm: { campaign: 'spring' } },
      },
      booking(),
    );
    await hub.settle();
    expect(chat.sent[0]!.facts.alert).toMatchObject({
      title: 'Tell',
      message: 'v1@acme.example is here',
      state: 'open',
      version: 1,
      offers: ['claim', 'create_task', 'snooze', 'dismiss'],
      about: {
        visitor: { name: 'Ana', company: 'Acme', email: 'v1@acme.example', known: false },
        page: { url: 'https://acme.example/pricing' },
        campaign: 'spring',
      },
    });
    expect(await hub.app.database.read('SELECT connector FROM alert_placements')).toEqual([{ connector: 'chat' }]);
  });

  it('know a visitor who was here before', async () => {
    await hub.send({
      type: 'page.viewed',
      data: { sessionId: 'earlier', visitorId: 'v1', url: 'https://acme.example' },
    });
    await begin();
    expect(chat.sent[0]!.facts.alert!.about.visitor.known).toBe(true);
  });

  it('are claimed by the first, shown to all, and told to everybody else', async () => {
    await begin();
    expect(await press({ kind: 'claim' })).toMatchObject({ done: true, alert: { claimedBy: { name: 'Dana' } } });
    expect(await press({ kind: 'claim' }, luis)).toEqual(
      expect.objectContaining({ done: false, reason: 'Dana has claimed this already.' }),
    );
    await hub.settle();
    expect(chat.updates).toHaveLength(1);
    expect(lastShown()).toMatchObject({ state: 'claimed', claimedBy: dana });
    const { history } = await api<{ history: object[] }>(`/v1/alerts/${alertId()}`);
    expect(history).toMatchObject([
      { act: { kind: 'claim' }, by: dana, done: true },
      { act: { kind: 'claim' }, by: luis, done: false },
    ]);
    expect(await api('/v1/audit')).toMatchObject({
      data: [{ actor: { ...dana, via: 'chat' }, action: 'alert.claim', subject: `alert:${alertId()}` }],
    });
    const { data } = await api<{ data: { status: string; steps: object[] }[] }>('/v1/runs');
    expect(data[0]).toMatchObject({
      status: 'succeeded',
      steps: [{ id: 'tell' }, { id: 'tell', effect: 'update chat', status: 'succeeded' }],
    });
  });

  it('have one winner among two hundred who press at once', async () => {
    await begin();
    const people = Array.from({ length: 200 }, (_, n) => ({ id: `U${n}`, name: `P${n}`, email: `p${n}@hub.example` }));
    const outcomes = await Promise.all(people.map(person => press({ kind: 'claim' }, person)));
    expect(outcomes.filter(({ done }) => done)).toHaveLength(1);
    await hub.settle();
    expect(chat.updates).toHaveLength(1);
  });

  it('take the same press once, and answer it alike', async () => {
    await begin();
    const ask = { kind: 'create_task', subject: 'Call Ana', dueDate: '2026-11-21' };
    expect(await press(ask, dana, 'press-1')).toMatchObject({ done: true });
    expect(await press(ask, dana, 'press-1')).toMatchObject({ done: true });
    await hub.settle();
    expect(chat.tasks).toEqual([
      expect.objectContaining({ subject: 'Call Ana', dueDate: '2026-11-21', ownerEmail: dana.email }),
    ]);
    expect(lastShown()).toMatchObject({
      state: 'claimed',
      claimedBy: dana,
      tasks: [{ subject: 'Call Ana', by: dana, url: 'https://tasks.example/t1' }],
    });
  });

  it('take what people type literally, not as templates', async () => {
    await begin();
    await press({ kind: 'create_task', subject: '{{ visitor.email }} {% raw %}' });
    await hub.settle();
    expect(chat.tasks[0]!.subject).toBe('{{ visitor.email }} {% raw %}');
  });

  it('set a visitor field when they are claimed or dismissed', async () => {
    const fields = { onClaim: { field: 'notes' }, onDismiss: { field: 'industry', value: 'not relevant' } };
    await begin([tell(fields)]);
    await press({ kind: 'claim' });
    await press({ kind: 'dismiss' });
    await hub.settle();
    expect(await api('/v1/visitors/v1')).toMatchObject({
      fields: { notes: dana.email, industry: 'not relevant' },
    });
    expect(await press({ kind: 'claim' }, luis)).toMatchObject({
      done: false,
      reason: 'Dana has marked this as not relevant.',
    });
  });

  it('come back when a snooze is over, unless somebody has claimed them meanwhile', async () => {
    await begin();
    await press({ kind: 'snooze', minutes: 15 });
    await hub.settle();
    expect(lastShown()).toMatchObject({ state: 'snoozed', snoozedBy: dana });
    hub.clock.advance(15 * 60_000);
    await hub.settle();
    expect(lastShown().state).toBe('open');
    expect(chat.sent).toHaveLength(2);
    expect(chat.sent[1]).toMatchObject({
      place: { message: 'm2' },
      facts: { alert: { id: alertId(), state: 'open' } },
    });
    await press({ kind: 'snooze', minutes: 15 }, dana, 'again');
    await press({ kind: 'claim' }, dana, 'mine');
    hub.clock.advance(15 * 60_000);
    await hub.settle();
    expect(chat.sent).toHaveLength(2);
    expect(lastShown().state).toBe('claimed');
  });

  it('can be shown at several places by steps of one run, and a claim at one of them counts at all', async () => {
    const twice = [tell(), { ...tell({ to: { channel: 'sales' }, sameAs: 'tell' }), id: 'also' }];
    await begin(twice);
    expect(chat.sent.map(({ place }) => place.channel)).toEqual(['inbound', 'sales']);
    expect(chat.sent[1]!.facts.alert!.id).toBe(alertId());
    await press({ kind: 'claim' });
    await hub.settle();
    expect(chat.updates.map(({ input }) => input.placement.channel).sort()).toEqual(['inbound', 'sales']);
    const wrong = [tell(), { ...tell({ sameAs: 'tel' }), id: 'also' }];
    expect(await hub.api('POST', '/v1/workflows', workflow(wrong))).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'steps[1].input.sameAs', message: expect.stringContaining('Did you mean') }] },
    });
  });

  it('of somebody whom this run has just made known are about a new visitor', async () => {
    const crm = fakeCrm();
    const other = await startHub([chat.connector, crm.connector], { kind });
    await other.api('POST', '/v1/connections', { connector: 'chat', values: { team: 'T1', token: 'secret-token' } });
    await connectCrm(other);
    const push = { id: 'push', action: 'push_record', input: {} };
    await other.activate(workflow([push, tell()]));
    await other.send(booking());
    await other.settle();
    expect(chat.sent[0]!.facts.alert!.about.visitor.known).toBe(false);
    await other.close();
  });

  it('about the same visitor within minutes share one message', async () => {
    await begin([tell()], workflow([tell({ message: 'And a lead' })], 'Lead'));
    await hub.settleAll();
    expect(chat.sent.map(({ place }) => place.message)).toEqual(['m1', 'm1']);
    const joined = chat.sent[1]!;
    expect(joined.facts.alert).toMatchObject({
      placement: { message: 'm1' },
      joined: [{ title: joined.facts.workflow.name }],
    });
    await hub.send(booking('v2', 'm2'));
    await hub.settleAll();
    expect(new Set(chat.sent.map(({ place }) => place.message))).toEqual(new Set(['m1', 'm3']));
  });

  it('stay apart where the setting says so, and later than that', async () => {
    await begin();
    hub.clock.advance(6 * 60_000);
    await hub.send(booking('v1', 'm2'));
    await hub.settleAll();
    expect(chat.sent.map(({ place }) => place.message)).toEqual(['m1', 'm2']);
    await hub.api('PUT', '/v1/settings', { alertGroupMinutes: 0 });
    await hub.send(booking('v1', 'm3'));
    await hub.settleAll();
    expect(chat.sent.at(-1)!.place.message).toBe('m3');
  });

  it('that wait for one that cannot be sent are sent by themselves once it has failed', async () => {
    chat.fail.set('send', [new StepError('rejected', 'No such channel.')]);
    await begin([tell()], workflow([tell({ message: 'Another' })], 'Another'));
    await hub.settleAll();
    expect(chat.sent).toHaveLength(1);
    expect(chat.sent[0]!.facts.alert!.joined).toEqual([]);
  });

  it('show a claim that comes while their message is still on its way', async () => {
    chat.fail.set('send', [new StepError('transient', 'Busy.')]);
    await begin();
    const [{ id } = { id: '' }] = (await api<{ data: { id: string }[] }>('/v1/alerts')).data;
    await press({ kind: 'claim' }, dana, 'early', id);
    await hub.settleAll();
    expect(chat.sent[0]!.facts.alert!.state).toBe('open');
    expect(lastShown().state).toBe('claimed');
  });

  it('are never shown older than they are', async () => {
    await begin();
    chat.fail.set('update', [new StepError('transient', 'Busy.')]);
    await press({ kind: 'snooze', minutes: 60 });
    await hub.settle();
    await press({ kind: 'claim' });
    await hub.settleAll(5);
    expect(lastShown().state).toBe('claimed');
  });

  it('that join one are not shown as they were before somebody claimed it', async () => {
    await begin();
    chat.fail.set('send', [new StepError('transient', 'Busy.')]);
    await hub.send(booking('v1', 'm2'));
    await hub.settle();
    await press({ kind: 'claim' });
    await hub.settle();
    expect(chat.updates).toHaveLength(1);
    await hub.settleAll();
    expect(chat.sent[1]!.facts.alert).toMatchObject({ state: 'open', placement: { message: 'm1' } });
    expect(chat.updates).toHaveLength(2);
    expect(lastShown()).toMatchObject({ state: 'claimed', joined: [{ title: 'Tell' }] });
  });

  it('that have joined one stay with it, however long the chat cannot be reached', async () => {
    await begin();
    await hub.app.database.write(({ query }) =>
      query('UPDATE connections SET paused_until = $1', [hub.clock.now() + 30 * 60_000]),
    );
    await hub.send(booking('v1', 'm2'));
    await hub.settleAll();
    expect(chat.sent.map(({ place }) => place.message)).toEqual(['m1', 'm1']);
    expect(await api('/v1/alerts')).toMatchObject({ data: [{ joined: [{ title: 'Tell' }] }] });
  });

  it.each([
    ['parked', new StepError('rejected', 'Which channel?', { park: true })],
    ['put off', new StepError('transient', 'Come back later.', { retryAfterMs: 30 * 60_000 })],
  ])('do not wait behind one that is %s', async (_, failure) => {
    await hub.api('PUT', '/v1/settings', { alertGroupMinutes: 1440 });
    chat.fail.set('send', [failure]);
    const since = hub.clock.now();
    await begin([tell()], workflow([tell({ message: 'Another' })], 'Another'));
    await hub.settleAll(3);
    expect(chat.sent.length).toBeGreaterThan(0);
    expect(chat.sent[0]!.facts.alert!.joined).toEqual([]);
    expect((await api<{ data: object[] }>('/v1/alerts')).data).toHaveLength(2);
    expect(hub.clock.now() - since).toBeLessThan(31 * 60_000);
  });

  it('keep what people asked for when the run is cancelled', async () => {
    chat.fail.set('track', [new StepError('rejected', 'Which property?', { park: true })]);
    await begin([tell(), { id: 'track', action: 'track_event', input: { name: 'Booked' } }]);
    const [run] = await hub.runs();
    expect(run!.status).toBe('parked');
    await press({ kind: 'create_task', subject: 'Call Ana' });
    await press({ kind: 'snooze', minutes: 15 });
    expect(await hub.api('POST', `/v1/runs/${run!.id}/cancel`)).toMatchObject({ status: 200 });
    await hub.settle();
    expect(chat.tasks).toHaveLength(1);
    hub.clock.advance(15 * 60_000);
    await hub.settle();
    expect(chat.sent).toHaveLength(2);
    expect(await api(`/v1/alerts/${alertId()}`)).toMatchObject({ state: 'claimed', snoozedBy: null });
  });

  it('do not make a run look as if it went on where something else of it is parked', async () => {
    chat.fail.set('track', [new StepError('rejected', 'Which property?', { park: true })]);
    await begin([tell(), { id: 'track', action: 'track_event', input: { name: 'Booked' } }]);
    await fetch(`${hub.url}/chat/gone`, { method: 'POST', body: '{}' });
    await press({ kind: 'claim' });
    await hub.settle();
    await hub.api('POST', '/v1/connections', { connector: 'chat', values: { team: 'T1', token: 'another' } });
    await hub.settleAll();
    expect(lastShown().state).toBe('claimed');
    expect((await hub.runs())[0]!.status).toBe('parked');
  });

  it('are listed for whoever claimed them, not for somebody whose id another has for a name', async () => {
    await begin();
    await press({ kind: 'claim' }, { ...luis, name: dana.id });
    const listed = (claimedBy: string) => recentAlerts(hub.app.database, 'default', { limit: 10, claimedBy });
    expect(await listed(dana.id)).toEqual([]);
    expect(await listed(luis.id)).toHaveLength(1);
    expect(await listed('Luis@hub.example')).toHaveLength(1);
  });

  it('take the same key on two alerts as two acts', async () => {
    await begin();
    await hub.send(booking('v2', 'm2'));
    await hub.settle();
    const claim = { act: { kind: 'claim' }, by: { email: dana.email }, key: 'claim' };
    for (const at of [0, 1]) {
      const path = `/v1/alerts/${alertId(at)}/acts`;
      expect(await hub.api('POST', path, claim)).toMatchObject({ body: { state: 'claimed' } });
    }
  });

  it('go to the owner of the record, and to the fallback where nobody is found', async () => {
    const to = { to: { role: 'record_owner' }, fallback: { channel: 'all' } };
    chat.owner = { id: 'o1', name: 'Owner', email: 'owner@hub.example' };
    await begin([tell(to)]);
    expect(chat.sent[0]).toMatchObject({
      place: { channel: 'owner@hub.example' },
      facts: { recipient: { role: 'record_owner', email: 'owner@hub.example', name: 'Owner' } },
    });
    chat.owner = undefined;
    await hub.send(booking('v2', 'm2'));
    await hub.settle();
    expect(chat.sent[1]!.place.channel).toBe('all');
  });

  it('wait where it cannot be asked who the owner is, and say so where it may not be asked', async () => {
    chat.owner = { id: 'o1', email: 'owner@hub.example' };
    chat.fail.set('directory', [new StepError('transient', 'Busy.'), new StepError('forbidden', 'Not allowed.')]);
    await begin([tell({ to: { role: 'record_owner' }, fallback: { channel: 'all' } })]);
    expect(chat.sent).toHaveLength(0);
    await hub.settleAll();
    expect(chat.sent[0]!.place.channel).toBe('all');
    const { data } = await api<{ data: { steps: { notes: string[] }[] }[] }>('/v1/runs');
    expect(data[0]!.steps[0]!.notes).toEqual(['chat could not be asked who is to be told: Not allowed.']);
  });

  it('park and go on, what follows from them too, when the chat is connected again; the run is over all the same', async () => {
    await begin();
    await fetch(`${hub.url}/chat/gone`, { method: 'POST', body: '{}' });
    await press({ kind: 'claim' });
    await hub.settle();
    expect((await hub.runs())[0]!.status).toBe('succeeded');
    expect((await steps()).at(-1)).toMatchObject({ effect: 'update chat', status: 'parked' });
    await hub.api('POST', '/v1/connections', { connector: 'chat', values: { team: 'T1', token: 'another' } });
    await hub.settleAll();
    expect(lastShown().state).toBe('claimed');
  });

  it('do not lose a connection that was made anew after what the vendor tells', async () => {
    await begin();
    const since = hub.clock.now() - 1000;
    await fetch(`${hub.url}/chat/gone`, { method: 'POST', body: JSON.stringify({ since }) });
    expect(await api('/v1/connections')).toMatchObject({ data: [{ status: 'active' }] });
  });

  it('of one workspace cannot be reached from another', async () => {
    await begin();
    const other = await apiOfAnotherWorkspace(hub);
    expect(await other('GET', `/v1/alerts/${alertId()}`)).toMatchObject({ status: 404 });
    expect(await other('GET', '/v1/alerts')).toMatchObject({ body: { data: [] } });
    expect(await other('GET', '/v1/audit')).toMatchObject({ body: { data: [] } });
    const act = { act: { kind: 'claim' }, by: { email: dana.email } };
    expect(await other('POST', `/v1/alerts/${alertId()}/acts`, act)).toMatchObject({ status: 404 });
  });
});

describe('The app’s own alerts', () => {
  let hub: TestHub;
  let chat: ReturnType<typeof fakeChat>;
  beforeEach(async () => {
    chat = fakeChat();
    hub = await startHub([chat.connector]);
    const values = { team: 'T1', token: 'secret-token' };
    await hub.api('POST', '/v1/connections', { connector: 'chat', values });
  });
  afterEach(() => hub.close());

  const app = (input: object) => ({ id: 'tell', action: 'app_alert', input: { message: 'Hello', ...input } });
  const begin = async (input: object) => {
    const id = await hub.activate(workflow([app(input)]));
    await hub.send(booking());
    await hub.settle();
    return id;
  };
  const feedOf = async (user: string, more = '') => {
    const { body } = (await hub.api('GET', `/v1/alerts?user=${encodeURIComponent(user)}${more}`)) as {
      body: { data: { id: string; message: string; read: boolean }[] };
    };
    return body.data;
  };

  it('are in the feed of a person, a group or everyone', async () => {
    await hub.api('PUT', '/v1/settings', { alertGroups: { sales: ['Luis@hub.example'] } });
    await begin({ to: { user: 'Dana@hub.example' }, message: 'one' });
    await begin({ to: { group: 'sales' }, message: 'group' });
    await begin({ to: { everyone: true }, message: 'all' });
    await hub.send(booking('v1', 'm9'));
    await hub.settle();
    const messages = async (user: string) => new Set((await feedOf(user)).map(({ message }) => message));
    expect(await messages('dana@hub.example')).toEqual(new Set(['one', 'all']));
    expect(await messages('luis@hub.example')).toEqual(new Set(['group', 'all']));
    expect(await messages('na@hub.example')).toEqual(new Set(['all']));
  });

  it('fail by name where the group is not there', async () => {
    await begin({ to: { group: 'sails' } });
    expect((await hub.runs())[0]).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('has no group `sails`. It has: none'),
    });
  });

  it('can be read and unread, by each for themselves', async () => {
    await begin({ to: { everyone: true } });
    const [alert] = await feedOf('dana@hub.example');
    expect(alert).toMatchObject({ read: false });
    const path = `/v1/alerts/${alert!.id}/read`;
    expect(await hub.api('POST', path, { user: 'dana@hub.example' })).toMatchObject({ status: 204 });
    expect(await feedOf('dana@hub.example')).toMatchObject([{ read: true }]);
    expect(await feedOf('dana@hub.example', '&unread=true')).toEqual([]);
    expect(await feedOf('luis@hub.example', '&unread=true')).toHaveLength(1);
    await hub.api('POST', path, { user: 'dana@hub.example', read: false });
    expect(await feedOf('dana@hub.example', '&unread=true')).toHaveLength(1);
  });

  it('are handed to a chat as well, and a claim in one shows in both', async () => {
    await begin({ to: { user: dana.email }, chat: { to: { channel: 'inbound' } } });
    await hub.settle();
    expect(await hub.runs()).toMatchObject([{ status: 'succeeded' }]);
    expect(chat.sent[0]).toMatchObject({ place: { channel: 'inbound' }, input: { message: 'Hello' } });
    const [alert] = await feedOf(dana.email);
    expect(chat.sent[0]!.facts.alert!.id).toBe(alert!.id);
    const claim = { act: { kind: 'claim' }, by: { email: luis.email, name: 'Luis' }, key: 'k' };
    expect(await hub.api('POST', `/v1/alerts/${alert!.id}/acts`, claim)).toMatchObject({ body: { state: 'claimed' } });
    expect(await hub.api('POST', `/v1/alerts/${alert!.id}/acts`, claim)).toMatchObject({ body: { state: 'claimed' } });
    const other = { ...claim, by: { email: dana.email }, key: 'l' };
    expect(await hub.api('POST', `/v1/alerts/${alert!.id}/acts`, other)).toMatchObject({ status: 409 });
    await hub.settle();
    expect(chat.updates.at(-1)!.facts.alert).toMatchObject({ claimedBy: { email: luis.email } });
  });

  it('that could not be handed to the chat fail, and only that is done again', async () => {
    chat.fail.set('send', [new StepError('rejected', 'No such channel.')]);
    await begin({ to: { user: dana.email }, chat: { to: { channel: 'inbound' } } });
    await hub.settle();
    const [run] = await hub.runs();
    expect(run).toMatchObject({ status: 'failed', error: 'Step `tell`: chat: No such channel.' });
    expect(await hub.api('POST', `/v1/runs/${run!.id}/retry`)).toMatchObject({ status: 200 });
    await hub.settle();
    expect(await hub.runs()).toMatchObject([{ status: 'succeeded' }]);
    expect(chat.sent).toHaveLength(1);
    const [alert, ...more] = await feedOf(dana.email);
    expect(more).toEqual([]);
    const { body } = (await hub.api('GET', `/v1/runs/${run!.id}`)) as {
      body: { steps: { status: string; effect?: string; output?: object }[] };
    };
    const done = body.steps.find(({ status, effect }) => status === 'succeeded' && effect === undefined);
    expect(done!.output).toMatchObject({ alertId: alert!.id });
  });

  it('are told where their life is a template', async () => {
    await begin({ to: { everyone: true }, lifeMinutes: '{{ workflow.version }}' });
    expect(await feedOf(dana.email)).toHaveLength(1);
  });

  it.each(['constructor', '__proto__'])('fail by name where the group is called %s and is not there', async group => {
    await begin({ to: { group } });
    expect((await hub.runs())[0]!.error).toContain(`has no group \`${group}\``);
  });

  it.each([
    [{ to: { user: 'nobody' } }, 'steps[0].input.to'],
    [{ to: { everyone: true }, chat: { connector: 'chit', to: { channel: 'a' } } }, 'steps[0].input.chat.connector'],
    [{ to: { everyone: true }, chat: { to: { channel: 7 } } }, 'steps[0].input.chat.to'],
  ])('are checked when a workflow is saved: %j', async (input, path) => {
    const answer = await hub.api('POST', '/v1/workflows', workflow([app(input)]));
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: expect.stringContaining(path) }] } });
  });

  it('come live, and after a break what was missed', async () => {
    const gone = new AbortController();
    const headers = { authorization: 'Bearer test-admin-token-0123456789abcdef0123' };
    const follow = async (after?: string) => {
      const response = await fetch(`${hub.url}/v1/alerts/stream?user=${dana.email}`, {
        signal: gone.signal,
        headers: { ...headers, ...(after && { 'last-event-id': after }) },
      });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      return async () => {
        for (;;) {
          const end = text.indexOf('\n\n');
          if (end >= 0) {
            const block = text.slice(0, end);
            text = text.slice(end + 2);
            const data = /^data: (.*)$/m.exec(block)?.[1];
            if (data)
              return {
                id: /^id: (.*)$/m.exec(block)![1]!,
                alert: JSON.parse(data) as { message: string; state: string },
              };
            continue;
          }
          const { value, done } = await reader.read();
          if (done) throw new Error('the stream has ended');
          text += value;
        }
      };
    };
    const next = await follow();
    await begin({ to: { user: 'luis@hub.example' }, message: 'not for Dana' });
    await begin({ to: { user: dana.email }, message: 'for Dana' });
    await hub.send(booking('v1', 'm2'));
    await hub.settle();
    const first = await next();
    expect(first.alert.message).toBe('for Dana');
    const [alert] = await feedOf(dana.email);
    await hub.api('POST', `/v1/alerts/${alert!.id}/acts`, { act: { kind: 'claim' }, by: { email: dana.email } });
    const again = await follow(first.id);
    for (const source of [next, again]) {
      let seen = await source();
      while (seen.alert.state !== 'claimed') seen = await source();
      expect(Number(seen.id)).toBeGreaterThan(Number(first.id));
    }
    gone.abort();
  });
});
