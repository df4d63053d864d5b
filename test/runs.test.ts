import type { WorkflowDocument } from '../src/model/workflow.ts';
import { databaseKinds } from './support/databases.ts';
import { fakeConnector } from './support/fake-connector.ts';
import { startHub, type TestHub } from './support/hub.ts';

const workflow = (steps: WorkflowDocument['steps'], trigger = 'meeting_booked'): WorkflowDocument => ({
  name: 'Test',
  trigger: { type: trigger, timing: 'immediately' } as WorkflowDocument['trigger'],
  steps,
});
const note = (action = 'fake.append', more: object = {}) => ({
  id: 'note',
  action,
  input: { text: 'Hello {{ visitor.email }}' },
  ...more,
});
const booked = {
  type: 'meeting.booked',
  data: { meetingId: 'm1', sessionId: 's1', visitorId: 'v1', visitor: { email: 'ana@acme.example' } },
};

describe.each(databaseKinds)('A run, on %s,', kind => {
  let hub: TestHub;
  let fake: ReturnType<typeof fakeConnector>;
  beforeEach(async () => {
    fake = fakeConnector();
    hub = await startHub([fake.connector], { kind });
  });
  afterEach(() => hub.close());
  const statuses = async () => (await hub.runs()).map(run => run.status);
  const steps = () =>
    hub.app.database.read<{
      step_id: string;
      status: string;
      tries: number;
      attempts: string;
      error: string;
      due_at: number;
      notes: string;
    }>('SELECT step_id, status, tries, attempts, error, due_at, notes FROM steps ORDER BY run_id, position');

  it('starts from an event over HTTP and calls the vendor with rendered input', async () => {
    await hub.activate(workflow([note()]));
    await hub.send(booked);
    await hub.settle();
    expect(fake.landed.map(item => item.input)).toEqual([{ text: 'Hello ana@acme.example' }]);
    expect(await statuses()).toEqual(['succeeded']);
  });

  it('is counted for the operators', async () => {
    fake.script.push({ fail: 'transient' });
    await hub.activate(workflow([note()]));
    await hub.send(booked);
    await hub.settleAll();
    const text = await (await fetch(`${hub.url}/metrics`)).text();
    expect(text).toContain('baton_runs_started_total 1');
    expect(text).toContain('baton_steps_total{action="fake.append",outcome="succeeded"} 1');
    expect(text).toContain('baton_step_retries_total{action="fake.append",kind="transient"} 1');
  });

  it('sets the e-mail, by which the visitor is known from then on', async () => {
    const set = { id: 'set', action: 'set_visitor_field', input: { field: 'email', value: 'Bea@Acme.example' } };
    const steps = [set, { ...note(), goto: 'end' }];
    expect(await hub.api('POST', '/v1/workflows', workflow(steps))).toMatchObject({ status: 201 });
    await hub.activate(workflow(steps));
    await hub.send({ type: 'meeting.booked', data: { meetingId: 'm1', sessionId: 's1', visitorId: 'v1' } });
    await hub.settle();
    expect(fake.landed[0]!.input).toEqual({ text: 'Hello bea@acme.example' });
  });

  it('starts once however often the event arrives', async () => {
    await hub.activate(workflow([note()]));
    await hub.send({ ...booked, id: 'a' }, { ...booked, id: 'a' }, { ...booked, id: 'b' });
    await hub.settle();
    await hub.send({ ...booked, id: 'a' });
    await hub.settle();
    expect(fake.landed).toHaveLength(1);
  });

  it('fails by name where a value is missing', async () => {
    await hub.activate(workflow([note()]));
    await hub.send({ type: 'meeting.booked', data: { meetingId: 'm1', sessionId: 's1', visitorId: 'v1' } });
    await hub.settle();
    expect((await hub.runs())[0]).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/note.*input.text.*visitor.email/),
    });
    expect(fake.calls).toEqual([]);
  });

  it.each([
    ['rejected', 'failed', 1],
    ['forbidden', 'failed', 1],
    ['defect', 'failed', 1],
    ['transient', 'succeeded', 2],
    ['throttled', 'succeeded', 2],
    ['released', 'succeeded', 2],
  ] as const)('whose vendor answers %s once ends %s after %i calls', async (kind, status, calls) => {
    fake.script.push({ fail: kind });
    await hub.activate(workflow([note()]));
    await hub.send(booked);
    await hub.settleAll();
    expect(await statuses()).toEqual([status]);
    expect(fake.calls).toHaveLength(calls);
    expect(fake.landed).toHaveLength(status === 'succeeded' ? 1 : 0);
  });

  it('finds the record of a first try whose answer was lost, and sends nothing again', async () => {
    fake.script.push({ fail: 'uncertain', landed: true });
    await hub.activate(workflow([note()]));
    await hub.send(booked);
    await hub.settle();
    expect(await steps()).toMatchObject([{ status: 'ready', due_at: hub.clock.now() + 11_000 }]);
    await hub.settleAll();
    expect(fake.landed).toHaveLength(1);
    expect(await statuses()).toEqual(['succeeded']);
    expect((await steps())[0]!.notes).toMatch(/found again/);
  });

  it('sends again where the first try is not found', async () => {
    fake.script.push({ fail: 'uncertain' });
    await hub.activate(workflow([note()]));
    await hub.send(booked);
    await hub.settleAll();
    expect(fake.calls).toHaveLength(2);
    expect(new Set(fake.calls).size).toBe(1);
    expect(fake.landed).toHaveLength(1);
  });

  it('parks where nobody can tell whether it landed, and runs again under a new key when a person says so', async () => {
    fake.script.push({ fail: 'uncertain', landed: true });
    await hub.activate(workflow([note('fake.blind')]));
    await hub.send(booked);
    await hub.settleAll();
    expect(await statuses()).toEqual(['parked']);
    const [run] = await hub.runs();
    expect(await hub.app.control.retry('default', run!.id)).toEqual({});
    await hub.settleAll();
    expect(await statuses()).toEqual(['succeeded']);
    expect(new Set(fake.calls).size).toBe(2);
  });

  it('gives up on an outage after its last try', async () => {
    for (let n = 0; n < 40; n++) fake.script.push({ fail: 'transient' });
    await hub.activate(workflow([note()]));
    await hub.send(booked);
    await hub.settleAll();
    expect(await statuses()).toEqual(['failed']);
    expect(fake.calls.length).toBeLessThan(40);
  });

  it('does not go on for ever where no answer ever tells', async () => {
    for (let n = 0; n < 40; n++) fake.script.push({ fail: 'uncertain' });
    await hub.activate(workflow([note('fake.keyed')]));
    await hub.send(booked);
    await hub.settleAll();
    expect((await hub.runs())[0]).toMatchObject({ status: 'failed', error: expect.stringContaining('uncertain') });
    expect(fake.calls.length).toBeLessThan(40);
    expect(new Set(fake.calls).size).toBe(1);
  });

  it('goes on after a failed step that says so, and has succeeded', async () => {
    fake.script.push({ fail: 'rejected' });
    await hub.activate(workflow([note('fake.append', { onError: 'continue' }), { ...note(), id: 'second' }]));
    await hub.send(booked);
    await hub.settleAll();
    expect(await statuses()).toEqual(['succeeded']);
    expect((await steps()).map(step => [step.step_id, step.status])).toEqual([
      ['note', 'failed'],
      ['second', 'succeeded'],
    ]);
  });

  it('skips a notification that has grown stale', async () => {
    fake.script.push({ fail: 'throttled', details: { retryAfterMs: 3 * 60_000 } });
    await hub.activate(workflow([{ ...note('fake.alert'), input: { text: 'now', lifeMinutes: 2 } }]));
    await hub.send(booked);
    await hub.settleAll();
    expect((await steps())[0]).toMatchObject({ status: 'skipped' });
    expect(fake.landed).toHaveLength(0);
    expect(await statuses()).toEqual(['succeeded']);
  });

  it('branches, jumps, sets a visitor field in the same transaction, and reads it in the next step', async () => {
    await hub.activate(
      workflow([
        {
          id: 'which',
          action: 'branch',
          paths: [{ when: { field: 'visitor.email', op: 'is_known' }, goto: 'set' }],
          else: 'end',
        },
        { ...note(), id: 'never' },
        { id: 'set', action: 'set_visitor_field', input: { field: 'lead_score', value: '42' } },
        { id: 'over', action: 'jump', goto: 'tell' },
        { ...note(), id: 'skipped' },
        { id: 'tell', action: 'fake.append', input: { text: 'score {{ visitor.fields.lead_score }}' } },
      ]),
    );
    await hub.send(booked);
    await hub.settle();
    expect((await steps()).map(step => step.step_id)).toEqual(['which', 'set', 'over', 'tell']);
    expect(fake.landed[0]!.input).toEqual({ text: 'score 42' });
  });

  it('that goes around in circles fails and says so', async () => {
    await hub.activate(workflow([{ id: 'again', action: 'jump', goto: 'again' }]));
    await hub.send(booked);
    await hub.settle();
    expect((await hub.runs())[0]).toMatchObject({ status: 'failed', error: expect.stringContaining('loop') });
  });

  it('can be cancelled while it waits', async () => {
    fake.script.push({ fail: 'transient' });
    await hub.activate(workflow([note()]));
    await hub.send(booked);
    await hub.settle();
    const [run] = await hub.runs();
    expect(await hub.app.control.cancel('default', run!.id)).toEqual({});
    await hub.settleAll();
    expect(await statuses()).toEqual(['cancelled']);
    expect((await steps())[0]!.status).toBe('cancelled');
    expect(fake.landed).toHaveLength(0);
  });

  it('does not act on what arrives too late for an immediate workflow, and records why', async () => {
    await hub.activate(workflow([note()]));
    await hub.send({ ...booked, time: '2026-11-20T09:40:00Z' });
    await hub.settle();
    expect(await hub.runs()).toEqual([]);
    const verdicts = await hub.app.database.read<{ outcome: string; reason: string }>(
      'SELECT outcome, reason FROM verdicts',
    );
    expect(verdicts).toEqual([{ outcome: 'skipped', reason: expect.stringContaining('minutes') }]);
  });

  it('starts at the end of the session, judged once the allowance after its newest arrival is over', async () => {
    await hub.activate({
      ...workflow([note()]),
      trigger: { type: 'conversation_with_rep', timing: 'after_conversation_ends' },
    });
    const message = (senderType: string, id: string) => ({
      type: 'message.sent',
      data: {
        sessionId: 's1',
        visitorId: 'v1',
        conversationId: 'c1',
        messageId: id,
        senderType,
        text: 'hi',
        visitor: { email: 'ana@acme.example' },
      },
    });
    await hub.send(message('visitor', 'm1'), message('user', 'm2'));
    hub.clock.advance(1000);
    await hub.send({ type: 'session.ended', data: { sessionId: 's1' } });
    await hub.settle();
    expect(await hub.runs()).toEqual([]);
    hub.clock.advance(5000);
    await hub.settle();
    expect(await statuses()).toEqual(['succeeded']);
  });

  it('ends a session by the clock, 60 minutes after the last activity', async () => {
    await hub.activate({
      ...workflow([note()]),
      trigger: { type: 'meeting_offered_not_booked', timing: 'after_conversation_ends' },
    });
    await hub.send({
      type: 'meeting.offered',
      data: { sessionId: 's1', visitorId: 'v1', meetingId: 'm', visitor: { email: 'a@b.example' } },
    });
    hub.clock.advance(59 * 60_000);
    await hub.settle();
    expect(await hub.runs()).toEqual([]);
    hub.clock.advance(60_000);
    await hub.settle();
    expect(await statuses()).toEqual(['succeeded']);
  });
});
